/// What an actor may be granted: the right to read or write one part of documents, or to do so later than asked.
///
/// Sendable; a plain value.
public struct Scope: Sendable, Hashable, Comparable, CustomStringConvertible {
    private enum Name: String, CaseIterable {
        case documentsRead = "documents:read"
        case documentsCreate = "documents:create"
        case documentsWrite = "documents:write"
        case documentsDelete = "documents:delete"
        case propertiesWrite = "properties:write"
        case blocksWrite = "blocks:write"
        case annotationsWrite = "annotations:write"
        case commentsWrite = "comments:write"
        case tagsWrite = "tags:write"
        case participantsWrite = "participants:write"
        case answersLate = "answers:late"
    }

    private let name: Name

    private init(_ name: Name) { self.name = name }

    /// Reads a scope's name, such as `blocks:write`; `nil` if there is none of that name.
    ///
    /// - Parameter text: compared exactly.
    public init?(parsing text: String) {
        guard let name = Name(rawValue: text) else { return nil }
        self.name = name
    }

    /// Seeing documents.
    public static let documentsRead = Scope(.documentsRead)
    /// Making documents.
    public static let documentsCreate = Scope(.documentsCreate)
    /// Titles and `document.patch`.
    public static let documentsWrite = Scope(.documentsWrite)
    /// Deleting documents.
    public static let documentsDelete = Scope(.documentsDelete)
    /// Properties of documents and blocks.
    public static let propertiesWrite = Scope(.propertiesWrite)
    /// Blocks and their text.
    public static let blocksWrite = Scope(.blocksWrite)
    /// Annotations.
    public static let annotationsWrite = Scope(.annotationsWrite)
    /// Comments.
    public static let commentsWrite = Scope(.commentsWrite)
    /// Tags.
    public static let tagsWrite = Scope(.tagsWrite)
    /// Participants.
    public static let participantsWrite = Scope(.participantsWrite)

    /// Having answers applied that come later, without a person's look at them.
    public static let answersLate = Scope(.answersLate)

    /// Every scope there is, in the order of the protocol's table.
    public static let all: [Scope] = Name.allCases.map(Scope.init)

    /// Whether being granted this scope includes the other: each includes itself, and any right on documents'
    /// content includes seeing them.
    ///
    /// - Parameter other: the scope that is needed.
    /// - Returns: whether this one is enough.
    public func implies(_ other: Scope) -> Bool {
        self == other || other == .documentsRead && self != .documentsCreate && self != .answersLate
    }

    /// The name, such as `blocks:write`.
    public var description: String { name.rawValue }

    /// Orders by name.
    public static func < (left: Scope, right: Scope) -> Bool { left.name.rawValue < right.name.rawValue }
}
