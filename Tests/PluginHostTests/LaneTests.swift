import DocumentModel
import JSONSchema
import PluginProtocol
import TestSupport
import Testing

@testable import PluginHost

/// Exchanges of one plugin about one document never overlap.
@Suite(.timeLimit(.minutes(1)))
struct LaneTests {
    /// So much time that nobody's share runs out on a busy machine.
    private static let patient: Limits = {
        var limits = Limits()
        limits.chainTime = .seconds(50)
        return limits
    }()

    /// A plugin that counts, in its state, how often it was asked.
    private func counting(_ active: Shared<(now: Int, most: Int)>) -> FakeTransport.Handler {
        { request in
            active.change { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
            try await Task.sleep(for: .milliseconds(3))
            let count = try JSON(parsing: request.body)["plugin"]?["state"]?["count"]?.intValue ?? 0
            active.change { $0.now -= 1 }
            return .json(#"{"protocol": "1.0", "state": {"count": \#(count + 1)}}"#)
        }
    }

    /// The same, registered and asked before each change.
    private func counter(_ fixture: Fixture, _ active: Shared<(now: Int, most: Int)>) async throws -> Plugin {
        try await fixture.plugin("counter", phase: .before, timeoutMilliseconds: 10_000, answer: counting(active))
    }

    private func count(_ fixture: Fixture, _ plugin: Plugin, _ document: DocumentID) async throws -> Int? {
        try await fixture.store.pluginState(plugin.id, document)?["count"]?.intValue
    }

    @Test func changesAtOnceDoNotOverwriteAPluginsState() async throws {
        try await Fixture(limits: Self.patient).running { fixture in
            let active = Shared((now: 0, most: 0))
            let plugin = try await counter(fixture, active)
            let id = try await fixture.document().document.id
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        _ = try await fixture.submit(id, ["op": "tag.add", "tag": .string("t\(number)")])
                    }
                }
                try await group.waitForAll()
            }
            #expect(active.value.most == 1)
            #expect(try await count(fixture, plugin, id) == 20)
            #expect(fixture.transport.requests.count == 20)
        }
    }

    @Test func beforeAndAfterExchangesOfOnePluginTakeTurns() async throws {
        try await Fixture(limits: Self.patient).running { fixture in
            let active = Shared((now: 0, most: 0))
            let after: JSON = ["events": ["document.changed"], "phase": "after"]
            let plugin = try await fixture.plugin(
                "both",
                phase: .before,
                timeoutMilliseconds: 10_000,
                more: [after],
                answer: counting(active)
            )
            let id = try await fixture.document().document.id
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let result = try await fixture.submit(id, ["op": "tag.add", "tag": .string("t\(number)")])
                        #expect(result.settled)
                    }
                }
                try await group.waitForAll()
            }
            #expect(active.value.most == 1)
            #expect(try await count(fixture, plugin, id) == fixture.transport.requests.count)
            #expect(fixture.store.allExchanges.allSatisfy { $0.outcome == .nothing })
            #expect(try await fixture.store.pendingWork().isEmpty)
        }
    }

    @Test func timeSpentInLineCountsAndEndsWithTheShare() async throws {
        var limits = Limits()
        limits.chainTime = .milliseconds(300)
        try await Fixture(limits: limits).running { fixture in
            let goOn = Shared(false)
            try await fixture.plugin("slow", phase: .before, timeoutMilliseconds: 5000, onFailure: .skip) { _ in
                while !goOn.value { try await Task.sleep(for: .milliseconds(1)) }
                return .json(#"{"protocol": "1.0"}"#)
            }
            let id = try await fixture.document().document.id
            async let first = fixture.submit(id, ["op": "tag.add", "tag": "first"])
            while fixture.transport.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
            let second = try await fixture.submit(id, ["op": "tag.add", "tag": "second"])
            goOn.change { $0 = true }
            _ = try await first
            let record = try #require(second.exchanges.first)
            #expect(record.outcome == .skipped)
            #expect(record.refusal?.kind == .budgetSpent)
            #expect(record.refusal?.rule == "queue")
            #expect(fixture.transport.requests.count == 1)
            let third = try await fixture.submit(id, ["op": "tag.add", "tag": "third"])
            #expect(third.exchanges.map(\.outcome) == [.nothing])
        }
    }

    /// One plugin remembers something of the change, the next calls back about the same document, and so the first is asked within.
    @Test func callInTheCourseOfAChainDoesNotWaitForTheChain() async throws {
        try await Fixture(limits: Self.patient).running { fixture in
            let active = Shared((now: 0, most: 0))
            let plugin = try await fixture.plugin("counter", phase: .before, order: 1, answer: counting(active))
            let isFirst = Shared(true)
            try await fixture.plugin("caller", phase: .before, order: 2) { request in
                guard
                    isFirst.change({ isFirst in
                        defer { isFirst = false }
                        return isFirst
                    })
                else { return .json(#"{"protocol": "1.0"}"#) }
                let body = try JSON(parsing: request.body)
                let id = try #require(DocumentID(parsing: body["document"]?["id"]?.stringValue ?? ""))
                let exchange = try #require(ExchangeID(parsing: body["exchange"]?.stringValue ?? ""))
                let result = try await fixture.submit(id, ["op": "tag.add", "tag": "within"]) { $0.exchange = exchange }
                #expect(result.exchanges.map(\.pluginName) == ["counter"])
                #expect(result.exchanges.map(\.outcome) == [.nothing])
                return .json(#"{"protocol": "1.0"}"#)
            }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "tag.add", "tag": "outer"])
            #expect(Set(result.document.document.tags) == ["within", "outer"])
            // Its state of the inner change is not overwritten by the one it had of the outer: it was asked again.
            #expect(try await count(fixture, plugin, id) == 2)
            #expect(active.value.most == 1)
        }
    }

    /// Two chains that want the same two plugins in opposite orders.
    @Test func chainsThatWouldWaitForEachOtherDoNot() async throws {
        try await Fixture(limits: Self.patient).running { fixture in
            let active = Shared((now: 0, most: 0))
            let comment: JSON = ["events": ["comment.added"], "phase": "before", "order": 3]
            try await fixture.plugin(
                "a",
                phase: .before,
                order: 1,
                timeoutMilliseconds: 10_000,
                more: [comment],
                answer: counting(active)
            )
            try await fixture.plugin(
                "b",
                phase: .before,
                events: ["document.changed", "comment.added"],
                order: 2,
                timeoutMilliseconds: 10_000,
                answer: counting(active)
            )
            let id = try await fixture.document().document.id
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        if number % 2 == 0 {
                            _ = try await fixture.submit(id, ["op": "tag.add", "tag": .string("t\(number)")])
                        } else {
                            _ = try await fixture.submit(id, ["op": "comment.add", "text": .string("c\(number)")])
                        }
                    }
                }
                try await group.waitForAll()
            }
            // Nobody waited until the time was over: whoever would have closed a circle was told so at once.
            #expect(fixture.store.allExchanges.allSatisfy { $0.refusal?.limit == nil })
            let document = try #require(try await fixture.store.document(id)).document
            #expect(document.tags.count == 6)
            #expect(document.comments.count == 6)
        }
    }

    @Test func lineIsServedInTheOrderOfArrival() async throws {
        let lanes = ReactionLanes(limits: .default)
        let plugin = PluginID(high: 1, low: 1)
        let key = ReactionLanes.Key(plugin: plugin, document: DocumentID(high: 2, low: 2))
        let holder = LaneOwner()
        try await lanes.enter(key, holder, timeout: .seconds(5))
        let order = Shared<[Int]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask {
                    let owner = LaneOwner()
                    try await lanes.enter(key, owner, timeout: .seconds(50))
                    order.change { $0.append(number) }
                    lanes.leave(key, owner)
                }
                while lanes.lineCount(key) <= number { try await Task.sleep(for: .milliseconds(1)) }
            }
            // One that gives up leaves the others where they are.
            await #expect(throws: ReactionLanes.Refused.self) {
                try await lanes.enter(key, LaneOwner(), timeout: .milliseconds(5))
            }
            // What comes about in the course of the exchange under way goes before them.
            let nested = LaneOwner(within: holder)
            try await lanes.enter(key, nested, timeout: .milliseconds(5))
            lanes.leave(key, nested)
            #expect(order.value.isEmpty)
            lanes.leave(key, holder)
            try await group.waitForAll()
        }
        #expect(order.value == [0, 1, 2, 3])
        try await lanes.enter(key, LaneOwner(), timeout: .milliseconds(5))
    }

    @Test func siblingsWithinOneExchangeTakeTurns() async throws {
        let lanes = ReactionLanes(limits: .default)
        let key = ReactionLanes.Key(plugin: PluginID(high: 1, low: 1), document: DocumentID(high: 2, low: 2))
        let outer = LaneOwner()
        let first = LaneOwner(within: outer)
        let second = LaneOwner(within: outer)
        try await lanes.enter(key, outer, timeout: .seconds(5))
        try await lanes.enter(key, first, timeout: .seconds(5))
        async let entered: Void = lanes.enter(key, second, timeout: .seconds(50))
        while lanes.lineCount(key) == 0 { try await Task.sleep(for: .milliseconds(1)) }
        // The outer exchange ends before what came about in its course.
        lanes.leave(key, outer)
        #expect(lanes.lineCount(key) == 1)
        lanes.leave(key, first)
        try await entered
        await #expect(throws: ReactionLanes.Refused.self) {
            try await lanes.enter(key, LaneOwner(), timeout: .milliseconds(5))
        }
        lanes.leave(key, second)
        try await lanes.enter(key, LaneOwner(), timeout: .milliseconds(5))
    }

    /// The next one in line is not told of a state that is not stored, nor of the one before it once it is.
    @Test(arguments: [true, false])
    func nextInLineSeesWhatBecameOfTheCommit(fails: Bool) async throws {
        try await Fixture(limits: Self.patient).running { fixture in
            let active = Shared((now: 0, most: 0))
            let plugin = try await counter(fixture, active)
            let id = try await fixture.document().document.id
            _ = try await fixture.submit(id, ["op": "tag.add", "tag": "a"])
            async let second = fixture.refusal(id, ["op": "tag.add", "tag": "b"])
            while fixture.transport.requests.count < 2 { try await Task.sleep(for: .milliseconds(1)) }
            fixture.store.pause()
            while fixture.store.queued < 1 { try await Task.sleep(for: .milliseconds(1)) }
            async let third = fixture.refusal(id, ["op": "tag.add", "tag": "c"])
            try await Task.sleep(for: .milliseconds(20))
            #expect(fixture.transport.requests.count == 2)
            fixture.store.commit((1, fails ? HostError(.storeUnavailable, "disk full") : nil))
            fixture.store.resume()
            #expect(await second == (fails ? .storeUnavailable : nil))
            #expect(await third == nil)
            #expect(try await count(fixture, plugin, id) == (fails ? 2 : 3))
        }
    }
}

extension ReactionLanes {
    /// Takes a lane as a chain does that has no other.
    fileprivate func enter(_ key: Key, _ owner: LaneOwner, timeout: Duration) async throws {
        let places = lineUp([(key, owner)], mayCloseCircle: false, lineLimit: 100)
        if let waiter = try places[0].get() { try await wait(for: waiter, timeout: timeout, clock: .system) }
    }
}
