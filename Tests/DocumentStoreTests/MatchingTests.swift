import DocumentModel
import DocumentStore
import JSONSchema
import PluginHost
import PluginProtocol
import Testing

/// What the store keeps so that it can be told why plugins were asked or not.
@Suite(.timeLimit(.minutes(1)))
struct MatchingTests {
    /// An event that was raised so many milliseconds after the samples' time.
    private func event(_ milliseconds: Int64, _ low: UInt64 = 0) -> EventID {
        EventID(high: UInt64(Sample.time(milliseconds).millisecondsSince1970) << 16, low: low)
    }

    private func entry(
        _ document: DocumentID,
        revision: Int,
        _ event: EventID,
        at milliseconds: Int64
    ) throws -> LedgerEntry {
        var entry = try Sample.entry(document, revision: revision, time: Sample.time(milliseconds))
        entry.event = event
        return entry
    }

    @Test func pluginsAreKeptAsTheyWereInEachGeneration() async throws {
        try await StoreFixture(.memory).withStore { store async throws in
            #expect(try await store.registryGeneration() == 0)
            var first = try Sample.plugin(1, name: "first")
            let second = try Sample.plugin(2, name: "second")
            try await store.write { [first] in ($0.plugins, $0.generation) = ([first], 1) }
            try await store.write { ($0.plugins, $0.generation) = ([second], 2) }
            first.name = "renamed"
            first.state = .enabled
            try await store.write { [first] in ($0.plugins, $0.generation) = ([first], 3) }
            try await store.write { ($0.pluginsDeleted, $0.generation) = ([second.id], 4) }
            #expect(try await store.registryGeneration() == 4)
            func names(_ generation: Int, from: PluginID? = nil, limit: Int = 10) async throws -> [String] {
                try await store.plugins(in: generation, from: from, limit: limit).map {
                    "\($0.name) \($0.state.rawValue)"
                }
            }
            #expect(try await names(0) == [])
            #expect(try await names(1) == ["first pending"])
            #expect(try await names(2) == ["first pending", "second pending"])
            #expect(try await names(3) == ["renamed enabled", "second pending"])
            #expect(try await names(4) == ["renamed enabled"])
            #expect(try await names(3, from: second.id) == ["second pending"])
            #expect(try await names(3, limit: 1) == ["renamed enabled"])
            let version = try #require(try await store.plugins(in: 2, from: second.id, limit: 1).first)
            #expect(version.manifest.json == second.manifest.json)
        }
    }

    @Test(arguments: [
        RecordedMatching(after: 7, before: 7), RecordedMatching(after: 7, before: 6),
        RecordedMatching(after: 7, before: 7, origin: Sample.plugin(3)),
        RecordedMatching(after: 1 << 40, before: nil, origin: Sample.plugin(3)),
    ])
    func whatMatchingRestedOnIsReadAsItWasWritten(_ matching: RecordedMatching) async throws {
        try await StoreFixture(.memory).withStore { store async throws in
            let document = Sample.document(1)
            let snapshot = try Sample.snapshot(document)
            var entry = try entry(document, revision: 1, event(0), at: 0)
            entry.matching = matching
            var exchange = Sample.exchange(1, plugin: Sample.plugin(1), document: document)
            exchange.phase = .before
            exchange.matching = matching
            try await store.write { [entry, exchange] writes in
                writes.head = snapshot
                writes.entries = [entry]
                writes.exchangesBegun = [exchange]
            }
            let items = try await store.history(of: document, page: PageRequest()).items
            #expect(items.first?.mutations.first?.entry.matching == matching)
            // Also of one that is under way still.
            #expect(try await store.exchange(exchange.id)?.matching == matching)
            exchange.outcome = .nothing
            exchange.subscription = -5
            exchange.isDry = true
            try await store.write { [exchange] in $0.exchangesEnded = [exchange] }
            let ended = try #require(try await store.exchange(exchange.id))
            #expect(ended.matching == matching)
            #expect(ended.subscription == -5)
            #expect(ended.isDry)
        }
    }

    /// Commits come in another order than what they are about began, by up to a minute.
    @Test func eventsAreFoundWithoutAnIndexAndInAnyOrderWithinAMinute() async throws {
        try await StoreFixture(.memory).withStore { store async throws in
            // Long gaps, bursts, and chains that took long to commit.
            let times: [Int64] = [
                0, 10, 5, 400_000, 390_000, 400_001, 345_000, 400_002, 400_003, 900_000, 900_000, 900_000, 890_000,
                5_000_000, 4_950_000, 9_000_000,
            ]
            for (number, time) in times.enumerated() {
                let document = Sample.document(number)
                let snapshot = try Sample.snapshot(document)
                let entry = try entry(document, revision: 1, event(time, UInt64(number) << 32), at: time)
                var exchange = Sample.exchange(number, plugin: Sample.plugin(1), document: document)
                exchange.events = [.init(id: event(time, UInt64(number) << 32), type: .documentCreated)]
                exchange.time = Sample.time(time)
                exchange.outcome = .nothing
                try await store.write { [exchange] writes in
                    writes.head = snapshot
                    writes.entries = [entry]
                    writes.exchangesEnded = [exchange]
                }
            }
            for (number, time) in times.enumerated() {
                for following: UInt64 in [0, 1, 10_000] {
                    let wanted = event(time, UInt64(number) << 32 + following)
                    let revision = try #require(try await store.revision(of: wanted), "\(number)")
                    #expect(revision.mutations.map(\.entry.document) == [Sample.document(number)])
                    let exchanges = try await store.exchanges(about: wanted, of: nil)
                    #expect(exchanges.map(\.document) == [Sample.document(number)])
                    let chained = try await store.exchanges(about: wanted, of: Sample.document(number))
                    #expect(chained.map(\.id) == [Sample.exchange(number)])
                    #expect(try await store.exchanges(about: wanted, of: Sample.document(number + 1)).isEmpty)
                }
            }
            for time: Int64 in [-500_000, 200_000, 10_000_000] {
                #expect(try await store.revision(of: event(time)) == nil)
                #expect(try await store.exchanges(about: event(time), of: nil).isEmpty)
            }
            #expect(try await store.revision(of: event(0, 1 << 20)) == nil)
        }
    }

    @Test func emptyStoreHasNoEvents() async throws {
        try await StoreFixture(.memory).withStore { store async throws in
            #expect(try await store.revision(of: event(0)) == nil)
            #expect(try await store.exchanges(about: event(0), of: nil).isEmpty)
        }
    }
}
