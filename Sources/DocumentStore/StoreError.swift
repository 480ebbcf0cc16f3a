/// Why a database could not be opened, or does not hold what it should.
///
/// `Sendable`; safe to log: it holds paths and versions, no contents and no keys.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Name: String {
            case cannotOpen = "cannot-open"
            case corrupt = "corrupt"
            case keyUnusable = "key-unusable"
            case locked = "locked"
            case newerVersion = "newer-version"
            case notOurs = "not-ours"
            case wrongKey = "wrong-key"
        }

        private let name: Name
        private init(_ name: Name) { self.name = name }

        /// The file or its folder is missing, or may not be read or written.
        public static let cannotOpen = Self(.cannotOpen)
        /// The database is damaged, or holds a value that no version of the host writes.
        public static let corrupt = Self(.corrupt)
        /// The key's file or text is missing, malformed or readable by others.
        public static let keyUnusable = Self(.keyUnusable)
        /// Another process has the database open for writing.
        public static let locked = Self(.locked)
        /// A newer version of the host wrote the database.
        public static let newerVersion = Self(.newerVersion)
        /// The file is something else than a database of this host.
        public static let notOurs = Self(.notOurs)
        /// The database was written with another key.
        public static let wrongKey = Self(.wrongKey)

        /// The code's name, such as `newer-version`.
        public var description: String { name.rawValue }
    }

    /// What went wrong.
    public var code: Code
    /// What, where, and the actual value.
    public var message: String
    /// What to do about it, where there is something.
    public var hint: String?

    init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// Code, message and hint.
    public var description: String {
        hint.map { "\(code): \(message) (\($0))" } ?? "\(code): \(message)"
    }
}
