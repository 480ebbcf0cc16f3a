import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct BeforeChainTests {
    @Test func pluginsAddCommandsInOrderWithinTheSameRevision() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("second", phase: .before, order: 2) { request in
                let tags = try JSON(parsing: request.body)["document"]?["tags"]
                #expect(tags == ["one"])
                return .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "two"}]}"#)
            }
            try await fixture.plugin("first", phase: .before, order: 1) { _ in
                .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "one"}]}"#)
            }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.document.document.revision == 2)
            #expect(result.document.document.tags == ["one", "two"])
            #expect(result.exchanges.map(\.pluginName) == ["first", "second"])
            let actors = fixture.store.entries.filter { $0.entry.revision == 2 }.map(\.entry.actor.name)
            #expect(actors == ["administrator", "first", "second"])
        }
    }

    @Test func denialRefusesTheChangeWithItsReasonsAndIsRecorded() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("house-style", phase: .before, onFailure: .reject) { _ in
                .json(
                    #"""
                    {"protocol": "1.0", "verdict": {"allow": false, "reasons": [{"pointer": "/title", "message": "A title is needed",
                     "suggest": [{"op": "document.setTitle", "title": "Hello"}]}]}}
                    """#
                )
            }
            let id = try await fixture.document().document.id
            do {
                _ = try await fixture.submit(id, ["op": "document.setTitle", "title": ""])
                Issue.record("the change was not refused")
            } catch let error as HostError {
                #expect(error.code == .deniedByPlugin)
                #expect(error.reasons.first?.pointer == "/title")
                #expect(error.reasons.first?.suggest.first?.op == "document.setTitle")
                #expect(error.plugin == "house-style")
            }
            #expect(try await fixture.store.document(id)?.document.revision == 1)
            #expect(fixture.store.entries.contains { $0.entry.kind == .changeDenied })
            #expect(fixture.store.allExchanges.last?.denied == true)
        }
    }

    @Test(arguments: [FailurePolicy.reject, .skip, .flag])
    func failurePolicyDecidesWhatAFailureMeans(policy: FailurePolicy) async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("broken", phase: .before, onFailure: policy) { _ in
                WebhookReply(status: 503, contentType: "text/plain", body: [])
            }
            let id = try await fixture.document().document.id
            if policy == .reject {
                do {
                    _ = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
                    Issue.record("the change was not refused")
                } catch let error as HostError {
                    #expect(error.code == .pluginFailed)
                    #expect(error.refusal?.kind == .serverError)
                }
                #expect(try await fixture.store.document(id)?.document.revision == 1)
                #expect(fixture.store.entries.contains { $0.entry.kind == .changeRejected })
            } else {
                let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
                #expect(result.document.document.title == "New")
                #expect(result.warnings.count == 1)
                #expect(result.document.document.tags == (policy == .flag ? ["needs-review"] : []))
            }
            #expect(fixture.store.allExchanges.last?.outcome == .failed)
        }
    }

    @Test func badAnswerRollsBackAloneAndTheChainGoesOn() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("bad", phase: .before, order: 1) { _ in
                .json(
                    #"""
                    {"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "half"},
                     {"op": "block.delete", "target": {"find": {"text": "not there"}}}]}
                    """#
                )
            }
            try await fixture.plugin("good", phase: .before, order: 2) { _ in
                .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "whole"}]}"#)
            }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.document.document.tags == ["whole"])
            #expect(result.exchanges.map(\.outcome) == [.refused, .applied])
            #expect(result.exchanges[0].refusal?.kind == .doesNotApply)
            #expect(result.exchanges[0].refusal?.commandIndex == 1)
        }
    }

    @Test func pluginMayCallBackAboutTheSameDocumentWhileItIsAsked() async throws {
        try await Fixture().running { fixture in
            let calls = Shared(0)
            try await fixture.plugin("caller", phase: .before) { request in
                #expect(!fixture.store.isWriting)
                calls.change { $0 += 1 }
                let body = try JSON(parsing: request.body)
                let id = try #require(DocumentID(parsing: body["document"]?["id"]?.stringValue ?? ""))
                let exchange = try #require(ExchangeID(parsing: body["exchange"]?.stringValue ?? ""))
                let result = try await fixture.submit(id, ["op": "tag.add", "tag": "from the call"]) {
                    $0.exchange = exchange
                }
                #expect(result.document.document.tags.contains("from the call"))
                return .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "from the answer"}]}"#)
            }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.document.document.title == "New")
            #expect(Set(result.document.document.tags) == ["from the call", "from the answer"])
            #expect(calls.value == 1)
        }
    }

    /// A judge is asked twice, one after the other; hanging once leaves the time for the answer that is required.
    @Test func hangingJudgeLeavesTheTimeOfItsOtherSubscription() async throws {
        var limits = Limits()
        limits.chainTime = .milliseconds(600)
        let clock = VirtualClock()
        try await Fixture(limits: limits, clock: clock.hostClock).running { fixture in
            try await fixture.plugin("first", phase: .before, order: 1, timeoutMilliseconds: 600) { request in
                clock.pass(request.timeout)
                throw WebhookFailure(kind: .headersLate, message: "late", requestWasSent: true)
            }
            let required: JSON = [
                "events": ["document.changed"], "phase": "before", "writes": [], "onFailure": "reject",
                "timeoutMilliseconds": 250, "match": ["types": ["note"]],
            ]
            let shares = Shared<[Duration]>([])
            try await fixture.plugin(
                "judge",
                phase: .before,
                timeoutMilliseconds: 500,
                onFailure: .reject,
                extra: ["writes": []],
                more: [required]
            ) { request in
                let count = shares.change { shares in
                    shares.append(request.timeout)
                    return shares.count
                }
                guard count == 1 else { return .json(#"{"protocol": "1.0"}"#) }
                clock.pass(request.timeout - .milliseconds(1))
                return .json(#"{"protocol": "1.0"}"#)
            }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.document.document.title == "New")
            #expect(shares.value == [.milliseconds(400), .milliseconds(201)])
        }
    }

    @Test func hangingSkipPluginsDoNotTakeTheTimeOfARequiredOne() async throws {
        var limits = Limits()
        limits.chainTime = .milliseconds(600)
        let clock = VirtualClock()
        let shares = Shared<[Duration]>([])
        try await Fixture(limits: limits, clock: clock.hostClock).running { fixture in
            for number in 0..<4 {
                try await fixture.plugin("hang\(number)", phase: .before, order: 1, timeoutMilliseconds: 500) {
                    request in
                    shares.change { $0.append(request.timeout) }
                    clock.pass(request.timeout)
                    throw WebhookFailure(kind: .headersLate, message: "late", requestWasSent: true)
                }
            }
            try await fixture.plugin(
                "required",
                phase: .before,
                order: 2,
                timeoutMilliseconds: 300,
                onFailure: .reject
            ) { request in
                shares.change { $0.append(request.timeout) }
                return .json(#"{"protocol": "1.0"}"#)
            }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.document.document.title == "New")
            #expect(result.exchanges.map(\.outcome) == [.failed, .failed, .failed, .failed, .nothing])
            #expect(result.exchanges.last?.pluginName == "required")
            // All that it asked for, though the four before it took every millisecond that they were given.
            let milliseconds = [75, 75, 75, 75, 300]
            #expect(shares.value == milliseconds.map { Duration.milliseconds($0) })
        }
    }

    @Test func dryRunWritesNothingButTheExchangeAndSkipsSideEffects() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("pure", phase: .before, extra: ["sideEffects": "none"]) { request in
                let isDry = try JSON(parsing: request.body)["dryRun"]
                #expect(isDry == true)
                return .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "would"}]}"#)
            }
            try await fixture.plugin("effects", phase: .before) { _ in .json(#"{"protocol": "1.0"}"#) }
            let id = try await fixture.document().document.id
            let before = fixture.store.entries.count
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"]) { $0.dryRun = true }
            #expect(result.document.document.tags == ["would"])
            #expect(result.warnings.contains { $0.contains("effects") })
            #expect(try await fixture.store.document(id)?.document.revision == 1)
            #expect(fixture.store.entries.count == before)
            #expect(fixture.transport.requests.count == 1)
        }
    }

    @Test func expectedRevisionHoldsAlsoAfterTheChain() async throws {
        try await Fixture().running { fixture in
            let id = try await fixture.document().document.id
            let meddled = Shared(false)
            try await fixture.plugin("slow", phase: .before) { request in
                guard
                    !meddled.change({ meddled in
                        defer { meddled = true }
                        return meddled
                    })
                else { return .json(#"{"protocol": "1.0"}"#) }
                let body = try JSON(parsing: request.body)
                let exchange = try #require(ExchangeID(parsing: body["exchange"]?.stringValue ?? ""))
                _ = try await fixture.submit(id, ["op": "tag.add", "tag": "meanwhile"]) { $0.exchange = exchange }
                return .json(#"{"protocol": "1.0"}"#)
            }
            await #expect {
                _ = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"]) { $0.expectRevision = 1 }
            } throws: { ($0 as? HostError)?.code == .revisionMismatch }
            #expect(try await fixture.store.document(id)?.document.title == "Title")
            // The plugin saw the document, so its exchange is on record although nothing came of the change.
            #expect(fixture.store.allExchanges.contains { $0.pluginName == "slow" && $0.phase == .before })
        }
    }

    @Test func pluginStoppedWhileItIsAskedAddsNothing() async throws {
        try await Fixture().running { fixture in
            let id = try await fixture.document().document.id
            let plugin = Shared<PluginID?>(nil)
            let registered = try await fixture.plugin("stopped", phase: .before) { _ in
                if let id = plugin.value { _ = try await fixture.host.plugins.disable(id, actor: fixture.admin) }
                return .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "sneaked"}]}"#)
            }
            plugin.change { $0 = registered.id }
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.document.document.title == "New")
            #expect(result.document.document.tags.isEmpty)
        }
    }

    @Test func exchangesOfAChainAreBegunTogetherBeforeAnyIsAsked() async throws {
        try await Fixture().running { fixture in
            let commits = Shared(0)
            let rows = Shared<[ExchangeRecord]>([])
            try await fixture.plugin("first", phase: .before, order: 1) { _ in
                rows.change { $0 = fixture.store.allExchanges }
                return .json(#"{"protocol": "1.0", "commands": [{"op": "comment.add", "text": "Hm"}]}"#)
            }
            let events = ["document.changed", "comment.added"]
            try await fixture.plugin("second", phase: .before, events: events, order: 2) { _ in
                .json(#"{"protocol": "1.0"}"#)
            }
            let id = try await fixture.document().document.id
            commits.change { $0 = fixture.store.commits }
            let result = try await fixture.submit(id, ["op": "tag.add", "tag": "a"])
            #expect(rows.value.map(\.pluginName) == ["first", "second"])
            #expect(rows.value.map(\.outcome) == [nil, nil])
            #expect(rows.value.map { $0.events.map(\.type) } == [[.documentChanged], [.documentChanged]])
            // One for the beginning of all, one for the change with their ends.
            #expect(fixture.store.commits == commits.value + 2)
            #expect(fixture.store.allExchanges.map(\.id) == rows.value.map(\.id))
            #expect(result.exchanges.map(\.outcome) == [.refused, .nothing])
        }
    }

    @Test func crashWhileAPluginIsAskedLeavesEveryExchangeInterrupted() async throws {
        try await Fixture().running { fixture in
            let goOn = Shared(false)
            for name in ["first", "second"] {
                try await fixture.plugin(name, phase: .before, onFailure: .reject) { _ in
                    while !goOn.value { try await Task.sleep(for: .milliseconds(1)) }
                    return .json(#"{"protocol": "1.0"}"#)
                }
            }
            let id = try await fixture.document().document.id
            async let change = fixture.refusal(id, ["op": "tag.add", "tag": "a"])
            while fixture.transport.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
            let next = Fixture(store: fixture.store)
            try await next.host.start()
            #expect(next.store.allExchanges.map(\.outcome) == [.interrupted, .interrupted])
            goOn.change { $0 = true }
            #expect(await change == nil)
        }
    }

    @Test func pluginsWhoseTurnDoesNotComeAreOnRecordAsSkipped() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("judge", phase: .before, order: 1) { _ in
                .json(#"{"protocol": "1.0", "verdict": {"allow": false}}"#)
            }
            try await fixture.plugin("late", phase: .before, order: 2) { _ in .json(#"{"protocol": "1.0"}"#) }
            let id = try await fixture.document().document.id
            #expect(await fixture.refusal(id, ["op": "tag.add", "tag": "a"]) == .deniedByPlugin)
            let records = fixture.store.allExchanges
            #expect(records.map(\.outcome) == [.refused, .skipped])
            #expect(records.last?.warnings.first?.contains("turn") == true)
            #expect(fixture.transport.requests.count == 1)
        }
    }

    @Test func nobodyIsAskedWhenTheBeginningCannotBeStored() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("asked", phase: .before) { _ in .json(#"{"protocol": "1.0"}"#) }
            let id = try await fixture.document().document.id
            fixture.store.fail(with: HostError(.storeUnavailable, "disk full"))
            #expect(await fixture.refusal(id, ["op": "tag.add", "tag": "a"]) == .storeUnavailable)
            fixture.store.fail(with: nil)
            #expect(fixture.transport.requests.isEmpty)
            #expect(fixture.store.allExchanges.isEmpty)
            #expect(await fixture.refusal(id, ["op": "tag.add", "tag": "a"]) == nil)
        }
    }

    @Test func endsOfARefusedChangeAreStoredOnceTheStoreTakesThem() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("judge", phase: .before) { _ in
                fixture.store.fail(with: HostError(.storeUnavailable, "disk full"))
                return .json(#"{"protocol": "1.0", "verdict": {"allow": false}}"#)
            }
            let id = try await fixture.document().document.id
            #expect(await fixture.refusal(id, ["op": "tag.add", "tag": "a"]) == .deniedByPlugin)
            #expect(fixture.store.allExchanges.map(\.outcome) == [nil])
            fixture.store.fail(with: nil)
            while fixture.store.allExchanges.first?.outcome == nil { try await Task.sleep(for: .milliseconds(1)) }
            #expect(fixture.store.allExchanges.map(\.outcome) == [.refused])
            #expect(fixture.store.entries.contains { $0.entry.kind == .changeDenied })
        }
    }

    @Test func judgesAreAskedLastTogetherAboutTheFinalCandidate() async throws {
        try await Fixture().running { fixture in
            let active = Shared((now: 0, most: 0))
            for number in 0..<3 {
                try await fixture.plugin("judge\(number)", phase: .before, order: 1, extra: ["writes": []]) { request in
                    active.change { state in
                        state.now += 1
                        state.most = max(state.most, state.now)
                    }
                    // Ends only once all three are asked.
                    while active.value.most < 3 { try await Task.sleep(for: .milliseconds(1)) }
                    let tags = try JSON(parsing: request.body)["document"]?["tags"]
                    #expect(tags == ["added"])
                    return .json(#"{"protocol": "1.0", "verdict": {"allow": true}}"#)
                }
            }
            try await fixture.plugin("adder", phase: .before, order: 500) { _ in
                .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "added"}]}"#)
            }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.exchanges.map(\.pluginName) == ["adder", "judge0", "judge1", "judge2"])
            #expect(result.exchanges.map(\.outcome) == [.applied, .nothing, .nothing, .nothing])
            #expect(active.value.most == 3)
        }
    }

    @Test func oneJudgeIsEnoughToDenyAndAllAreOnRecord() async throws {
        try await Fixture().running { fixture in
            for (name, allow) in [("first", true), ("second", false), ("third", false)] {
                try await fixture.plugin(name, phase: .before, extra: ["writes": []]) { _ in
                    .json(#"{"protocol": "1.0", "verdict": {"allow": \#(allow)}}"#)
                }
            }
            let id = try await fixture.document().document.id
            #expect(await fixture.refusal(id, ["op": "tag.add", "tag": "a"]) == .deniedByPlugin)
            let records = fixture.store.allExchanges
            #expect(records.map(\.outcome) == [.nothing, .refused, .refused])
            #expect(records.map(\.denied) == [false, true, true])
            let denials = fixture.store.entries.filter { $0.entry.kind == .changeDenied }
            #expect(denials.count == 2)
        }
    }

    /// A hanging plugin must not take the time of the judges that have to agree, who need it only once.
    @Test func timeOfJudgesIsSetAsideOnce() async throws {
        var limits = Limits()
        limits.chainTime = .milliseconds(3000)
        let clock = VirtualClock()
        try await Fixture(limits: limits, clock: clock.hostClock).running { fixture in
            try await fixture.plugin("hangs", phase: .before, timeoutMilliseconds: 5000) { request in
                #expect(request.timeout == .milliseconds(1500))
                clock.pass(request.timeout)
                throw WebhookFailure(kind: .headersLate, message: "late", requestWasSent: true)
            }
            for name in ["first", "second"] {
                try await fixture.plugin(
                    name,
                    phase: .before,
                    timeoutMilliseconds: 1500,
                    onFailure: .reject,
                    extra: ["writes": []]
                ) { request in
                    #expect(request.timeout == .milliseconds(1500))
                    return .json(#"{"protocol": "1.0"}"#)
                }
            }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.document.document.title == "New")
            #expect(result.exchanges.map(\.outcome) == [.failed, .nothing, .nothing])
        }
    }

    @Test func judgeThatWantsToChangeSomethingIsRefused() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("judge", phase: .before, extra: ["writes": []]) { _ in
                .json(#"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "mine"}]}"#)
            }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            #expect(result.document.document.tags.isEmpty)
            #expect(result.exchanges.first?.refusal?.rule == "writes")
        }
    }
}
