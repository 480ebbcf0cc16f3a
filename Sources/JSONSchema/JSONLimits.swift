/// What a reader refuses although RFC 8259 permits it.
///
/// Sendable; a plain value.
public struct JSONLimits: Sendable, Hashable {
    /// What happens when an object has two members with the same name.
    ///
    /// Sendable.
    public enum DuplicateKeys: Sendable, Hashable {
        /// The text is refused: two readers could understand it differently.
        case refused
        /// The last of them counts, in the place of the first.
        case keepLast
    }

    /// 64 levels, 5 MiB, strings of 256 KiB, numbers of 1,024 bytes, duplicate names refused.
    public static let `default` = JSONLimits()

    /// How deep arrays and objects may be nested.
    ///
    /// `[]` has depth 1. Above 512, it counts as 512.
    public var depth: Int
    /// The longest text, in bytes.
    public var sizeBytes: Int
    /// The longest string or member name, in bytes of UTF-8 without escapes.
    public var stringBytes: Int
    /// The longest number, in bytes as written.
    public var numberBytes: Int
    /// What happens to objects that have two members with the same name.
    public var duplicateKeys: DuplicateKeys

    /// Makes a set of limits; what is not given is as in ``default``.
    ///
    /// - Parameters:
    ///   - depth: levels of arrays and objects.
    ///   - sizeBytes: length of the text.
    ///   - stringBytes: length of each string and name.
    ///   - numberBytes: length of each number.
    ///   - duplicateKeys: whether an object may name a member twice.
    public init(
        depth: Int = 64,
        sizeBytes: Int = 5 << 20,
        stringBytes: Int = 256 << 10,
        numberBytes: Int = 1024,
        duplicateKeys: DuplicateKeys = .refused
    ) {
        self.depth = depth
        self.sizeBytes = sizeBytes
        self.stringBytes = stringBytes
        self.numberBytes = numberBytes
        self.duplicateKeys = duplicateKeys
    }
}
