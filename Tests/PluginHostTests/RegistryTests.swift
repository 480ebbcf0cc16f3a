import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// The registry follows each change of a plugin without looking at the others.
@Suite(.timeLimit(.minutes(1)))
struct RegistryTests {
    private static let types = ["note", "letter", "minutes"]
    private static let events: [EventType] = [.documentCreated, .documentChanged, .commentAdded]

    private static func subscription(_ random: inout SeededRandom) -> JSON {
        let events = Self.events.shuffled(using: &random).prefix(random.int(1...3))
        let types = Self.types.shuffled(using: &random).prefix(random.int(0...2))
        return [
            "events": .array(events.map { .string($0.rawValue) }), "phase": "before",
            "match": ["types": .array(types.map { .string($0) })], "order": .number(JSONNumber(random.int(1...4))),
            "timeoutMilliseconds": 10,
        ]
    }

    private static func plans(_ host: Host) -> [String] {
        events.flatMap { event in
            (types.map { $0 } + [nil]).map { type in
                let plan = host.plugins.plan(event, documentType: type)
                return "\(event) \(type ?? "-"): \(plan.groups.map { $0.map { "\($0.name)/\($0.number)" } })"
            }
        }
    }

    @Test(arguments: 1...8) func afterAnyChangesItKnowsWhatAStartWouldRead(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let fixture = Fixture()
        try await fixture.host.start()
        var plugins: [Plugin] = []
        var asked = 0
        for step in 0..<60 {
            let number = plugins.isEmpty ? 0 : random.int(0...plugins.count - 1)
            switch plugins.count < 4 ? 0 : random.int(0...5) {
            case 0, 1:
                let more = (0..<random.int(0...2)).map { _ in Self.subscription(&random) }
                plugins.append(
                    try await fixture.plugin(
                        "p\(step)",
                        phase: .before,
                        order: random.int(1...4),
                        timeoutMilliseconds: 10,
                        extra: ["match": ["types": .array(random.chance(50) ? ["note"] : [])]],
                        more: more
                    ) { _ in WebhookReply(status: 204, contentType: nil, body: []) }
                )
            case 2:
                var patch = PluginPatch()
                patch.manifest = [
                    "protocol": ["1.0"], "name": .string("p\(step)"), "version": "2.0.0",
                    "subscriptions": [Self.subscription(&random)], "scopes": ["tags:write"],
                ]
                _ = try await fixture.host.plugins.update(plugins[number].id, patch, actor: fixture.admin)
            case 3: _ = try await fixture.host.plugins.disable(plugins[number].id, actor: fixture.admin)
            case 4: _ = try await fixture.host.plugins.enable(plugins[number].id, actor: fixture.admin)
            default: try await fixture.host.plugins.delete(plugins.remove(at: number).id, actor: fixture.admin)
            }
            guard step % 10 == 9 else { continue }
            let restarted = Fixture(store: fixture.store)
            try await restarted.host.start()
            let plans = Self.plans(fixture.host)
            #expect(plans == Self.plans(restarted.host))
            asked += plans.count { $0.contains("/") }
        }
        #expect(asked > 0)
    }
}
