import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// Plugins that cannot tell that others were asked before them are asked at the same time.
@Suite(.timeLimit(.minutes(2)))
struct ChainGroupTests {
    private static let scopes = [
        "blocks:write", "tags:write", "properties:write", "annotations:write", "documents:write", "comments:write",
    ]

    /// When each plugin was asked and had answered, on the simulation's clock, in microseconds.
    private typealias Times = Shared<[String: ClosedRange<Int>]>

    /// A plugin that takes its time.
    private func plugin(
        _ name: String,
        _ fixture: Fixture,
        _ simulation: Simulation,
        _ times: Times = Times([:]),
        order: Int = 100,
        milliseconds: Int = 100,
        onFailure: FailurePolicy = .skip,
        extra: JSONObject,
        commands: JSON = []
    ) async throws {
        try await fixture.plugin(
            name,
            phase: .before,
            order: order,
            timeoutMilliseconds: 400,
            onFailure: onFailure,
            scopes: Self.scopes,
            extra: extra
        ) { _ in
            let began = simulation.now
            try await simulation.hostClock.sleep(.milliseconds(milliseconds))
            times.change { $0[name] = began...simulation.now }
            let answer: JSON = ["protocol": "1.0", "commands": commands]
            return .json(String(decoding: answer.serialized(), as: UTF8.self))
        }
    }

    private func groups(_ fixture: Fixture) -> [[String]] {
        fixture.host.plugins.plan(.documentChanged).groups.map { $0.map(\.name) }
    }

    private func rename(_ fixture: Fixture, _ id: DocumentID) async throws -> ChangeResult {
        try await fixture.submit(id, ["op": "document.setTitle", "title": "New"]) { $0.wait = .committed }
    }

    /// Two subscriptions, the first asked first, and whether they are asked at once.
    private static let pairs: [(first: JSONObject, second: JSONObject, isOne: Bool, why: String)] = [
        (
            ["reads": ["/title"], "writes": ["/tags"]], ["reads": ["/title"], "writes": ["/properties"]], true,
            "disjoint"
        ),
        (
            ["reads": ["/title"], "writes": ["/tags"]], ["reads": ["/title"], "writes": ["/tags"]], false, "same writes"
        ),
        (["reads": ["/title"], "writes": ["/tags"]], ["reads": ["/tags"], "writes": ["/title"]], false, "reads it"),
        (
            ["reads": ["/tags"], "writes": ["/title"]], ["reads": ["/blocks"], "writes": ["/tags"]], true, "read before"
        ),
        (["reads": ["/title"], "writes": ["/tags"]], ["writes": ["/properties"]], false, "reads everything"),
        (["reads": ["/title"], "writes": ["/tags"]], ["reads": ["/title"]], false, "writes everything"),
        (["reads": ["/title"]], ["reads": ["/title"], "writes": ["/tags"]], false, "first writes everything"),
        (["writes": ["/tags"]], ["reads": ["/title"], "writes": ["/title"]], false, "first reads everything"),
        (
            ["reads": [], "writes": ["/properties/a"]], ["reads": ["/properties/b"], "writes": ["/properties/b"]], true,
            "other members"
        ),
        (
            ["reads": [], "writes": ["/properties/a"]], ["reads": ["/properties"], "writes": ["/tags"]], false,
            "reads all members"
        ),
        (
            ["reads": [], "writes": ["/blocks/text"]], ["reads": ["/blocks/annotations"], "writes": ["/tags"]], false,
            "annotations move with text"
        ),
        (
            ["reads": [], "writes": ["/blocks/text"]], ["reads": [], "writes": ["/blocks/annotations"]], false,
            "annotations go with text"
        ),
        (
            ["reads": [], "writes": ["/blocks/type"]], ["reads": ["/blocks/text"], "writes": ["/tags"]], false,
            "a block's type is always shown"
        ),
        (["reads": [], "writes": ["/tags"]], ["reads": ["/updatedAt"], "writes": ["/title"]], false, "reads a stamp"),
        (
            ["reads": [], "writes": ["/title"], "onFailure": "flag"], ["reads": ["/tags"], "writes": ["/properties"]],
            false, "failing flags the document"
        ),
        (
            ["reads": [], "writes": ["/comments"]],
            ["reads": [], "writes": ["/title"], "events": ["document.changed", "comment.added"]], false,
            "is told of comments"
        ),
        (
            ["reads": [], "writes": ["/comments"]],
            ["reads": [], "writes": ["/title"], "events": ["document.changed", "block.created"]], true,
            "is told of blocks only"
        ),
        (
            ["reads": [], "writes": ["/tags"]], ["reads": [], "writes": ["/title"], "runsAfter": ["first"]], false,
            "must be after"
        ),
        (
            ["reads": [], "writes": ["/tags"], "runsBefore": ["second"]], ["reads": [], "writes": ["/title"]], false,
            "must be before"
        ),
    ]

    @Test(arguments: pairs.indices)
    func twoAreAskedAtOnceIfTheSecondCannotTell(number: Int) throws {
        let pair = Self.pairs[number]
        let simulation = Simulation(seed: 1)
        let fixture = Fixture(clock: simulation.hostClock)
        let times = Times([:])
        try simulation.run {
            try await fixture.running { fixture in
                try await plugin("first", fixture, simulation, times, order: 1, extra: pair.first)
                try await plugin("second", fixture, simulation, times, order: 2, extra: pair.second)
                _ = try await rename(fixture, fixture.document().document.id)
            }
        }
        let expected = pair.isOne ? [["first", "second"]] : [["first"], ["second"]]
        #expect(groups(fixture) == expected, "\(pair.why)")
        let (first, second) = (try #require(times.value["first"]), try #require(times.value["second"]))
        #expect(first.overlaps(second) && first.lowerBound == second.lowerBound || !pair.isOne, "\(pair.why)")
        #expect(first.upperBound <= second.lowerBound || pair.isOne, "\(pair.why)")
    }

    @Test func onePluginIsNeverAskedTwiceAtOnce() throws {
        let simulation = Simulation(seed: 1)
        let fixture = Fixture(clock: simulation.hostClock)
        try simulation.run {
            try await fixture.running { fixture in
                try await fixture.plugin(
                    "double",
                    phase: .before,
                    extra: ["reads": [], "writes": ["/tags"]],
                    more: [["events": ["document.changed"], "phase": "before", "reads": [], "writes": ["/properties"]]]
                ) { _ in .json(#"{"protocol": "1.0"}"#) }
            }
        }
        #expect(groups(fixture) == [["double"], ["double"]])
    }

    /// Whoever answers first, the answers are applied in the order that is shown.
    @Test func resultIsTheSameWhoeverAnswersFirst() throws {
        func document(_ milliseconds: [Int], _ more: JSONObject = [:]) throws -> (snapshot: DocumentSnapshot, time: Int)
        {
            let simulation = Simulation(seed: 5)
            let fixture = Fixture(clock: simulation.hostClock)
            return try simulation.run {
                try await fixture.running { fixture in
                    let commands: [JSON] = [
                        [["op": "tag.add", "tag": "a"], ["op": "tag.add", "tag": "b"]],
                        [["op": "property.set", "pointer": "/c", "value": 1]],
                        [["op": "comment.add", "text": "d"], ["op": "comment.add", "text": "e"]],
                    ]
                    for (number, part) in ["/tags", "/properties", "/comments"].enumerated() {
                        var extra: JSONObject = ["reads": ["/title"], "writes": [.string(part)]]
                        for (key, value) in more where number > 0 { extra[key] = value }
                        try await plugin(
                            "p\(number)",
                            fixture,
                            simulation,
                            order: number,
                            milliseconds: milliseconds[number],
                            extra: extra,
                            commands: commands[number]
                        )
                    }
                    let id = try await fixture.document(id: DocumentID(high: 1, low: 1)).document.id
                    let began = simulation.now
                    let result = try await rename(fixture, id)
                    #expect(result.exchanges.map(\.pluginName) == ["p0", "p1", "p2"])
                    #expect(result.exchanges.map(\.outcome) == [.applied, .applied, .applied])
                    return (result.document, simulation.now - began)
                }
            }
        }
        let one = try document([10, 50, 100])
        let other = try document([100, 50, 10])
        let isSame = one.snapshot.bytes == other.snapshot.bytes
        #expect(isSame)
        #expect(one.time == 100_000)
        #expect(other.time == 100_000)
        // Asked one after the other, they do the same and take longer.
        let after = try document([10, 50, 100], ["runsAfter": ["p0", "p1"]])
        #expect(after.time == 160_000)
        #expect(after.snapshot.document.tags == one.snapshot.document.tags)
        #expect(after.snapshot.document.properties == one.snapshot.document.properties)
        #expect(after.snapshot.document.comments.map(\.text) == one.snapshot.document.comments.map(\.text))
    }

    /// Whom the plan shows together is asked together, and nobody else, whatever plugins there are.
    @Test(arguments: 0..<40)
    func planShowsTheGroupsThatAreAsked(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let parts: [JSON] = ["/title", "/tags", "/properties/a", "/properties", "/blocks/text", "/blocks", "/comments"]
        func some() -> JSON { .array(parts.shuffled(using: &random).prefix(random.int(0...2)).map { $0 }) }
        let plugins: [(order: Int, extra: JSONObject)] = (0..<8).map { _ in
            var extra: JSONObject = [:]
            if random.chance(90) { extra["reads"] = some() }
            if random.chance(90) { extra["writes"] = some() }
            return (random.int(1...3), extra)
        }
        let simulation = Simulation(seed: seed)
        let fixture = Fixture(clock: simulation.hostClock)
        let times = Times([:])
        try simulation.run {
            try await fixture.running { fixture in
                for (number, plugin) in plugins.enumerated() {
                    try await self.plugin(
                        "p\(number)",
                        fixture,
                        simulation,
                        times,
                        order: plugin.order,
                        extra: plugin.extra
                    )
                }
                _ = try await rename(fixture, fixture.document().document.id)
            }
        }
        let asked = Dictionary(grouping: times.value) { $0.value.lowerBound }
            .sorted { $0.key < $1.key }.map { Set($0.value.map(\.key)) }
        #expect(asked == groups(fixture).map { Set($0) })
        #expect(times.value.count == plugins.count)
    }

    /// Whoever need not answer has what those leave who must, in its own group and after it.
    @Test func timeOfAGroupIsThatOfItsSlowest() throws {
        let simulation = Simulation(seed: 1)
        var limits = Limits()
        limits.chainTime = .milliseconds(500)
        let fixture = Fixture(limits: limits, clock: simulation.hostClock)
        let result = try simulation.run {
            try await fixture.running { fixture in
                for number in 0..<3 {
                    let extra: JSONObject = ["reads": [], "writes": [.string("/properties/p\(number)")]]
                    try await plugin("may\(number)", fixture, simulation, order: 1, extra: extra)
                }
                let tags: JSONObject = ["reads": [], "writes": ["/tags"]]
                try await plugin("must", fixture, simulation, order: 2, onFailure: .reject, extra: tags)
                let title: JSONObject = ["reads": ["/tags"], "writes": ["/title"]]
                try await plugin("last", fixture, simulation, order: 3, onFailure: .reject, extra: title)
                return try await rename(fixture, fixture.document().document.id)
            }
        }
        #expect(groups(fixture) == [["may0", "may1", "may2", "must"], ["last"]])
        func time(_ name: String) -> Duration? {
            fixture.transport.requests.first { $0.url.description.contains(name) }?.timeout
        }
        // Each asks for 400 ms.
        #expect((0..<3).map { time("may\($0)") } == [.milliseconds(100), .milliseconds(100), .milliseconds(100)])
        #expect(time("must") == .milliseconds(250))
        #expect(time("last") == .milliseconds(400))
        #expect(result.exchanges.map(\.outcome) == Array(repeating: .nothing, count: 5))
        #expect(fixture.host.plugins.plan(.documentChanged).worstCase == .milliseconds(800))
    }
}
