import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// A caller's trace goes on in every plugin that its change leads to.
@Suite(.timeLimit(.minutes(1)))
struct TraceTests {
    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private func headers(_ request: WebhookRequest) -> [String: String] {
        Dictionary(request.headers.map { ($0.name, $0.value) }) { first, _ in first }
    }

    @Test func traceGoesThroughBothPhasesAndReactionsEachWithASpan() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("first", phase: .before) { _ in .json(#"{"protocol": "1.0"}"#) }
            try await fixture.plugin("writer", phase: .after) { _ in
                .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "written"}]}"#)
            }
            try await fixture.plugin("reader", phase: .after) { _ in .json(#"{"protocol": "1.0"}"#) }
            let id = try await fixture.document().document.id
            _ = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"]) {
                $0.trace = TraceContext(parent: Self.parent, state: "vendor=1")
            }
            let requests = fixture.transport.requests
            // First, writer, reader, and reader once more about what the writer did.
            #expect(requests.count == 4)
            let parents = requests.compactMap { headers($0)["traceparent"] }
            #expect(parents.count == 4)
            #expect(Set(parents).count == 4)
            for parent in parents {
                #expect(parent.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-"))
                #expect(parent.hasSuffix("-01"))
                #expect(parent != Self.parent)
            }
            #expect(requests.allSatisfy { headers($0)["tracestate"] == "vendor=1" })
            #expect(Set(fixture.store.allExchanges.compactMap { $0.trace?.parent }) == Set(parents))
        }
    }

    @Test func withoutATraceNothingIsSent() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("reader", phase: .after) { _ in .json(#"{"protocol": "1.0"}"#) }
            let id = try await fixture.document().document.id
            _ = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            let names = fixture.transport.requests.flatMap { $0.headers.map(\.name) }
            #expect(names.contains("webhook-id"))
            #expect(!names.contains { $0.hasPrefix("trace") })
        }
    }

    @Test func workThatWaitsKeepsItsTrace() async throws {
        try await Fixture().running { fixture in
            let gate = Shared(false)
            try await fixture.plugin("slow", phase: .after) { _ in
                while !gate.value { try await Task.sleep(for: .milliseconds(1)) }
                return .json(#"{"protocol": "1.0"}"#)
            }
            let id = try await fixture.document().document.id
            for (title, parent) in [("a", nil), ("b", Self.parent)] as [(String, String?)] {
                _ = try await fixture.submit(id, ["op": "document.setTitle", "title": .string(title)]) {
                    $0.wait = .committed
                    $0.trace = parent.flatMap { TraceContext(parent: $0) }
                }
            }
            gate.change { $0 = true }
            while fixture.transport.requests.count < 2 { try await Task.sleep(for: .milliseconds(1)) }
            let parents = fixture.transport.requests.map { headers($0)["traceparent"]?.dropLast(20) }
            #expect(parents == [nil, "00-4bf92f3577b34da6a3ce929d0e0e4736"])
        }
    }
}
