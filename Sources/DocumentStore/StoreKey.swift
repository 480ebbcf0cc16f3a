internal import Crypto
internal import Foundation

/// The secret under which a database keeps what nobody should read in its file: plugins' webhook secrets.
///
/// 32 random bytes. They live beside the database (``loadOrCreate(besides:)``) or come from the
/// operator's environment (``init(base64:)``); never in the database. Each use has a key of its own, derived by
/// HKDF-SHA-256. `Sendable`; its description does not show it.
public struct StoreKey: Sendable, CustomStringConvertible {
    /// What a derived key is for.
    enum Purpose: String {
        case check = "pluginhost key check 1"
        case pluginSecret = "pluginhost plugin secret 1"
        case continuation = "pluginhost continuation 1"
    }

    /// How many bytes a key has.
    public static let byteCount = 32

    private let key: SymmetricKey

    private init(unchecked bytes: [UInt8]) { key = SymmetricKey(data: bytes) }

    /// Makes a key of random bytes that is kept nowhere; for tests and databases that are thrown away.
    public static func random() -> StoreKey {
        StoreKey(unchecked: SymmetricKey(size: .bits256).withUnsafeBytes(Array.init))
    }

    /// Reads a key from text, as from an environment variable.
    ///
    /// - Parameter base64: 32 bytes in base64; white space around them does not count.
    /// - Throws: ``StoreError`` of code ``StoreError/Code/keyUnusable``, which does not repeat the text.
    public init(base64: String) throws {
        let text = base64.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let data = Data(base64Encoded: text) else {
            throw StoreError(.keyUnusable, "the store's key is not base64", hint: Self.hint)
        }
        guard data.count == Self.byteCount else {
            throw StoreError(
                .keyUnusable,
                "the store's key has \(data.count) bytes; it must have \(Self.byteCount)",
                hint: Self.hint
            )
        }
        self.init(unchecked: Array(data))
    }

    private static let hint = "`head -c 32 /dev/urandom | base64` makes one"

    /// Reads the key from `<database>.key`, or makes one there (mode 0600) for a database that does not exist yet.
    ///
    /// - Parameter database: the database's path.
    /// - Returns: the key, the same each time.
    /// - Throws: ``StoreError`` of code ``StoreError/Code/keyUnusable``: others may read the file, it holds no key, or the
    ///   database exists and its key does not.
    public static func loadOrCreate(besides database: String) throws -> StoreKey {
        let path = database + ".key"
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        if descriptor >= 0 {
            defer { close(descriptor) }
            return try load(descriptor, path: path)
        }
        guard errno == ENOENT else { throw StoreError(.keyUnusable, "cannot read \(path): \(reason())") }
        var status = stat()
        guard stat(database, &status) != 0 || status.st_size == 0 else {
            throw StoreError(
                .keyUnusable,
                "the database \(database) exists, but its key \(path) does not",
                hint: "put the key file back, or give the key that the database was made with"
            )
        }
        return try create(path)
    }

    private static func load(_ descriptor: Int32, path: String) throws -> StoreKey {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw StoreError(.keyUnusable, "cannot read \(path): \(reason())")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw StoreError(
                .keyUnusable,
                "others may read the key \(path): its mode is \(String(status.st_mode & 0o777, radix: 8)), not 600",
                hint: "chmod 600 '\(path)'"
            )
        }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = read(descriptor, &buffer, buffer.count)
        guard count >= 0 else { throw StoreError(.keyUnusable, "cannot read \(path): \(reason())") }
        do {
            return try StoreKey(base64: String(decoding: buffer[..<count], as: UTF8.self))
        } catch let error as StoreError {
            throw StoreError(.keyUnusable, "\(path): \(error.message)")
        }
    }

    private static func create(_ path: String) throws -> StoreKey {
        let key = StoreKey.random()
        let text = key.key.withUnsafeBytes { Data($0) }.base64EncodedString() + "\n"
        // O_EXCL: two processes that start at once must not end up with two keys.
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(.keyUnusable, "cannot create \(path): \(reason())") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            unlink(path)
            throw StoreError(.keyUnusable, "cannot write \(path): \(reason())")
        }
        return key
    }

    private static func reason() -> String { String(cString: strerror(errno)) }

    /// Encrypts and authenticates (AES-256-GCM under a random nonce).
    ///
    /// - Parameters:
    ///   - bytes: what to hide.
    ///   - purpose: decides the key.
    ///   - context: must be the same when opened, so that a row's value cannot be put into another row.
    /// - Returns: nonce, cipher text and tag.
    /// - Throws: Crypto's errors.
    func seal(_ bytes: some DataProtocol, for purpose: Purpose, context: String) throws -> [UInt8] {
        let box = try AES.GCM.seal(bytes, using: derived(purpose), authenticating: Array(context.utf8))
        guard let combined = box.combined else { throw StoreError(.keyUnusable, "AES-GCM gave no combined form") }
        return Array(combined)
    }

    /// Decrypts what ``seal(_:for:context:)`` made.
    func open(_ sealed: [UInt8], for purpose: Purpose, context: String) throws -> [UInt8] {
        let box = try AES.GCM.SealedBox(combined: sealed)
        return Array(try AES.GCM.open(box, using: derived(purpose), authenticating: Array(context.utf8)))
    }

    /// The key that continuation URLs are signed with, for the engine: 32 bytes.
    var continuationKey: [UInt8] { derived(.continuation).withUnsafeBytes(Array.init) }

    private func derived(_ purpose: Purpose) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: Array(purpose.rawValue.utf8), outputByteCount: 32)
    }

    /// Says what it is, without the key.
    public var description: String { "StoreKey(…)" }
}
