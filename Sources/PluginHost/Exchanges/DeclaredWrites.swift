import DocumentModel
import JSONSchema
import PluginProtocol

/// Holds a plugin to the parts of a document that its subscription says it writes.
///
/// Pointers name no positions: one below `/blocks` is about every block at any depth, as in `reads`. Pure.
struct DeclaredWrites {
    private let declared: [JSONPointer]
    private let parts: [[String]]

    init(_ declared: [JSONPointer]) {
        self.declared = declared
        parts = Self.parts(declared)
    }

    /// Refuses the answer at the first command that touches what was not declared; nil if none does.
    func refusal(of commands: [Command], plugin: Plugin) -> Refusal? {
        for (index, command) in commands.enumerated() {
            for touch in Self.touches(of: command) where !touch.parts.contains(where: isDeclared) {
                let part = JSONPointer(tokens: touch.parts.first ?? [])
                let shown = part.isRoot ? "the whole document" : part.description
                return Refusal(
                    .notGranted,
                    "command \(index) (\(command.op)): touches \(shown), which the subscription's writes do not name",
                    commandIndex: index,
                    pointer: JSONPointer(tokens: ["commands", String(index)] + touch.member),
                    rule: "writes",
                    limit: .array(declared.map { .string($0.description) }),
                    actual: .string(part.description),
                    hint: "\(plugin.name) must declare in its manifest what it writes"
                )
            }
        }
        return nil
    }

    /// What a plugin may change: what its subscription declares, else all that it was granted.
    static func permitted(_ subscription: Subscription, _ scopes: Set<Scope>) -> [JSONPointer] {
        if let writes = subscription.writes { return writes }
        let parts: [(scope: Scope, parts: [[String]])] = [
            // Whoever deletes a document changes all of it.
            (.documentsDelete, [[]]), (.documentsWrite, [["title"]]),
            (.propertiesWrite, [["properties"], ["blocks", "properties"]]), (.blocksWrite, [["blocks"]]),
            (.annotationsWrite, [["blocks", "annotations"]]),
            (.commentsWrite, [["comments"], ["blocks", "comments"]]), (.tagsWrite, [["tags"]]),
            (.participantsWrite, [["participants"]]),
        ]
        return parts.filter { scopes.contains($0.scope) }.flatMap(\.parts).map { JSONPointer(tokens: $0) }
    }

    /// The parts of a document that pointers lead to, as ``overlap(_:_:)`` compares them.
    static func parts(_ pointers: [JSONPointer]) -> [[String]] { pointers.map { part($0.tokens) } }

    /// The first part that two lists have in common; nil if they have none.
    static func overlap(_ first: [[String]], _ second: [[String]]) -> JSONPointer? {
        for one in first {
            for other in second {
                if one.starts(with: other) { return JSONPointer(tokens: one) }
                if other.starts(with: one) { return JSONPointer(tokens: other) }
            }
        }
        return nil
    }

    private func isDeclared(_ part: [String]) -> Bool { parts.contains { part.starts(with: $0) } }

    /// What a member of a command leads to: one of these parts.
    private struct Touch {
        var member: [String]
        var parts: [[String]]

        init(_ member: [String], _ parts: [String]...) {
            self.member = member
            self.parts = parts
        }
    }

    private static func touches(of command: Command) -> [Touch] {
        switch command.kind {
        case .documentCreate, .documentDelete:
            return [Touch(["op"], [])]
        case .documentSetTitle:
            return [Touch(["op"], ["title"])]
        case .documentPatch(let body):
            return body.patch.operations.enumerated().flatMap { number, operation in
                touches(of: operation).map { member, path in
                    Touch(["patch", String(number), member], part(path.tokens))
                }
            }
        case .propertySet(let body):
            return [Touch(["pointer"], properties(body.target, body.pointer))]
        case .propertyRemove(let body):
            return [Touch(["pointer"], properties(body.target, body.pointer))]
        case .blockUpdate(let body):
            let type = body.type == nil ? [] : [Touch(["type"], ["blocks", "type"])]
            let properties = body.properties.map { properties in
                properties.keys.map { Touch(["properties", $0], ["blocks", "properties", $0]) }
            }
            return type + (properties ?? [])
        case .blockInsert, .blockReplace, .blockMove, .blockDelete:
            return [Touch(["op"], ["blocks"])]
        case .textInsert, .textReplace, .textDelete:
            return [Touch(["op"], ["blocks", "text"])]
        case .annotationSet, .annotationRemove:
            return [Touch(["op"], ["blocks", "annotations"])]
        case .commentAdd(let body):
            return [Touch(["op"], body.target == nil ? ["comments"] : ["blocks", "comments"])]
        case .commentResolve, .commentRemove:
            // Where the comment is, only the document knows.
            return [Touch(["op"], ["comments"], ["blocks", "comments"])]
        case .tagAdd, .tagRemove:
            return [Touch(["op"], ["tags"])]
        case .participantAdd, .participantRemove:
            return [Touch(["op"], ["participants"])]
        }
    }

    private static func properties(_ target: Target?, _ pointer: JSONPointer) -> [String] {
        (target == nil ? ["properties"] : ["blocks", "properties"]) + pointer.tokens
    }

    private static func touches(of operation: JSONPatch.Operation) -> [(member: String, path: JSONPointer)] {
        switch operation {
        case .add(let path, _), .remove(let path), .replace(let path, _), .copy(_, let path): [("path", path)]
        case .move(let from, let path): [("from", from), ("path", path)]
        case .test: []
        }
    }

    /// A pointer without positions and depth: `/blocks/0/children/2/text` is `/blocks/text`.
    private static func part(_ tokens: [String]) -> [String] {
        guard let first = tokens.first else { return [] }
        let rest = tokens.dropFirst()
        switch first {
        case "blocks":
            // Positions are the only numbers here: a block's members have names.
            let inner = rest.drop { $0 == "children" || isPosition($0) }
            guard let member = inner.first else { return ["blocks"] }
            return member == "properties" ? ["blocks"] + inner : ["blocks", member]
        case "properties":
            return Array(tokens)
        default:
            return [first]
        }
    }

    private static func isPosition(_ token: String) -> Bool {
        token == "-" || token.utf8.allSatisfy { (48...57).contains($0) }
    }
}
