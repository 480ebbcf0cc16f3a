public import JSONSchema

extension Command {
    /// Makes a document; only the first command of a list that is applied to no document.
    ///
    /// JSON: `{"op": "document.create", "type": string, "title": string, "blocks"?: [NewBlock], "properties"?: object,
    /// "tags"?: [string], "participants"?: [Participant], "id"?: "doc_…"}`; scope `documents:create`.
    ///
    /// Sendable; a plain value.
    public struct DocumentCreate: CommandBody {
        static let memberNames = ["type", "title", "blocks", "properties", "tags", "participants", "id"]

        /// What kind of document it is; not empty.
        public var type: String
        /// Its title; may be empty.
        public var title: String
        /// Its blocks, in order.
        public var blocks: [NewBlock]
        /// Its free members.
        public var properties: JSONObject
        /// Its labels, each once and not empty.
        public var tags: [String]
        /// Who takes part, each once.
        public var participants: [Participant]
        /// An unused id; absent, the host gives one.
        public var id: DocumentID?

        /// Makes the parameters.
        ///
        /// - Parameters:
        ///   - type: what kind of document it is; not empty.
        ///   - title: may be empty.
        ///   - blocks: in order.
        ///   - properties: free members.
        ///   - tags: each once and not empty.
        ///   - participants: each once.
        ///   - id: an unused id; absent, the host gives one.
        public init(
            type: String,
            title: String,
            blocks: [NewBlock] = [],
            properties: JSONObject = JSONObject(),
            tags: [String] = [],
            participants: [Participant] = [],
            id: DocumentID? = nil
        ) {
            self.type = type
            self.title = title
            self.blocks = blocks
            self.properties = properties
            self.tags = tags
            self.participants = participants
            self.id = id
        }

        /// The parameters beside which an inverse holds the whole document.
        init(restoring document: Document) {
            self.init(type: document.type, title: document.title, id: document.id)
        }

        init(_ reader: MemberReader) throws(ShapeError) {
            type = try reader.name("type")
            title = try reader.string("title")
            blocks = try reader.list("blocks", NewBlock.init(json:))
            properties = try reader.optionalObject("properties") ?? JSONObject()
            tags = try reader.list("tags", Document.tag(json:))
            participants = try reader.list("participants", Participant.init(json:))
            id = try reader.optionalIdentifier("id")
            if let index = tags.firstDuplicate(where: { $0.hasSameScalars(as: $1) }) {
                throw ShapeError("unique-items", at: ["tags", String(index)], "this tag is there already")
            }
            if let index = participants.firstDuplicate(where: { $0.isSame(as: $1) }) {
                throw ShapeError(
                    "unique-items",
                    at: ["participants", String(index)],
                    "this participant is there already"
                )
            }
        }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("type")
            writer.string(type)
            writer.key("title")
            writer.string(title)
            if !blocks.isEmpty {
                writer.key("blocks")
                writer.beginArray()
                for block in blocks { block.write(into: &writer) }
                writer.endArray()
            }
            if !properties.isEmpty {
                writer.key("properties")
                writer.canonical(properties)
            }
            if !tags.isEmpty {
                writer.key("tags")
                writer.beginArray()
                for tag in tags { writer.string(tag) }
                writer.endArray()
            }
            if !participants.isEmpty {
                writer.key("participants")
                writer.beginArray()
                for participant in participants { participant.write(into: &writer) }
                writer.endArray()
            }
            if let id {
                writer.key("id")
                writer.string(id)
            }
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            throw draft.error(
                .doesNotApply,
                at: ["op"],
                rule: "document-exists",
                "there is a document already",
                hint: "document.create is the first command of a list of its own"
            )
        }

        /// Starts a draft with the document.
        func create(_ command: Command, context: ApplyContext) throws(CommandError) -> Draft {
            let stamp = Stamp(by: context.actor, at: context.time)
            if let old = command.restore?.document {
                return restored(old, by: command, context: context)
            }
            let empty = Document(
                id: id ?? context.ids.next(),
                type: type,
                title: title,
                revision: 1,
                properties: properties,
                tags: tags,
                participants: participants,
                blocks: [],
                comments: [],
                stamps: Stamps(stamp)
            )
            var draft = Draft(made: empty, by: command, context: context)
            try draft.refuseExpected(text: true, value: true)
            if let revision = command.expect?.revision {
                throw draft.error(
                    .preconditionFailed,
                    at: ["expect", "revision"],
                    rule: "expect-revision",
                    "there is no document yet",
                    limit: JSON(revision),
                    actual: .null
                )
            }
            try draft.check(type, at: ["type"])
            try draft.check(title, at: ["title"])
            try draft.check(properties, depth: 1, at: ["properties"])
            for (index, tag) in tags.enumerated() { try draft.check(tag, at: ["tags", String(index)]) }
            for (index, participant) in participants.enumerated() {
                try draft.check(participant, at: ["participants", String(index)])
            }
            var resolved = self
            resolved.id = empty.id
            var made: [Block] = []
            for (index, block) in blocks.enumerated() {
                made.append(try draft.make(block, level: 0, at: ["blocks", String(index)]))
            }
            draft.document.blocks = made
            draft.size += DocumentSize(list: made)
            try draft.checkSize(since: DocumentSize(bytes: 0, blocks: 0))
            resolved.blocks = made.map(NewBlock.init(describing:))
            var effects: [Mutation.Effect] = []
            for block in made { block.visit { effects.append(.blockCreated($0.id)) } }
            effects += participants.map { .participantAdded($0) }
            draft.record(
                .documentCreate(resolved),
                pointer: [],
                before: nil,
                after: ["type": .string(type), "title": .string(title)],
                inverse: [Command(.documentDelete(DocumentDelete()))],
                effects: effects
            )
            return draft
        }

        /// Starts a draft with a document that was deleted; its revision is the one after that of the deletion.
        private func restored(_ old: Document, by command: Command, context: ApplyContext) -> Draft {
            var document = old
            document.revision = old.revision + 2
            var draft = Draft(made: document, by: command, context: context)
            var effects: [Mutation.Effect] = []
            for block in document.blocks { block.visit { effects.append(.blockCreated($0.id)) } }
            draft.record(
                command.kind,
                restore: command.restore,
                pointer: [],
                before: nil,
                after: ["type": .string(old.type), "title": .string(old.title)],
                inverse: [Command(.documentDelete(DocumentDelete()))],
                effects: effects
            )
            return draft
        }
    }
}

extension Array {
    /// The position of the first element that is the same as an earlier one.
    func firstDuplicate(where isSame: (Element, Element) -> Bool) -> Int? {
        for index in indices.dropFirst() where self[..<index].contains(where: { isSame($0, self[index]) }) {
            return index
        }
        return nil
    }
}
