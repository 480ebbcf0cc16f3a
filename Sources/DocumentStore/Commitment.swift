internal import Crypto

/// Binds the ledger to contents that can be erased: SHA-256 over a random salt and the contents.
///
/// Without the salt nobody can find out by guessing what an erased payload said; with both, everybody can check that it was not
/// changed.
enum Commitment {
    static let saltBytes = 16
    static let byteCount = 32

    /// Stands for an actor without a name, so that it differs from one with an empty name.
    private static let noName: UInt32 = .max

    /// Of a ledger payload: salt ‖ length of the actor's name (4 bytes, big-endian; FFFFFFFF if it has none) ‖ name ‖ body.
    static func entry(salt: [UInt8], actorName: String?, body: [UInt8]) -> SHA256Digest {
        var hash = SHA256()
        update(&hash, salt)
        if var actorName {
            actorName.withUTF8 { name in
                withUnsafeBytes(of: UInt32(truncatingIfNeeded: name.count).bigEndian) { hash.update(bufferPointer: $0) }
                hash.update(bufferPointer: UnsafeRawBufferPointer(name))
            }
        } else {
            withUnsafeBytes(of: noName.bigEndian) { hash.update(bufferPointer: $0) }
        }
        update(&hash, body)
        return hash.finalize()
    }

    /// Of a body that went over the wire: salt ‖ body.
    static func body(_ body: [UInt8], salt: [UInt8]) -> SHA256Digest {
        var hash = SHA256()
        update(&hash, salt)
        update(&hash, body)
        return hash.finalize()
    }

    private static func update(_ hash: inout SHA256, _ bytes: [UInt8]) {
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
    }
}

/// Hands out salts, fetching random bytes many at a time: a system call for each would cost more than the hash.
struct SaltSource {
    private static let reserve = 256 * Commitment.saltBytes

    private let randomBytes: @Sendable (Int) -> [UInt8]
    private var bytes: [UInt8] = []
    private var position = 0

    init(_ randomBytes: @escaping @Sendable (Int) -> [UInt8]) { self.randomBytes = randomBytes }

    mutating func next() -> [UInt8] {
        if position + Commitment.saltBytes > bytes.count {
            bytes = randomBytes(Self.reserve)
            position = 0
        }
        defer { position += Commitment.saltBytes }
        return Array(bytes[position..<(position + Commitment.saltBytes)])
    }
}
