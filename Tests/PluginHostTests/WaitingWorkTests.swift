import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// Work that waits for a plugin which changes meanwhile.
@Suite(.timeLimit(.minutes(1)))
struct WaitingWorkTests {
    private let titles: JSON = ["events": ["document.changed"], "reads": ["/title"]]
    private let tags: JSON = ["events": ["comment.added"], "reads": ["/tags"]]

    /// A plugin that is asked about one change and has not answered, and another change that waits.
    private func withWaitingWork(
        _ limits: Limits = .default,
        _ body: @escaping @Sendable (Fixture, Plugin, DocumentID, _ goOn: @Sendable () -> Void) async throws -> Void
    ) async throws {
        try await Fixture(limits: limits).running { fixture in
            let gate = Shared(false)
            let plugin = try await fixture.plugin(
                "reader",
                phase: .after,
                extra: ["reads": ["/title"]],
                more: [tags]
            ) { _ in
                while !gate.value { try await Task.sleep(for: .milliseconds(1)) }
                return .json(#"{"protocol": "1.0"}"#)
            }
            let id = try await fixture.document().document.id
            for title in ["One", "Two"] {
                _ = try await fixture.submit(id, ["op": "document.setTitle", "title": .string(title)]) {
                    $0.wait = .committed
                }
            }
            while fixture.transport.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
            #expect(try await fixture.store.pendingWork().count == 1)
            try await body(fixture, plugin, id) { gate.change { $0 = true } }
        }
    }

    private func manifest(_ plugin: Plugin, _ subscriptions: [JSON]) -> PluginPatch {
        var patch = PluginPatch()
        guard case .object(var json) = plugin.manifest.json else { return patch }
        json["subscriptions"] = .array(subscriptions)
        patch.manifest = .object(json)
        return patch
    }

    private func settled(_ fixture: Fixture) async throws {
        while true {
            let isOpen = fixture.store.allExchanges.contains { $0.outcome == nil }
            if try await fixture.store.pendingWork().isEmpty, !isOpen { return }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    @Test func workGoesToItsSubscriptionWhereverThatStands() async throws {
        try await withWaitingWork { fixture, plugin, _, goOn in
            _ = try await fixture.host.plugins.update(
                plugin.id,
                manifest(plugin, [tags, titles]),
                actor: fixture.admin
            )
            goOn()
            try await settled(fixture)
            let bodies = fixture.transport.bodies("http://reader.test/hook")
            #expect(bodies.count == 2)
            #expect(bodies.last?["events"]?[0]?["type"] == "document.changed")
            #expect(bodies.last?["document"]?["title"] == "Two")
            #expect(bodies.last?["document"]?["tags"] == nil)
        }
    }

    @Test func termsOfASubscriptionMayChangeWhileWorkWaits() async throws {
        try await withWaitingWork { fixture, plugin, _, goOn in
            let slower: JSON = ["events": ["document.changed"], "order": 7, "timeoutMilliseconds": 900]
            _ = try await fixture.host.plugins.update(plugin.id, manifest(plugin, [slower]), actor: fixture.admin)
            goOn()
            try await settled(fixture)
            #expect(fixture.transport.requests.count == 2)
            #expect(fixture.transport.bodies("http://reader.test/hook").last?["document"]?["tags"] != nil)
        }
    }

    @Test func workForASubscriptionThatIsGoneIsSkippedOnRecord() async throws {
        try await withWaitingWork { fixture, plugin, id, goOn in
            async let waiting = fixture.submit(id, ["op": "document.setTitle", "title": "Three"])
            while try await fixture.store.pendingWork().count < 2 { try await Task.sleep(for: .milliseconds(1)) }
            _ = try await fixture.host.plugins.update(plugin.id, manifest(plugin, [tags]), actor: fixture.admin)
            goOn()
            #expect(try await waiting.settled)
            let records = fixture.store.allExchanges
            #expect(records.map(\.outcome) == [.nothing, .skipped])
            #expect(records.last?.refusal?.rule == "subscription")
            #expect(records.last?.events.count == 2)
            let entry = try #require(fixture.store.entries.last?.entry)
            #expect(entry.kind == .exchangeSkipped)
            #expect(entry.plugin == plugin.id)
            #expect(String(decoding: entry.payload, as: UTF8.self).contains("manifest"))
            #expect(try await fixture.store.pendingWork().isEmpty)
        }
    }

    @Test func workWaitsForAPluginThatIsPendingAndGoesToItsNewAddress() async throws {
        try await withWaitingWork { fixture, plugin, _, goOn in
            fixture.transport.answer("http://moved.test/hook", #"{"protocol": "1.0"}"#)
            var patch = PluginPatch()
            patch.url = "http://moved.test/hook"
            _ = try await fixture.host.plugins.update(plugin.id, patch, actor: fixture.admin)
            goOn()
            while fixture.store.allExchanges.first?.outcome == nil { try await Task.sleep(for: .milliseconds(1)) }
            try await Task.sleep(for: .milliseconds(20))
            #expect(try await fixture.store.pendingWork().count == 1)
            #expect(fixture.transport.requests.count == 1)
            _ = try await fixture.host.plugins.enable(plugin.id, actor: fixture.admin)
            try await settled(fixture)
            let bodies = fixture.transport.bodies("http://moved.test/hook")
            #expect(bodies.map { $0["events"]?[0]?["data"]?["revision"] } == [3])
        }
    }

    @Test(arguments: ["disabled", "deleted"])
    func workForAPluginThatIsStoppedIsSkippedOnRecord(how: String) async throws {
        try await withWaitingWork { fixture, plugin, id, goOn in
            async let waiting = fixture.submit(id, ["op": "document.setTitle", "title": "Three"])
            while try await fixture.store.pendingWork().count < 2 { try await Task.sleep(for: .milliseconds(1)) }
            if how == "deleted" {
                try await fixture.host.plugins.delete(plugin.id, actor: fixture.admin)
            } else {
                _ = try await fixture.host.plugins.disable(plugin.id, actor: fixture.admin)
            }
            #expect(try await waiting.settled)
            #expect(try await fixture.store.pendingWork().isEmpty)
            let skipped = fixture.store.allExchanges.filter { $0.outcome == .skipped }
            #expect(skipped.count == 1)
            #expect(skipped.first?.events.count == 2)
            #expect(skipped.first?.pluginName == "reader")
            #expect(skipped.first?.refusal?.message.contains(how) == true)
            #expect(fixture.store.entries.contains { $0.entry.kind == .exchangeSkipped })
            goOn()
            try await settled(fixture)
            #expect(fixture.transport.requests.count == 1)
        }
    }

    @Test(arguments: [false, true])
    func workLeftForAPluginThatIsGoneIsSettledAtTheNextStart(firstCommitFails: Bool) async throws {
        try await withWaitingWork { fixture, plugin, _, goOn in
            let work = try await fixture.store.pendingWork()
            try await fixture.store.write(document: nil) { _ in
                var writes = Writes()
                writes.pluginsDeleted = [plugin.id]
                return (writes, ())
            }
            #expect(work.count == 1)
            fixture.store.pause()
            try await Fixture(store: fixture.store).running { next in
                while next.store.queued < 1 { try await Task.sleep(for: .milliseconds(1)) }
                next.store.commit((1, firstCommitFails ? HostError(.storeUnavailable, "disk full") : nil))
                next.store.resume()
                while try await !next.store.pendingWork().isEmpty { try await Task.sleep(for: .milliseconds(1)) }
                #expect(next.store.allExchanges.last?.outcome == .skipped)
                #expect(next.store.allExchanges.last?.refusal?.rule == "state")
            }
            goOn()
        }
    }

    @Test func eventsAskedTogetherAreBoundedByTheirSizeToo() async throws {
        var limits = Limits()
        limits.eventBytesPerExchange = 5000
        try await withWaitingWork(limits) { fixture, _, id, goOn in
            for number in 0..<4 {
                let title = String(repeating: "x", count: 1000) + String(number)
                _ = try await fixture.submit(id, ["op": "document.setTitle", "title": .string(title)]) {
                    $0.wait = .committed
                }
            }
            goOn()
            try await settled(fixture)
            let events = fixture.transport.bodies("http://reader.test/hook").map { $0["events"]?.arrayValue ?? [] }
            #expect(events.flatMap { $0 }.count == 6)
            #expect(events.count > 2)
            #expect(events.allSatisfy { $0.count == 1 || JSON.array($0).serialized().count <= 5000 })
        }
    }

    @Test(arguments: ["workWaiting", "workWaitingBytes"])
    func whatWaitsIsBounded(rule: String) async throws {
        var limits = Limits()
        if rule == "workWaiting" { limits.workWaiting = 1 } else { limits.workWaitingBytes = 2000 }
        try await withWaitingWork(limits) { fixture, _, id, goOn in
            let title = String(repeating: "x", count: 1000)
            _ = try await fixture.submit(id, ["op": "document.setTitle", "title": .string(title)]) {
                $0.wait = .committed
            }
            let skipped = try #require(fixture.store.allExchanges.last)
            #expect(skipped.outcome == .skipped)
            #expect(skipped.refusal?.kind == .overloaded)
            #expect(skipped.refusal?.rule == rule)
            #expect(fixture.store.entries.last?.entry.kind == .exchangeSkipped)
            goOn()
            try await settled(fixture)
        }
    }
}
