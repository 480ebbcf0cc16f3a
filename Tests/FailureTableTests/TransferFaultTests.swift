import JSONSchema
import TestSupport
import Testing

/// Rows of the table of faults about how much comes, and when.
@Suite(.timeLimit(.minutes(5)))
struct TransferFaultTests {
    /// In a process of its own, whose memory nobody else uses.
    @Test func f01EndlessAnswersTakeLittleMemory() async {
        await #expect(processExitsWith: .success) {
            let start = FailureTable.head("transfer-encoding: chunked\r\n")
            let piece = "8000\r\n\(String(repeating: "a", count: 32_768))\r\n"
            try await Stage.run(.init(script: HostileServer.endless(start, piece))) { stage in
                // Other documents are not waiting behind the plugin.
                let documents = try await stage.makeDocuments(16)
                try await stage.tag(documents.prefix(8))
                let before = Measure.residentKilobytes
                try await stage.tag(documents.suffix(8))
                let growth = Measure.residentKilobytes - before
                precondition(growth < 8 * 4_096, "\(growth) kB")
                for document in documents {
                    let exchange = try await stage.exchanges(document).first
                    precondition(exchange?["refusal"]?["kind"] == "too-large", "\(exchange ?? .null)")
                }
            }
        }
    }

    @Test(arguments: [CompressionBomb.gzip, .brotli, .zstd])
    func f02BombIsCutAtOnce(_ bomb: CompressionBomb) async throws {
        try await Stage.run(.init(script: HostileServer.bomb(bomb))) { stage in
            // The best of some: a machine that is busy with other tests proves nothing.
            try await Measure.best(of: 5, atMost: 100_000) {
                _ = try await stage.tag("asked")
                return try await stage.exchanges().first?["timings"]?["receive"]?.intValue
            }
            let refusal = try await stage.refusal()
            #expect(refusal["kind"] == "too-large")
        }
    }

    @Test func f04DeadlineIsKept() async throws {
        let script = HostileServer.dripping(
            FailureTable.head("content-length: 500\r\n"),
            String(repeating: " ", count: 500)
        )
        var settings = Stage.Settings(script: script)
        settings.timeoutMilliseconds = 500
        try await Stage.run(settings) { stage in
            try await Measure.best(of: 5, atMost: 250_000) {
                _ = try await stage.tag("asked")
                let total = try await stage.exchanges().first?["timings"]?["total"]?.intValue
                return total.map { abs($0 - 500_000) }
            }
        }
    }

    @Test func f05SilentConnectionIsNotUsedAgain() async throws {
        var settings = Stage.Settings(script: { peer in
            guard peer.readRequest() != nil else { return }
            if peer.index == 0 { return peer.waitForEnd() }
            peer.answer(FailureTable.good, headers: "content-type: application/json\r\n")
            peer.waitForEnd()
        })
        settings.timeoutMilliseconds = 700
        try await Stage.run(settings) { stage in
            _ = try await stage.tag("asked")
            #expect(try await stage.refusal()["kind"] == "headers-late")
            let answer = try await stage.tag("asked again")
            #expect(answer.tags.contains("from-plugin"), "\(answer.json)")
            #expect(stage.server.connectionCount == 2)
        }
    }

    @Test func f10BodyOf204IsIgnored() async throws {
        let script = HostileServer.answering(FailureTable.good, status: "204 No Content")
        try await Stage.run(.init(script: script)) { stage in
            for tag in ["asked", "asked again"] {
                let answer = try await stage.tag(tag)
                #expect(answer.status == 200)
                #expect(!answer.tags.contains("from-plugin"))
                #expect(try await stage.exchanges().first?["outcome"] == "nothing")
            }
        }
    }
}
