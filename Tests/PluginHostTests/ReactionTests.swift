import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ReactionTests {
    @Test func answerBecomesARevisionOfItsOwnWithThePluginAsActor() async throws {
        try await Fixture().running { fixture in
            let plugin = try await fixture.plugin("tagger", phase: .after) { _ in
                .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "seen"}]}"#)
            }
            let document = try await fixture.document().document
            let result = try await fixture.submit(document.id, ["op": "document.setTitle", "title": "New"])
            #expect(result.settled)
            #expect(result.document.document.revision == 3)
            #expect(result.document.document.tags == ["seen"])
            #expect(result.exchanges.map(\.outcome) == [.applied])
            let entries = fixture.store.entries.filter { $0.entry.kind == .mutation }.map(\.entry)
            #expect(entries.map(\.actor.kind) == [.user, .user, .plugin])
            #expect(entries.last?.plugin == plugin.id)
            #expect(entries.last?.exchange == result.exchanges.first?.id)
            #expect(entries.last?.cause == entries[1].event)
        }
    }

    @Test func requestIsSignedAndCarriesTheDocumentAndTheCommands() async throws {
        try await Fixture().running { fixture in
            let plugin = try await fixture.plugin("reader", phase: .after) { _ in .json(#"{"protocol": "1.0"}"#) }
            let document = try await fixture.document().document
            _ = try await fixture.submit(document.id, ["op": "document.setTitle", "title": "New"])
            let request = try #require(fixture.transport.requests.first)
            let headers = Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value) })
            let expected = WebhookSignature.sign(
                id: try #require(headers["webhook-id"]),
                timestamp: Int64(try #require(headers["webhook-timestamp"])) ?? 0,
                body: request.body,
                secrets: plugin.secrets.signing(at: fixture.clock.now())
            )
            #expect(headers["webhook-signature"] == expected)
            let body = try JSON(parsing: request.body)
            #expect(body["exchange"]?.stringValue == headers["webhook-id"])
            #expect(body["document"]?["title"] == "New")
            #expect(body["events"]?[0]?["type"] == "document.changed")
            #expect(body["events"]?[0]?["commands"]?[0]?["op"] == "document.setTitle")
            #expect(body["events"]?[0]?["data"] == ["fromRevision": 1, "revision": 2])
        }
    }

    @Test func commandBeyondTheGrantRefusesTheWholeAnswer() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("greedy", phase: .after, scopes: ["tags:write"]) { _ in
                .json(
                    #"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "a"}, {"op": "document.setTitle", "title": "Mine"}]}"#
                )
            }
            let document = try await fixture.document().document
            let result = try await fixture.submit(document.id, ["op": "document.setTitle", "title": "New"])
            #expect(result.document.document.tags.isEmpty)
            #expect(result.document.document.revision == 2)
            let refusal = try #require(result.exchanges.first?.refusal)
            #expect(refusal.kind == .notGranted)
            #expect(refusal.commandIndex == 1)
            #expect(refusal.pointer?.description == "/commands/1/op")
            #expect(refusal.actual == "documents:write")
            #expect(fixture.store.entries.contains { $0.entry.kind == .exchangeRefused })
        }
    }

    @Test func pluginDoesNotSeeItsOwnEcho() async throws {
        try await Fixture().running { fixture in
            let calls = Shared(0)
            try await fixture.plugin("chatty", phase: .after) { _ in
                let count = calls.change { count in
                    count += 1
                    return count
                }
                return .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "t\#(count)"}]}"#)
            }
            let document = try await fixture.document().document
            _ = try await fixture.submit(document.id, ["op": "document.setTitle", "title": "New"])
            #expect(calls.value == 1)
        }
    }

    @Test func chainOfReactionsEndsAtTheHopLimit() async throws {
        try await Fixture().running { fixture in
            let count = Shared(0)
            let next: FakeTransport.Handler = { _ in
                let tag = count.change { count in
                    count += 1
                    return count
                }
                return .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "t\#(tag)"}]}"#)
            }
            try await fixture.plugin("ping", phase: .after, answer: next)
            try await fixture.plugin("pong", phase: .after, answer: next)
            let document = try await fixture.document().document
            let result = try await fixture.submit(document.id, ["op": "document.setTitle", "title": "New"])
            #expect(result.settled)
            let skipped = fixture.store.allExchanges.filter { $0.outcome == .skipped }
            #expect(!skipped.isEmpty)
            #expect(skipped.allSatisfy { $0.refusal?.rule == "hops" })
            let hops = fixture.transport.requests.compactMap {
                try? JSON(parsing: $0.body)["events"]?[0]?["hop"]?.intValue
            }
            #expect(hops.max() == 8)
        }
    }

    @Test func exchangesOfOnePluginOnOneDocumentAreSerialAndCoalesced() async throws {
        try await Fixture().running { fixture in
            let active = Shared((now: 0, most: 0))
            try await fixture.plugin("slow", phase: .after) { _ in
                active.change { state in
                    state.now += 1
                    state.most = max(state.most, state.now)
                }
                try await Task.sleep(for: .milliseconds(50))
                active.change { $0.now -= 1 }
                return .json(#"{"protocol": "1.0"}"#)
            }
            let id = try await fixture.document().document.id
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<10 {
                    group.addTask {
                        _ = try await fixture.submit(id, ["op": "tag.add", "tag": .string("t\(number)")])
                    }
                }
                try await group.waitForAll()
            }
            #expect(active.value.most == 1)
            let bodies = fixture.transport.bodies("http://slow.test/hook")
            #expect(bodies.count < 10)
            let revisions = bodies.flatMap { $0["events"]?.arrayValue ?? [] }.compactMap {
                $0["data"]?["revision"]?.intValue
            }
            #expect(revisions == Array(2...11))
            #expect(try await fixture.store.pendingWork().isEmpty)
        }
    }

    @Test func answerMadeOnAnOlderRevisionIsMovedForward() async throws {
        try await Fixture().running { fixture in
            let asked = Shared(false)
            let goOn = Shared(false)
            try await fixture.plugin("fixer", phase: .after) { request in
                asked.change { $0 = true }
                while !goOn.value { try await Task.sleep(for: .milliseconds(2)) }
                let block = try JSON(parsing: request.body)["document"]?["blocks"]?[0]?["id"]?.stringValue ?? ""
                let body =
                    #"{"protocol": "1.0", "commands": [{"op": "text.replace", "target": {"block": "\#(block)"}, "#
                    + #""start": 6, "end": 11, "text": "World", "expect": {"text": "world"}}]}"#
                return .json(body)
            }
            let document = try await fixture.document("Hello world").document
            let block = document.blocks[0].id.description
            async let first = fixture.submit(document.id, ["op": "document.setTitle", "title": "New"])
            while !asked.value { try await Task.sleep(for: .milliseconds(2)) }
            _ = try await fixture.submit(
                document.id,
                ["op": "text.insert", "target": ["block": .string(block)], "start": 0, "text": "Oh! "]
            ) { $0.wait = .committed }
            goOn.change { $0 = true }
            _ = try await first
            let latest = try await fixture.store.document(document.id)
            #expect(latest?.document.blocks[0].text == "Oh! Hello World")
        }
    }

    @Test func stateIsKeptWithTheAnswerAndSentTheNextTime() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("counter", phase: .after) { request in
                let state = try JSON(parsing: request.body)["plugin"]?["state"]?["count"]?.intValue ?? 0
                return .json(#"{"protocol": "1.0", "state": {"count": \#(state + 1)}}"#)
            }
            let id = try await fixture.document().document.id
            for title in ["a", "b", "c"] {
                _ = try await fixture.submit(id, ["op": "document.setTitle", "title": .string(title)])
            }
            let last = try #require(fixture.transport.bodies("http://counter.test/hook").last)
            #expect(last["plugin"]?["state"] == ["count": 2])
        }
    }

    @Test func flagPolicyMarksTheDocument() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("broken", phase: .after, onFailure: .flag) { _ in
                WebhookReply(status: 500, contentType: nil, body: [])
            }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.document.document.tags == ["needs-review"])
            #expect(result.exchanges.first?.outcome == .failed)
            #expect(fixture.store.entries.contains { $0.entry.kind == .documentFlagged })
        }
    }

    @Test func failedCommitAcknowledgesNothingAndFreesThePlugin() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("tagger", phase: .after) { _ in
                .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "seen"}]}"#)
            }
            let id = try await fixture.document().document.id
            fixture.store.fail(with: HostError(.storeUnavailable, "disk full"))
            await #expect(throws: HostError.self) {
                _ = try await fixture.submit(id, ["op": "document.setTitle", "title": "Lost"])
            }
            #expect(fixture.transport.requests.isEmpty)
            fixture.store.fail(with: nil)
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "Kept"])
            #expect(result.document.document.tags == ["seen"])
        }
    }

    @Test func disabledPluginIsNotAskedFromTheNextEventOn() async throws {
        try await Fixture().running { fixture in
            let plugin = try await fixture.plugin("tagger", phase: .after) { _ in .json(#"{"protocol": "1.0"}"#) }
            let id = try await fixture.document().document.id
            _ = try await fixture.host.plugins.disable(plugin.id, actor: fixture.admin)
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.exchanges.isEmpty)
            #expect(fixture.transport.requests.isEmpty)
        }
    }

    @Test func pluginStoppedWhileItIsAskedChangesNothing() async throws {
        try await Fixture().running { fixture in
            let plugin = Shared<PluginID?>(nil)
            let registered = try await fixture.plugin("stopped", phase: .after) { _ in
                if let id = plugin.value { _ = try await fixture.host.plugins.disable(id, actor: fixture.admin) }
                return .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "sneaked"}]}"#)
            }
            plugin.change { $0 = registered.id }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.document.document.tags.isEmpty)
            #expect(result.exchanges.first?.refusal?.kind == .notGranted)
        }
    }

    @Test func exchangeWhoseEndCannotBeStoredGivesLaneAndPlaceBackOnce() async throws {
        var limits = Limits()
        limits.exchangesAtOnce = 1
        try await Fixture(limits: limits).running { fixture in
            let active = Shared((now: 0, most: 0))
            let isFirst = Shared(true)
            try await fixture.plugin("unlucky", phase: .after) { _ in
                active.change { state in
                    state.now += 1
                    state.most = max(state.most, state.now)
                }
                if isFirst.change({ isFirst in
                    defer { isFirst = false }
                    return isFirst
                }) {
                    fixture.store.fail(with: HostError(.storeUnavailable, "disk full"))
                }
                try await Task.sleep(for: .milliseconds(20))
                active.change { $0.now -= 1 }
                return .json(#"{"protocol": "1.0"}"#)
            }
            let first = try await fixture.document().document.id
            let second = try await fixture.document().document.id
            _ = try await fixture.submit(first, ["op": "tag.add", "tag": "a"]) { $0.wait = .settled }
            fixture.store.fail(with: nil)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<6 {
                    group.addTask {
                        _ = try await fixture.submit(
                            number % 2 == 0 ? first : second,
                            ["op": "tag.add", "tag": .string("t\(number)")]
                        )
                    }
                }
                try await group.waitForAll()
            }
            #expect(active.value.most == 1)
            #expect(try await fixture.store.pendingWork().isEmpty)
        }
    }

    /// The host is stopped after the change was decided and before whoever asked for it goes on.
    @Test func exchangeThatBeganJustBeforeTheStopIsCarriedOut() async throws {
        let fixture = Fixture()
        try await fixture.running { fixture in
            try await fixture.plugin("tagger", phase: .after) { _ in
                .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "seen"}]}"#)
            }
            let id = try await fixture.document().document.id
            fixture.store.pause()
            async let change = fixture.refusal(id, ["op": "document.setTitle", "title": "New"])
            while fixture.store.queued < 1 { try await Task.sleep(for: .milliseconds(1)) }
            fixture.store.commit((1, nil)) { fixture.host.stop() }
            fixture.store.resume()
            #expect(await change == nil)
        }
        #expect(fixture.transport.requests.count == 1)
        #expect(fixture.store.allExchanges.map(\.outcome) == [.applied])
    }

    @Test func workLeftByAnEarlierRunBeginsOnAllPlacesAtOnce() async throws {
        var limits = Limits()
        limits.exchangesAtOnce = 1
        let earlier = Fixture(limits: limits)
        try await earlier.running { fixture in
            let isOver = Shared(false)
            try await fixture.plugin("slow", phase: .after) { _ in
                while !isOver.value { try await Task.sleep(for: .milliseconds(1)) }
                return .json(#"{"protocol": "1.0"}"#)
            }
            for _ in 0..<7 {
                let id = try await fixture.document().document.id
                _ = try await fixture.submit(id, ["op": "tag.add", "tag": "a"]) { $0.wait = .committed }
            }
            #expect(try await fixture.store.pendingWork().count == 6)
            fixture.host.stop()
            isOver.change { $0 = true }
        }
        limits.exchangesAtOnce = 4
        try await Fixture(limits: limits, store: earlier.store).running { fixture in
            let active = Shared((now: 0, most: 0))
            fixture.transport.handle("http://slow.test/hook") { _ in
                active.change { state in
                    state.now += 1
                    state.most = max(state.most, state.now)
                }
                // Goes on only once as many are asked as there are places, or all that is left.
                while active.value.most < 4 { try await Task.sleep(for: .milliseconds(1)) }
                active.change { $0.now -= 1 }
                return .json(#"{"protocol": "1.0"}"#)
            }
            while try await !fixture.store.pendingWork().isEmpty { try await Task.sleep(for: .milliseconds(1)) }
            #expect(active.value.most == 4)
        }
    }
}
