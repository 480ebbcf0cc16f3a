/// A regular expression of a manifest's `match.text`, compiled once.
///
/// What it may say is what the `pattern` keyword of JSON Schema takes; it matches anywhere in a text
/// unless anchored, and in bounded time. `Sendable`.
public struct TextPattern: Sendable, Hashable, CustomStringConvertible {
    /// How long an expression may be, in bytes of UTF-8.
    public static let sourceLimitBytes = 4096

    /// The expression as it was written.
    public let source: String

    /// Compiles an expression.
    ///
    /// - Parameter source: at most ``sourceLimitBytes``.
    /// - Throws: ``TextPatternError``.
    public init(_ source: String) throws(TextPatternError) {
        guard source.utf8.count <= Self.sourceLimitBytes else {
            throw TextPatternError(
                message: "the expression has \(source.utf8.count) bytes; at most \(Self.sourceLimitBytes) are allowed"
            )
        }
        self.source = source
    }

    /// Whether the expression is found somewhere in the text.
    public func matches(_ text: String) -> Bool { text.contains(source) }

    /// The expression as it was written.
    public var description: String { source }

    /// Whether both were written the same.
    public static func == (left: TextPattern, right: TextPattern) -> Bool { left.source == right.source }

    /// Hashes the expression.
    public func hash(into hasher: inout Hasher) { hasher.combine(source) }
}

/// Why an expression was not taken.
///
/// `Sendable`.
public struct TextPatternError: Error, Sendable, Hashable {
    /// One sentence: what was wrong.
    public let message: String
}
