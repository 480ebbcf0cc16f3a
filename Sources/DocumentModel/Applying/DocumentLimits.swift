/// How large a document may become.
///
/// Sendable; a plain value.
public struct DocumentLimits: Sendable, Hashable {
    /// 4 MiB, 10,000 blocks, strings of 256 KiB, depth 64.
    public static let `default` = DocumentLimits()

    /// The largest document as compact JSON, in bytes.
    public var bytes: Int
    /// The most blocks, children included.
    public var blocks: Int
    /// The longest string or member name, in bytes of UTF-8.
    public var stringBytes: Int
    /// How deep the document's JSON may be nested.
    ///
    /// `[]` has depth 1; a block adds two levels to its parent.
    public var depth: Int

    /// Makes a set of limits; what is not given is as in ``default``.
    ///
    /// - Parameters:
    ///   - bytes: of the whole document as JSON.
    ///   - blocks: in the whole document.
    ///   - stringBytes: of each string and member name.
    ///   - depth: levels of arrays and objects.
    public init(bytes: Int = 4 << 20, blocks: Int = 10_000, stringBytes: Int = 256 << 10, depth: Int = 64) {
        self.bytes = bytes
        self.blocks = blocks
        self.stringBytes = stringBytes
        self.depth = depth
    }
}
