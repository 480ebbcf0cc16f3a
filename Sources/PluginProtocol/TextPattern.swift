internal import JSONSchema

/// A regular expression of a manifest's `match.text`, compiled once.
///
/// What it may say is what the `pattern` keyword of JSON Schema takes; it matches anywhere in a text
/// unless anchored, and in bounded time. `Sendable`.
public struct TextPattern: Sendable, Hashable, CustomStringConvertible {
    /// How long an expression may be, in bytes of UTF-8.
    public static let sourceLimitBytes = 4096

    /// The expression as it was written.
    public let source: String

    // A schema of one keyword: the validator's own engine then decides what an expression means, and a
    // manifest's pattern and a schema's cannot differ.
    private let schema: Schema

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
        do {
            schema = try Schema(compiling: ["pattern": .string(source)])
        } catch {
            throw TextPatternError(message: "not a regular expression this host takes: \(error)")
        }
        self.source = source
    }

    /// Whether the expression is found somewhere in the text.
    public func matches(_ text: String) -> Bool { schema.isValid(.string(text)) }

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
