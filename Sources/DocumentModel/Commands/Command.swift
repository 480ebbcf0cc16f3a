import JSONSchema

/// One instruction to change a document; people, API clients and plugins use the same ones.
///
/// JSON: `{"op": string, "expect"?: Expectation, …}` with the members that the body's type documents, such as
/// ``Command/TextReplace``.
///
/// Sendable; a plain value.
public struct Command: Sendable, Hashable {
    /// The name of a kind of command.
    ///
    /// Sendable.
    public enum Operation: String, Sendable, CaseIterable {
        /// `document.create`
        case documentCreate = "document.create"
        /// `document.setTitle`
        case documentSetTitle = "document.setTitle"
        /// `document.patch`
        case documentPatch = "document.patch"
        /// `document.delete`
        case documentDelete = "document.delete"
        /// `property.set`
        case propertySet = "property.set"
        /// `property.remove`
        case propertyRemove = "property.remove"
        /// `block.insert`
        case blockInsert = "block.insert"
        /// `block.update`
        case blockUpdate = "block.update"
        /// `block.replace`
        case blockReplace = "block.replace"
        /// `block.move`
        case blockMove = "block.move"
        /// `block.delete`
        case blockDelete = "block.delete"
        /// `text.insert`
        case textInsert = "text.insert"
        /// `text.replace`
        case textReplace = "text.replace"
        /// `text.delete`
        case textDelete = "text.delete"
        /// `annotation.set`
        case annotationSet = "annotation.set"
        /// `annotation.remove`
        case annotationRemove = "annotation.remove"
        /// `comment.add`
        case commentAdd = "comment.add"
        /// `comment.resolve`
        case commentResolve = "comment.resolve"
        /// `tag.add`
        case tagAdd = "tag.add"
        /// `tag.remove`
        case tagRemove = "tag.remove"
        /// `participant.add`
        case participantAdd = "participant.add"
        /// `participant.remove`
        case participantRemove = "participant.remove"
        /// `comment.remove`: only in inverses, refused from outside.
        case commentRemove = "comment.remove"

        /// Whether anyone may send it; the others are only written by the host into inverses.
        public var isPublic: Bool { self != .commentRemove }

        /// The scope that the protocol's table asks for.
        public var scope: Scope {
            switch self {
            case .documentCreate: .documentsCreate
            case .documentSetTitle, .documentPatch: .documentsWrite
            case .documentDelete: .documentsDelete
            case .propertySet, .propertyRemove: .propertiesWrite
            case .blockInsert, .blockUpdate, .blockReplace, .blockMove, .blockDelete: .blocksWrite
            case .textInsert, .textReplace, .textDelete: .blocksWrite
            case .annotationSet, .annotationRemove: .annotationsWrite
            case .commentAdd, .commentResolve, .commentRemove: .commentsWrite
            case .tagAdd, .tagRemove: .tagsWrite
            case .participantAdd, .participantRemove: .participantsWrite
            }
        }
    }

    /// The parameters, by kind of command.
    ///
    /// Sendable; a plain value.
    public enum Kind: Sendable, Hashable {
        /// `document.create`
        case documentCreate(DocumentCreate)
        /// `document.setTitle`
        case documentSetTitle(DocumentSetTitle)
        /// `document.patch`
        case documentPatch(DocumentPatch)
        /// `document.delete`
        case documentDelete(DocumentDelete)
        /// `property.set`
        case propertySet(PropertySet)
        /// `property.remove`
        case propertyRemove(PropertyRemove)
        /// `block.insert`
        case blockInsert(BlockInsert)
        /// `block.update`
        case blockUpdate(BlockUpdate)
        /// `block.replace`
        case blockReplace(BlockReplace)
        /// `block.move`
        case blockMove(BlockMove)
        /// `block.delete`
        case blockDelete(BlockDelete)
        /// `text.insert`
        case textInsert(TextInsert)
        /// `text.replace`
        case textReplace(TextReplace)
        /// `text.delete`
        case textDelete(TextDelete)
        /// `annotation.set`
        case annotationSet(AnnotationSet)
        /// `annotation.remove`
        case annotationRemove(AnnotationRemove)
        /// `comment.add`
        case commentAdd(CommentAdd)
        /// `comment.resolve`
        case commentResolve(CommentResolve)
        /// `tag.add`
        case tagAdd(TagAdd)
        /// `tag.remove`
        case tagRemove(TagRemove)
        /// `participant.add`
        case participantAdd(ParticipantAdd)
        /// `participant.remove`
        case participantRemove(ParticipantRemove)
        /// `comment.remove`, only in inverses.
        case commentRemove(CommentRemove)
    }

    /// The parameters.
    public var kind: Kind
    /// What must hold for it to be applied.
    public var expect: Expectation?
    /// Set by the host in inverses.
    var restore: Restoration?

    /// Makes a command.
    ///
    /// - Parameters:
    ///   - kind: the parameters.
    ///   - expect: what must hold for it to be applied.
    public init(_ kind: Kind, expect: Expectation? = nil) {
        self.kind = kind
        self.expect = expect
    }

    init(_ kind: Kind, restore: Restoration?) {
        self.kind = kind
        self.restore = restore
    }

    /// The name, such as `text.replace`.
    public var op: String { operation.rawValue }

    /// The scope that the protocol's table asks for; see ``scopes``.
    public var scope: Scope { operation.scope }

    /// Every scope it needs: one, but for `document.patch`, which needs that of each path it touches as well.
    public var scopes: Set<Scope> {
        if case .documentPatch(let body) = kind { body.scopes } else { [scope] }
    }
}

/// What each command's parameters do.
protocol CommandBody: Sendable, Hashable {
    /// The names of its members besides `op`, `expect` and `restore`.
    static var memberNames: [String] { get }

    /// Reads its members.
    init(_ reader: MemberReader) throws(ShapeError)

    /// Writes its members into an object that has begun.
    func writeMembers(into writer: inout JSONWriter)

    /// Changes the draft and records the mutations; does nothing if nothing would change.
    func apply(to draft: inout Draft) throws(CommandError)
}
