import JSONSchema

/// What part of a document a pointer leads to.
struct DocumentPath {
    /// The parts that have rules of their own.
    enum Part {
        case document
        case title
        case properties
        case tags
        case participants
        /// A list of blocks or one of them.
        case blocks
        /// The text or type of a block, or another of its members.
        case blockContent
        case blockProperties
        case annotations
        case comments
        case other
    }

    let part: Part
    /// The member it leads to or through that only the host writes.
    let readOnlyMember: String?

    init(_ pointer: JSONPointer) {
        var tokens = pointer.tokens[...]
        guard let first = tokens.popFirst() else {
            part = .document
            readOnlyMember = nil
            return
        }
        switch first {
        case "title": (part, readOnlyMember) = (.title, nil)
        case "properties": (part, readOnlyMember) = (.properties, nil)
        case "tags": (part, readOnlyMember) = (.tags, nil)
        case "participants": (part, readOnlyMember) = (.participants, Self.member(tokens, ["type", "id"]))
        case "comments": (part, readOnlyMember) = (.comments, Self.member(tokens, Self.ofComments))
        case "blocks": (part, readOnlyMember) = Self.inBlocks(tokens)
        default: (part, readOnlyMember) = (.other, Self.ofStamped.contains(first) || first == "revision" ? first : nil)
        }
    }

    private static let ofStamped = ["id", "type"] + Stamps.memberNames
    private static let ofComments = ["id", "createdBy", "createdAt", "resolvedBy", "resolvedAt"]

    /// The read-only member of an element of a list.
    private static func member(_ tokens: ArraySlice<String>, _ names: [String]) -> String? {
        tokens.dropFirst().first.flatMap { names.contains($0) ? $0 : nil }
    }

    private static func inBlocks(_ tokens: ArraySlice<String>) -> (Part, String?) {
        guard let member = tokens.dropFirst().first else { return (.blocks, nil) }
        let rest = tokens.dropFirst(2)
        switch member {
        case "children": return inBlocks(rest)
        case "properties": return (.blockProperties, nil)
        case "annotations": return (.annotations, Self.member(rest, ["id"]))
        case "comments": return (.comments, Self.member(rest, ofComments))
        default: return (.blockContent, ofStamped.contains(member) ? member : nil)
        }
    }
}

extension Command.DocumentPatch {
    /// `documents:write` and the scope of each path that the patch changes.
    ///
    /// Tests and the source of a copy only read. What is put in place of the whole document needs every right; a block that
    /// brings comments needs that of comments.
    var scopes: Set<Scope> {
        var scopes: Set<Scope> = [.documentsWrite]
        for operation in patch.operations {
            for (_, path) in operation.written {
                switch DocumentPath(path).part {
                case .document:
                    scopes.formUnion([
                        .propertiesWrite, .blocksWrite, .annotationsWrite, .commentsWrite, .tagsWrite,
                        .participantsWrite,
                    ])
                case .title, .other: break
                case .properties, .blockProperties: scopes.insert(.propertiesWrite)
                case .tags: scopes.insert(.tagsWrite)
                case .participants: scopes.insert(.participantsWrite)
                case .blockContent: scopes.insert(.blocksWrite)
                case .blocks:
                    scopes.insert(.blocksWrite)
                    if operation.bringsComments { scopes.insert(.commentsWrite) }
                case .annotations: scopes.insert(.annotationsWrite)
                case .comments: scopes.insert(.commentsWrite)
                }
            }
        }
        return scopes
    }
}

extension JSONPatch.Operation {
    /// Whether what is put in place of a block or a list of blocks can have comments.
    fileprivate var bringsComments: Bool {
        switch self {
        case .add(_, let value), .replace(_, let value): Self.hasComments(value)
        case .copy, .move(from: _, to: _): !isReordering
        case .remove, .test: false
        }
    }

    /// Whether a block is only moved to another place.
    private var isReordering: Bool {
        if case .move(let from, _) = self, case .blocks = DocumentPath(from).part { true } else { false }
    }

    private static func hasComments(_ value: JSON) -> Bool {
        switch value {
        case .array(let elements): elements.contains(where: hasComments)
        case .object(let members):
            members["comments"]?.arrayValue?.isEmpty == false || members["children"].map(hasComments) ?? false
        default: false
        }
    }
}
