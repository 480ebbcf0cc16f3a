import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// A change that plugins were asked about is moved past what others did meanwhile, together with their answers.
@Suite(.timeLimit(.minutes(1)))
struct MovedChainTests {
    private func insertion(_ block: BlockID, _ text: String) -> JSON {
        ["op": "text.insert", "target": ["block": .string(block.description)], "start": 1, "text": .string(text)]
    }

    /// Someone else writes where the caller wrote, while the plugin, which is shown the caller's text, takes that away.
    @Test func answerFollowsTheCallersTextAndNotTheOneBesideIt() async throws {
        try await Fixture().running { fixture in
            let document = try await fixture.document("ab").document
            let block = try #require(document.blocks.first?.id)
            try await fixture.plugin("cutter", phase: .before) { request in
                let exchange = ExchangeID(parsing: try JSON(parsing: request.body)["exchange"]?.stringValue ?? "")
                _ = try await fixture.submit(document.id, insertion(block, "YZ")) { $0.exchange = exchange }
                let cut: JSON = [
                    "op": "text.delete", "target": ["block": .string(block.description)], "start": 1, "end": 2,
                ]
                let answer: JSON = ["protocol": "1.0", "commands": [cut]]
                return .json(String(decoding: answer.serialized(), as: UTF8.self))
            }
            let result = try await fixture.submit(document.id, insertion(block, "X")) {
                $0.baseRevision = document.revision
            }
            #expect(result.document.document.blocks.map(\.text) == ["aYZb"])
            #expect(result.exchanges.map(\.outcome) == [.applied])
            #expect(result.exchanges.map(\.mutations) == [1])
            // The chain did not have to run again.
            #expect(fixture.transport.requests.count == 1)
        }
    }
}
