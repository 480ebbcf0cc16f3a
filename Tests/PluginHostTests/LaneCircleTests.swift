import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// Chains that want several lanes at once do not wait for each other in a circle, in whatever order things happen.
@Suite(.timeLimit(.minutes(2)))
struct LaneCircleTests {
    /// Judges that count in their state how often they were asked; the most that one of them was asked at once.
    private func judges(
        _ fixture: Fixture,
        _ simulation: Simulation,
        _ random: Shared<SeededRandom>
    ) async throws -> Shared<Int> {
        let most = Shared(0)
        for name in ["one", "two", "three"] {
            let active = Shared(0)
            try await fixture.plugin(
                name,
                phase: .before,
                timeoutMilliseconds: 5000,
                onFailure: .reject,
                extra: ["reads": ["/tags"], "writes": []]
            ) { request in
                let now = active.change { active in
                    active += 1
                    return active
                }
                most.change { $0 = max($0, now) }
                try await simulation.hostClock.sleep(.milliseconds(random.change { $0.int(0...3) }))
                active.change { $0 -= 1 }
                let count = try JSON(parsing: request.body)["plugin"]?["state"]?["count"]?.intValue ?? 0
                return .json(#"{"protocol": "1.0", "state": {"count": \#(count + 1)}}"#)
            }
        }
        return most
    }

    @Test(arguments: 0..<50)
    func judgesThatAnswerWithAStateDoNotMakeChainsWaitForEachOther(seed: UInt64) throws {
        let simulation = Simulation(seed: seed)
        let fixture = Fixture(clock: simulation.hostClock)
        let random = Shared(SeededRandom(seed: seed))
        let (most, document) = try simulation.run {
            try await fixture.running { fixture in
                let most = try await judges(fixture, simulation, random)
                let id = try await fixture.document().document.id
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<8 {
                        group.addTask {
                            try await simulation.hostClock.sleep(.milliseconds(random.change { $0.int(0...4) }))
                            // Judges judge one candidate: when the document moved on twice, the change is a conflict.
                            var code: HostError.Code? = .conflict
                            while code == .conflict {
                                code = await fixture.refusal(id, ["op": "tag.add", "tag": .string("t\(number)")])
                            }
                            #expect(code == nil)
                        }
                    }
                    try await group.waitForAll()
                }
                return (most, id)
            }
        }
        #expect(most.value == 1)
        #expect(fixture.store.allExchanges.allSatisfy { $0.outcome == .nothing })
        let taken = fixture.store.allExchanges.count / 3
        let isDone = Shared(false)
        try simulation.run {
            #expect(try await fixture.store.document(document)?.document.tags.count == 8)
            for plugin in try await fixture.store.plugins() {
                let count = try await fixture.store.pluginState(plugin.id, document)?["count"]?.intValue ?? 0
                #expect((8...taken).contains(count))
            }
            isDone.change { $0 = true }
        }
        #expect(isDone.value)
        // Nobody waited until the time was over.
        #expect(simulation.now < 1_000_000)
    }

    /// What it wants to remember of the first exchange it is told in the second, and that is what is stored.
    @Test(arguments: [false, true])
    func pluginThatJudgesTwiceIsToldItsOwnState(secondFails: Bool) throws {
        let simulation = Simulation(seed: 3)
        let fixture = Fixture(clock: simulation.hostClock)
        let states = Shared<[Int]>([])
        let stored = try simulation.run {
            try await fixture.running { fixture in
                let again: JSON = ["events": ["document.changed"], "phase": "before", "writes": []]
                let plugin = try await fixture.plugin("twice", phase: .before, extra: ["writes": []], more: [again]) {
                    request in
                    let count = try JSON(parsing: request.body)["plugin"]?["state"]?["count"]?.intValue ?? 0
                    states.change { $0.append(count) }
                    if secondFails, count == 1 { return .json("{") }
                    return .json(#"{"protocol": "1.0", "state": {"count": \#(count + 1)}}"#)
                }
                try await fixture.plugin("other", phase: .before, extra: ["writes": []]) { _ in
                    .json(#"{"protocol": "1.0", "state": {}}"#)
                }
                let id = try await fixture.document().document.id
                _ = try await fixture.submit(id, ["op": "tag.add", "tag": "a"])
                return try await fixture.store.pluginState(plugin.id, id)?["count"]?.intValue
            }
        }
        #expect(states.value == [0, 1])
        #expect(stored == (secondFails ? 1 : 2))
        #expect(simulation.now < 1_000_000)
    }

    /// Two judges are asked at once; each changes the document meanwhile, so that the other would be asked within.
    @Test(arguments: 0..<20, [1, 2])
    func judgesThatCallBackAreNeverAskedTwiceAtOnce(seed: UInt64, callers: Int) throws {
        let simulation = Simulation(seed: seed)
        let fixture = Fixture(clock: simulation.hostClock)
        let most = Shared(0)
        let result = try simulation.run {
            try await fixture.running { fixture in
                for (number, name) in ["one", "two"].enumerated() {
                    let (active, isFirst) = (Shared(0), Shared(true))
                    try await fixture.plugin(name, phase: .before, timeoutMilliseconds: 5000, extra: ["writes": []]) {
                        request in
                        let now = active.change { active in
                            active += 1
                            return active
                        }
                        defer { active.change { $0 -= 1 } }
                        most.change { $0 = max($0, now) }
                        try await simulation.hostClock.sleep(.milliseconds(2))
                        let calls = isFirst.change { isFirst in
                            defer { isFirst = false }
                            return isFirst && number < callers
                        }
                        if calls {
                            let body = try JSON(parsing: request.body)
                            let id = try #require(DocumentID(parsing: body["document"]?["id"]?.stringValue ?? ""))
                            let exchange = try #require(ExchangeID(parsing: body["exchange"]?.stringValue ?? ""))
                            let tag: JSON = ["op": "tag.add", "tag": .string(name)]
                            _ = try await fixture.submit(id, tag) { $0.exchange = exchange }
                        }
                        return .json(#"{"protocol": "1.0"}"#)
                    }
                }
                let id = try await fixture.document().document.id
                return try await fixture.submit(id, ["op": "tag.add", "tag": "outer"])
            }
        }
        #expect(most.value == 1)
        #expect(Set(result.document.document.tags) == Set(["outer"] + ["one", "two"].prefix(callers)))
        #expect(simulation.now < 1_000_000)
    }
}
