internal import Glibc

/// What an operator or a test decides about a store; the defaults suit a server.
///
/// `Sendable`.
public struct StoreOptions: Sendable {
    /// When a commit counts as durable.
    public enum Durability: String, Sendable {
        /// Survives power loss: each commit waits for the disk.
        case full = "FULL"
        /// Survives the end of the process; power loss may cost the last commits, never consistency.
        case normal = "NORMAL"
        /// For tests that need no disk.
        case off = "OFF"
    }

    /// When a commit counts as durable.
    public var durability = Durability.full
    /// Most decisions in one transaction, at least 1.
    public var batchLimit = 256
    /// Most decisions that may wait; more are refused as `overloaded`.
    public var queueLimit = 8192
    /// How much the cache of latest revisions may hold, in bytes of their JSON.
    ///
    /// The parsed form beside it takes a few times as much.
    public var cacheBytes = 8 << 20
    /// How long the write-ahead log may grow before the writer stops to checkpoint it, in pages of 4 KiB.
    public var checkpointPages = 4096
    /// After how many pages a checkpoint is worth while when nothing else is to be done.
    public var idleCheckpointPages = 256
    /// Largest size of the database in pages of 4 KiB; nil for what the disk holds.
    public var pageLimit: Int?
    /// How many nonces of requests may be remembered, about 100 bytes each on disk; requests beyond are refused as `overloaded`.
    ///
    /// Each is remembered for 16 minutes.
    public var nonceLimit = 2_000_000
    /// Readers at once, at least 1.
    public var readers = 4
    /// Gives the random bytes of salts; called by the writer only.
    ///
    /// - Parameter count: how many bytes are wanted.
    public var randomBytes: @Sendable (_ count: Int) -> [UInt8] = { count in
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                // 256 bytes a call, the most that one may ask for; the standard library's generator makes a call for every 8.
                let part = UnsafeMutableRawBufferPointer(rebasing: rest.prefix(256))
                if let start = part.baseAddress, getentropy(start, part.count) != 0 {
                    var generator = SystemRandomNumberGenerator()
                    for index in part.indices { part[index] = generator.next() }
                }
                rest = rest.dropFirst(256)
            }
        }
        return bytes
    }

    /// Stands around each wait for the disk, for tests of disks that fail or are slow; gets the wait, returns 0 or an `errno`.
    var sync: @Sendable (_ wait: () -> Int32) -> Int32 = { $0() }

    /// The defaults.
    public init() {}
}
