import JSONSchema

extension Command {
    /// Lets someone take part in the document no more; that they do not changes nothing.
    ///
    /// JSON: `{"op": "participant.remove", "participant": {"type": string, "id": string, "name"?: string}}`, of which only
    /// type and id are compared; scope `participants:write`.
    ///
    /// Sendable; a plain value.
    public struct ParticipantRemove: CommandBody {
        static let memberNames = ["participant"]

        /// Who.
        public var participant: Participant

        /// Makes the parameters.
        ///
        /// - Parameter participant: who; the name does not matter.
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
            guard let index = draft.document.participants.firstIndex(where: { $0.isSame(as: participant) }) else {
                return
            }
            let old = draft.document.participants[index]
            draft.changeDocument { $0.participants.remove(at: index) }
            draft.record(
                .participantRemove(ParticipantRemove(participant: old)),
                pointer: ["participants", String(index)],
                before: old.json,
                after: nil,
                inverse: [
                    Command(.participantAdd(ParticipantAdd(participant: old)), restore: Restoration(index: index))
                ],
                effects: [.participantRemoved(old)]
            )
        }
    }
}
