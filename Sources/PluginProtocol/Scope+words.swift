public import DocumentModel
import JSONSchema

/// Why a text is no scope.
///
/// `Sendable`.
public struct ScopeError: Error, Sendable, Hashable {
    /// One sentence: what was wrong.
    public let message: String
    /// The scope that was probably meant.
    public let hint: String?
}

extension Scope {
    /// Reads a scope and says what is wrong if it is none.
    ///
    /// - Parameter text: compared exactly, such as `blocks:write`.
    /// - Throws: ``ScopeError`` with a hint at the nearest name.
    public init(named text: String) throws(ScopeError) {
        guard let scope = Scope(parsing: text) else {
            throw ScopeError(
                message: "there is no scope \"\(text.prefix(80))\"",
                hint: NearestName.hint(for: text, among: Scope.all.map(\.description))
            )
        }
        self = scope
    }

    /// What it permits, in words for the people who grant it: `change blocks and their text`.
    public var summary: String {
        switch self {
        case .documentsRead: "see documents and their history"
        case .documentsCreate: "create documents"
        case .documentsWrite: "change titles, and whole documents by JSON Patch"
        case .documentsDelete: "delete documents"
        case .propertiesWrite: "change properties of documents and blocks"
        case .blocksWrite: "change blocks and their text"
        case .annotationsWrite: "annotate text"
        case .commentsWrite: "comment, and resolve comments"
        case .tagsWrite: "add and remove tags"
        case .participantsWrite: "add and remove participants"
        case .answersLate: "have answers applied that come later, without a person's look at them"
        default: description
        }
    }
}
