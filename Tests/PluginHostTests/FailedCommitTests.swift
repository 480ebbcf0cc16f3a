import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// What a commit that fails leaves behind: nothing.
@Suite(.timeLimit(.minutes(1)))
struct FailedCommitTests {
    private let diskFull = HostError(.storeUnavailable, "disk full")

    /// The end of an exchange is decided right after the failed commit, before anyone who waited for that hears of it.
    @Test func eventOfAChangeThatWasNeverStoredReachesNobody() async throws {
        try await Fixture().running { fixture in
            let gate = Shared(false)
            try await fixture.plugin("reader", phase: .after) { _ in
                while !gate.value { try await Task.sleep(for: .milliseconds(1)) }
                return .json(#"{"protocol": "1.0"}"#)
            }
            let id = try await fixture.document().document.id
            _ = try await fixture.submit(id, ["op": "document.setTitle", "title": "Kept"]) { $0.wait = .committed }
            while fixture.transport.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
            fixture.store.pause()
            async let lost = fixture.refusal(id, ["op": "document.setTitle", "title": "Lost"])
            while fixture.store.queued < 1 { try await Task.sleep(for: .milliseconds(1)) }
            gate.change { $0 = true }
            while fixture.store.queued < 2 { try await Task.sleep(for: .milliseconds(1)) }
            fixture.store.commit((1, diskFull), (1, nil))
            #expect(await lost == .storeUnavailable)
            fixture.store.resume()
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "Later"])
            #expect(result.document.document.revision == 3)
            let revisions = fixture.transport.bodies("http://reader.test/hook").map {
                $0["events"]?[0]?["data"]?["revision"]?.intValue
            }
            #expect(revisions == [2, 3])
            #expect(fixture.store.allExchanges.allSatisfy { $0.outcome == .nothing })
            #expect(try await fixture.store.pendingWork().isEmpty)
        }
    }

    /// Two changes and the end of an exchange share the commit that fails: all three are taken back, the last first.
    @Test func decisionsOfOneCommitAreTakenBackInReverse() async throws {
        var limits = Limits()
        limits.exchangesAtOnce = 1
        try await Fixture(limits: limits).running { fixture in
            let gate = Shared(false)
            let active = Shared((now: 0, most: 0))
            try await fixture.plugin("reader", phase: .after) { _ in
                active.change { state in
                    state.now += 1
                    state.most = max(state.most, state.now)
                }
                while !gate.value { try await Task.sleep(for: .milliseconds(1)) }
                active.change { $0.now -= 1 }
                return .json(#"{"protocol": "1.0"}"#)
            }
            let first = try await fixture.document().document.id
            let second = try await fixture.document().document.id
            _ = try await fixture.submit(first, ["op": "tag.add", "tag": "a"]) { $0.wait = .committed }
            while fixture.transport.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
            fixture.store.pause()
            async let lost1 = fixture.refusal(first, ["op": "tag.add", "tag": "b"])
            while fixture.store.queued < 1 { try await Task.sleep(for: .milliseconds(1)) }
            gate.change { $0 = true }
            while fixture.store.queued < 2 { try await Task.sleep(for: .milliseconds(1)) }
            async let lost2 = fixture.refusal(second, ["op": "tag.add", "tag": "c"])
            while fixture.store.queued < 3 { try await Task.sleep(for: .milliseconds(1)) }
            // The second decision begins what the first left waiting; the third waits for its place.
            fixture.store.commit((3, diskFull))
            #expect(await lost1 == .storeUnavailable)
            #expect(await lost2 == .storeUnavailable)
            fixture.store.resume()
            for id in [first, second] {
                let result = try await fixture.submit(id, ["op": "tag.add", "tag": "d"])
                #expect(result.settled)
            }
            #expect(active.value.most == 1)
            #expect(fixture.transport.requests.count == 3)
            #expect(fixture.store.allExchanges.map(\.outcome) == [.nothing, .nothing, .nothing])
            #expect(try await fixture.store.pendingWork().isEmpty)
        }
    }

    @Test func endThatCouldNotBeStoredIsStoredOnceItCanBe() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("tagger", phase: .after) { _ in
                if fixture.transport.requests.count == 1 { fixture.store.fail(with: diskFull) }
                return .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "seen"}]}"#)
            }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(!result.settled)
            #expect(result.pending == fixture.store.allExchanges.map(\.id))
            #expect(fixture.store.allExchanges.map(\.outcome) == [nil])
            fixture.store.fail(with: nil)
            while fixture.store.allExchanges.first?.outcome == nil { try await Task.sleep(for: .milliseconds(1)) }
            #expect(fixture.store.allExchanges.map(\.outcome) == [.applied])
            #expect(try await fixture.store.document(id)?.document.tags == ["seen"])
            let next = try await fixture.submit(id, ["op": "document.setTitle", "title": "Newer"])
            #expect(next.settled)
            #expect(fixture.transport.requests.count == 2)
        }
    }

    @Test func answerThatTheStoreRefusesIsSettledWithoutIt() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("tagger", phase: .after) { _ in
                if fixture.transport.requests.count == 1 { fixture.store.refuseHeads = true }
                return .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "seen"}]}"#)
            }
            let id = try await fixture.document().document.id
            _ = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            while fixture.store.allExchanges.first?.outcome == nil { try await Task.sleep(for: .milliseconds(1)) }
            #expect(fixture.store.allExchanges.first?.refusal?.kind == .doesNotApply)
            fixture.store.refuseHeads = false
            let next = try await fixture.submit(id, ["op": "document.setTitle", "title": "Newer"])
            #expect(next.document.document.tags == ["seen"])
        }
    }
}
