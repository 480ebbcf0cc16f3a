import JSONSchema

extension Command {
    /// Lets someone take part in the document.
    ///
    /// JSON: `{"op": "participant.add", "participant": {"type": string, "id": string, "name"?: string}}`; scope
    /// `participants:write`. If one of this type and id takes part already, a `name` given becomes theirs.
    ///
    /// Sendable; a plain value.
    public struct ParticipantAdd: CommandBody {
        static let memberNames = ["participant"]

        /// Who.
        public var participant: Participant

        /// Makes the parameters.
        ///
        /// - Parameter participant: who.
        public init(participant: Participant) { self.participant = participant }

        init(_ reader: MemberReader) throws(ShapeError) {
            participant = try reader.nested("participant", Participant.init(json:))
        }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("participant")
            participant.write(into: &writer)
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.refuseExpected(text: true, value: true)
            try draft.check(participant, at: ["participant"])
            let participants = draft.document.participants
            let restore = draft.command.restore
            if let index = participants.firstIndex(where: { $0.isSame(as: participant) }) {
                let old = participants[index]
                // Only an inverse takes a name away.
                guard participant != old, participant.name != nil || restore != nil else { return }
                draft.changeDocument { $0.participants[index] = participant }
                draft.record(
                    .participantAdd(self),
                    restore: restore,
                    pointer: ["participants", String(index)],
                    before: old.json,
                    after: participant.json,
                    inverse: [
                        Command(.participantAdd(ParticipantAdd(participant: old)), restore: Restoration(index: index))
                    ]
                )
                return
            }
            let index = min(restore?.index ?? participants.count, participants.count)
            draft.changeDocument { $0.participants.insert(participant, at: index) }
            draft.record(
                .participantAdd(self),
                restore: restore,
                pointer: ["participants", String(index)],
                before: nil,
                after: participant.json,
                inverse: [Command(.participantRemove(ParticipantRemove(participant: participant)))],
                effects: [.participantAdded(participant)]
            )
        }
    }
}

extension Draft {
    /// Refuses a participant with a string that is too long.
    func check(_ participant: Participant, at tokens: [String]) throws(CommandError) {
        try check(participant.id, at: tokens + ["id"])
        if let name = participant.name { try check(name, at: tokens + ["name"]) }
    }
}
