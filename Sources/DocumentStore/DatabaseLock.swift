internal import Foundation
internal import NIOConcurrencyHelpers

/// Keeps a second writer away from a database, as long as the process lives.
///
/// `flock` on `<database>.lock`: the system frees it even after `kill -9`. Opening read-only, as `audit verify` does,
/// takes no lock. The file stays, since removing it would let two processes lock two files of the same name.
final class DatabaseLock: Sendable {
    private let descriptor: NIOLockedValueBox<Int32?>

    init(database: String) throws {
        let path = database + ".lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreError(
                .cannotOpen,
                "cannot create \(path): \(String(cString: strerror(errno)))",
                hint: "the database's folder must exist and be writable"
            )
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var buffer = [UInt8](repeating: 0, count: 32)
            let count = max(read(descriptor, &buffer, buffer.count), 0)
            close(descriptor)
            let holder = String(decoding: buffer[..<count], as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            throw StoreError(
                .locked,
                "another process\(holder.isEmpty ? "" : " (\(holder))") has the database \(database) open",
                hint: "stop it first, or talk to it over HTTP"
            )
        }
        // For people who meet the message above; the lock does not depend on it.
        let text = Array("\(getpid())\n".utf8)
        _ = ftruncate(descriptor, 0)
        _ = write(descriptor, text, text.count)
        self.descriptor = NIOLockedValueBox(descriptor)
    }

    /// Lets the next one in.
    func release() {
        descriptor.withLockedValue { descriptor in
            if let open = descriptor { close(open) }
            descriptor = nil
        }
    }

    deinit { release() }
}
