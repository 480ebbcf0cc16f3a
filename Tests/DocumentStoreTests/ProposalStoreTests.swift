import DocumentModel
import DocumentStore
import JSONSchema
import PluginHost
import PluginProtocol
import Testing

/// Exchanges that wait for their answer, and proposals.
@Suite(.timeLimit(.minutes(1)))
struct ProposalStoreTests {
    private func exchange(_ number: Int) -> ExchangeID { Sample.exchange(number, plugin: Sample.plugin(1)).id }

    private func deferred(_ number: Int, expires: Int64) -> DeferredExchange {
        DeferredExchange(
            exchange: exchange(number),
            plugin: Sample.plugin(1),
            subscription: -7,
            document: Sample.document(1),
            revision: number == 1 ? nil : number,
            actor: Actor(kind: .user, id: "usr_ada", name: "Ada"),
            hop: 2,
            causes: [Sample.event(1), Sample.event(2)],
            expires: Timestamp(millisecondsSince1970: expires)
        )
    }

    private func proposal(_ number: Int, plugin: Int = 1, document: Int = 1) throws -> Proposal {
        Proposal(
            id: ProposalID(high: 1, low: UInt64(number)),
            exchange: exchange(number),
            plugin: Sample.plugin(plugin),
            pluginName: "slow",
            document: Sample.document(document),
            revision: 3,
            hop: 1,
            causes: [Sample.event(1)],
            origin: .conflict,
            conflict: Refusal(.conflict, "moved", commandIndex: 0),
            warnings: ["slow"],
            commands: [try Command(json: ["op": "tag.add", "tag": "late"], index: 0)],
            time: Timestamp(millisecondsSince1970: 1_000)
        )
    }

    @Test func deferredExchangesSurviveARestartAndGoWhenTheirTimeIsOver() async throws {
        let fixture = try StoreFixture()
        let all = [deferred(1, expires: 300), deferred(2, expires: 100), deferred(3, expires: 900)]
        let key = try await fixture.withStore { store in
            try await store.write { writes in
                writes.later = LaterWrites()
                writes.later?.deferred = all
            }
            return store.continuationKey
        }
        try await fixture.withStore { store async throws in
            #expect(store.continuationKey == key)
            #expect(key.count == 32)
            let over = try await store.deferredExchanges(expiredBy: Timestamp(millisecondsSince1970: 300), limit: 9)
            #expect(over.map(\.exchange) == [all[1].exchange, all[0].exchange])
            let first = try #require(over.first)
            #expect(first.revision == 2)
            #expect(over.last?.revision == nil)
            #expect(first.subscription == -7)
            #expect(first.actor == all[1].actor)
            #expect(first.hop == 2)
            #expect(first.causes == all[1].causes)
            #expect(first.expires == all[1].expires)
            var answered = first
            answered.isAnswered = true
            answered.refused = 3
            try await store.write { [answered] writes in
                writes.later = LaterWrites()
                writes.later?.deferred = [answered]
                writes.later?.expired = [all[0].exchange]
            }
            let again = try #require(try await store.deferredExchange(first.exchange))
            #expect(again.isAnswered)
            #expect(again.refused == 3)
            #expect(try await store.deferredExchange(all[0].exchange) == nil)
            #expect(
                try await store.deferredExchanges(expiredBy: Timestamp(millisecondsSince1970: 9_999), limit: 1).count
                    == 1
            )
        }
    }

    @Test func proposalsAreListedByFilterAndPage() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            let all = [
                try proposal(1), try proposal(2, plugin: 2), try proposal(3, document: 2), try proposal(4),
            ]
            for proposal in all {
                try await store.write { writes in
                    writes.later = LaterWrites()
                    writes.later?.proposals = [proposal]
                }
            }
            var decided = all[3]
            decided.state = .accepted
            decided.decision = Proposal.Decision(
                actor: Actor(kind: .user, id: "usr_ada", name: "Ada"),
                time: Timestamp(millisecondsSince1970: 2_000),
                reason: "yes",
                revision: 5
            )
            try await store.write { [decided] writes in
                writes.later = LaterWrites()
                writes.later?.proposals = [decided]
            }
            func list(_ configure: (inout ProposalFilter) -> Void) async throws -> [ProposalID] {
                var filter = ProposalFilter()
                configure(&filter)
                var ids: [ProposalID] = []
                var page = PageRequest(limit: 1)
                repeat {
                    let found = try await store.proposals(filter, page: page)
                    #expect(found.items.count <= 1)
                    ids += found.items.map(\.id)
                    page.cursor = found.nextCursor
                } while page.cursor != nil
                return ids
            }
            #expect(try await list { _ in } == [all[3], all[2], all[1], all[0]].map(\.id))
            #expect(try await list { $0.state = .open } == [all[2], all[1], all[0]].map(\.id))
            #expect(try await list { $0.state = .accepted } == [all[3].id])
            #expect(try await list { $0.state = .declined } == [])
            #expect(try await list { $0.plugin = Sample.plugin(2) } == [all[1].id])
            #expect(try await list { $0.document = Sample.document(2) } == [all[2].id])

            let read = try #require(try await store.proposal(decided.id))
            #expect(read.decision?.actor == decided.decision?.actor)
            #expect(read.decision?.time == decided.decision?.time)
            #expect(read.decision?.reason == "yes")
            #expect(read.decision?.revision == 5)
            #expect(read.commands == decided.commands)
            #expect(read.conflict == decided.conflict)
            #expect(read.warnings == ["slow"])
            #expect(read.causes == decided.causes)
            #expect(read.origin == .conflict)
            #expect(read.revision == 3)
            #expect(try await store.proposal(ProposalID(high: 9, low: 9)) == nil)
        }
    }

    @Test func anExchangeTakesItsLateAnswerIntoItsRow() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            var record = Sample.exchange(1, plugin: Sample.plugin(1), document: Sample.document(1))
            try await store.write { [record] in $0.exchangesBegun = [record] }
            record.outcome = .late
            record.request = Array("request".utf8)
            try await store.write { [record] in $0.exchangesEnded = [record] }
            var late = try #require(try await store.exchange(record.id))
            #expect(late.proposal == nil)
            late.response = Array("answer".utf8)
            late.proposal = ProposalID(high: 1, low: 1)
            try await store.write { [late] writes in
                writes.later = LaterWrites()
                writes.later?.amended = [late]
            }
            let read = try #require(try await store.exchange(record.id))
            #expect(read.request == record.request)
            #expect(read.response == late.response)
            #expect(read.proposal == late.proposal)
            #expect(try await store.exchanges(ExchangeFilter(), page: PageRequest()).items.count == 1)
        }
    }
}
