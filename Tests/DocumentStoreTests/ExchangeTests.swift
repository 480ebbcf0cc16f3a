import DocumentModel
import DocumentStore
import JSONSchema
import PluginHost
import PluginProtocol
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ExchangeTests {
    private func ended(_ number: Int, _ outcome: ExchangeRecord.Outcome, plugin: Int = 1) -> ExchangeRecord {
        var exchange = Sample.exchange(number, plugin: Sample.plugin(plugin), document: Sample.document(number % 3))
        exchange.outcome = outcome
        exchange.request = Array("request \(number)".utf8)
        exchange.response = Array("answer \(number)".utf8)
        return exchange
    }

    @Test func eventsThatAChainRaisedAreThoseOfTheEnd() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            var record = Sample.exchange(1, plugin: Sample.plugin(1), document: Sample.document(1))
            record.phase = .before
            try await store.write { [record] in $0.exchangesBegun = [record] }
            record.events.append(.init(id: Sample.event(2), type: .commentAdded))
            record.outcome = .nothing
            try await store.write { [record] in $0.exchangesEnded = [record] }
            #expect(try await store.exchange(record.id)?.events == record.events)
        }
    }

    @Test func exchangeIsReadBackAsItEnded() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            let begun = Sample.exchange(1, plugin: Sample.plugin(1), document: Sample.document(1))
            try await store.write { $0.exchangesBegun = [begun] }
            let underWay = try #require(try await store.exchange(begun.id))
            #expect(underWay.outcome == nil)
            #expect(underWay.request == [])
            #expect(underWay.response == nil)

            var record = begun
            record.outcome = .refused
            record.refusal = Refusal(
                .schema,
                "no",
                commandIndex: 2,
                pointer: try JSONPointer(parsing: "/commands/2/op"),
                rule: "enum",
                limit: ["a", "b"],
                actual: "c",
                hint: "a?"
            )
            record.status = 200
            record.denied = true
            record.warnings = ["one", "two"]
            record.notes = ["key": "value"]
            record.mutations = 3
            record.timings.plugin = 1234
            record.timings.total = 5678
            record.timings.tls = 9
            record.request = [0, 255, 10]
            record.response = []
            let final = record
            try await store.write { $0.exchangesEnded = [final] }

            let read = try #require(try await store.exchange(begun.id))
            #expect(read.plugin == final.plugin)
            #expect(read.pluginName == "spellcheck")
            #expect(read.pluginVersion == "1.2.0")
            #expect(read.document == final.document)
            #expect(read.revision == 1)
            #expect(read.phase == .after)
            #expect(read.events == final.events)
            #expect(read.time == final.time)
            #expect(read.outcome == .refused)
            #expect(read.refusal == final.refusal)
            #expect(read.status == 200)
            #expect(read.denied)
            #expect(read.warnings == ["one", "two"])
            #expect(read.notes == ["key": "value"])
            #expect(read.mutations == 3)
            #expect(read.timings == final.timings)
            #expect(read.request == [0, 255, 10])
            #expect(read.response == [])
            let listed = try #require(try await store.exchanges(ExchangeFilter(), page: PageRequest()).items.first)
            #expect(listed.request == [])
            #expect(listed.response == nil)
            #expect(listed.refusal == final.refusal)
        }
        #expect(try LedgerVerification(path: fixture.path).isIntact)
    }

    @Test func lateAnswerReplacesWhatWasRecorded() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            for outcome in [ExchangeRecord.Outcome.failed, .late] {
                let exchange = ended(1, outcome)
                try await store.write { $0.exchangesEnded = [exchange] }
            }
            let other = ended(2, .applied)
            try await store.write { $0.exchangesEnded = [other] }
            let items = try await store.exchanges(ExchangeFilter(), page: PageRequest()).items
            #expect(items.map(\.outcome) == [.applied, .late])
        }
    }

    @Test func filtersCombine() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            let outcomes: [ExchangeRecord.Outcome] = [.applied, .nothing, .failed, .refused]
            try await store.write { writes in
                for number in 0..<24 {
                    writes.exchangesEnded.append(ended(number, outcomes[number % 4], plugin: number % 2))
                }
            }
            func numbers(_ change: (inout ExchangeFilter) -> Void) async throws -> [UInt64] {
                var filter = ExchangeFilter()
                change(&filter)
                var request = PageRequest(limit: 2)
                var numbers: [UInt64] = []
                repeat {
                    let page = try await store.exchanges(filter, page: request)
                    numbers += page.items.map(\.id.low)
                    request.cursor = page.nextCursor
                } while request.cursor != nil
                return numbers
            }
            func expected(_ matches: (UInt64) -> Bool) -> [UInt64] { (0..<24).reversed().filter(matches) }
            #expect(try await numbers { _ in } == expected { _ in true })
            #expect(try await numbers { $0.plugin = Sample.plugin(1) } == expected { $0 % 2 == 1 })
            #expect(try await numbers { $0.document = Sample.document(2) } == expected { $0 % 3 == 2 })
            for (index, outcome) in outcomes.enumerated() {
                #expect(try await numbers { $0.outcome = outcome } == expected { $0 % 4 == UInt64(index) })
            }
            #expect(
                try await numbers {
                    $0.outcome = .failed
                    $0.plugin = Sample.plugin(0)
                    $0.document = Sample.document(2)
                } == expected { $0 % 4 == 2 && $0 % 3 == 2 }
            )
        }
    }

    @Test func exchangesWithoutAnEndAreMarkedAtTheNextStart() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            try await store.write { writes in
                for number in 1...5 {
                    writes.exchangesBegun.append(Sample.exchange(number, plugin: Sample.plugin(1)))
                }
            }
            let done = ended(3, .applied)
            try await store.write { $0.exchangesEnded = [done] }
        }
        try await fixture.withStore { store async throws in
            #expect(try await store.markInterrupted(now: Sample.time(99)) == 4)
            #expect(try await store.markInterrupted(now: Sample.time(99)) == 0)
            var filter = ExchangeFilter()
            filter.outcome = .interrupted
            let items = try await store.exchanges(filter, page: PageRequest()).items
            #expect(items.map(\.id.low) == [5, 4, 2, 1])
            let entries = try await store.audit(AuditFilter(), page: PageRequest()).items
            #expect(entries.map(\.entry.exchange) == items.map(\.id))
            #expect(entries.allSatisfy { $0.entry.kind == .exchangeFailed && $0.entry.actor.kind == .system })
            #expect(try await store.exchange(Sample.exchange(3))?.outcome == .applied)
        }
        #expect(try LedgerVerification(path: fixture.path).isIntact)
    }
}
