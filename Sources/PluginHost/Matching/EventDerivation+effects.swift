import DocumentModel
import JSONSchema
import PluginProtocol

extension EventDerivation {
    /// The type of the event that an effect of a mutation raises.
    static func type(of effect: Mutation.Effect) -> EventType {
        switch effect {
        case .blockCreated: .blockCreated
        case .blockChanged: .blockChanged
        case .blockDeleted: .blockDeleted
        case .commentAdded: .commentAdded
        case .participantAdded: .participantAdded
        case .participantRemoved: .participantRemoved
        }
    }

    /// The `data` of that event.
    static func data(of effect: Mutation.Effect) -> JSON {
        switch effect {
        case .blockCreated(let block), .blockChanged(let block), .blockDeleted(let block):
            return ["block": .string(block.description)]
        case .commentAdded(let comment, let block):
            var data: JSONObject = ["comment": .string(comment.description)]
            if let block { data["block"] = .string(block.description) }
            return .object(data)
        case .participantAdded(let participant), .participantRemoved(let participant):
            var data: JSONObject = ["type": .string(participant.kind.rawValue), "id": .string(participant.id)]
            if let name = participant.name { data["name"] = .string(name) }
            return ["participant": .object(data)]
        }
    }
}
