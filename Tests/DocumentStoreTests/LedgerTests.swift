import DocumentModel
import DocumentStore
import Foundation
import GRDB
import PluginHost
import PluginProtocol
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LedgerTests {
    @Test func entryIsReadBackAsItWasWritten() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            let entry = LedgerEntry(
                kind: .mutation,
                time: Sample.time(5),
                actor: Actor(kind: .plugin, id: Sample.plugin(7).description, name: "spell “check”"),
                plugin: Sample.plugin(7),
                document: Sample.document(1),
                revision: 3,
                exchange: Sample.exchange(9),
                event: Sample.event(10),
                cause: Sample.event(11),
                op: "text.insert",
                payload: Array(#"{"a":"é"}"#.utf8)
            )
            try await store.write { $0.entries = [entry, try Sample.entry(nil, kind: .clientCreated)] }
            let items = try await store.audit(AuditFilter(), page: PageRequest()).items
            #expect(items.map(\.seq) == [2, 1])
            let read = try #require(items.last).entry
            #expect(read.kind == entry.kind)
            #expect(read.time == entry.time)
            #expect(read.actor == entry.actor)
            #expect(read.actor.name == entry.actor.name)
            #expect(read.plugin == entry.plugin)
            #expect(read.document == entry.document)
            #expect(read.revision == entry.revision)
            #expect(read.exchange == entry.exchange)
            #expect(read.event == entry.event)
            #expect(read.cause == entry.cause)
            #expect(read.op == entry.op)
            #expect(read.payload == entry.payload)
            #expect(items.first?.entry.document == nil)
        }
    }

    @Test(arguments: [
        "UPDATE entry SET actor_id = 'usr_mallory' WHERE seq = 1",
        "DELETE FROM entry WHERE seq = 1",
        "UPDATE payload SET body = '{}' WHERE seq = 1",
    ])
    func rowsOfTheLedgerCannotBeChanged(_ sql: String) async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store in try await store.advance(Sample.document(1)) }
        let queue = try DatabaseQueue(path: fixture.path)
        try await queue.write { database in
            do {
                try database.execute(sql: sql)
                Issue.record("the ledger was changed")
            } catch let error as DatabaseError {
                #expect(error.resultCode == .SQLITE_CONSTRAINT)
            }
        }
        #expect(try LedgerVerification(path: fixture.path).isIntact)
    }

    @Test func verificationFindsWhatWasChangedBehindTheTriggers() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            for number in 1...20 { try await store.advance(Sample.document(number)) }
            var exchange = Sample.exchange(1, plugin: Sample.plugin(1), document: Sample.document(1))
            exchange.request = [1, 2, 3]
            exchange.response = [4, 5]
            exchange.outcome = .applied
            try await store.write { [exchange] in $0.exchangesEnded = [exchange] }
        }
        let intact = try LedgerVerification(path: fixture.path)
        #expect(intact.isIntact)
        #expect(intact.entries == 20)
        #expect(intact.exchanges == 1)

        try await DatabaseQueue(path: fixture.path).write { database in
            try database.execute(
                sql: """
                    PRAGMA foreign_keys = OFF;
                    DROP TRIGGER payload_is_never_changed;
                    DROP TRIGGER entry_is_never_removed;
                    UPDATE payload SET body = replace(body, 'tag', 'TAG') WHERE seq = 3;
                    UPDATE payload SET actor_name = NULL WHERE seq = 5;
                    UPDATE payload SET salt = zeroblob(16) WHERE seq = 7;
                    DELETE FROM payload WHERE seq IN (9, 11);
                    DELETE FROM entry WHERE seq = 11;
                    UPDATE exchange_body SET response = x'0404';
                    """
            )
        }
        let report = try LedgerVerification(path: fixture.path)
        #expect(report.problems.compactMap(\.seq) == [3, 5, 7, 12])
        #expect(report.problems.compactMap(\.exchange) == [Sample.exchange(1).description])
        #expect(report.problemCount == 5)
        #expect(report.erased == 1)
    }

    @Test func verificationReadsBesideARunningHost() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            try await store.advance(Sample.document(1))
            #expect(try LedgerVerification(path: fixture.path).entries == 1)
        }
    }

    @Test func equalPayloadsHaveDifferentCommitments() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            try await store.write { $0.entries = [try Sample.entry(nil), try Sample.entry(nil)] }
        }
        let commitments = try await DatabaseQueue(path: fixture.path).read { database in
            try Data.fetchSet(database, sql: "SELECT commitment FROM entry")
        }
        #expect(commitments.count == 2)
    }

    @Test func mutationsAreGivenByRevisionInOrder() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            let id = Sample.document(1)
            for revision in 1...10 {
                try await store.advance(id, tag: "t\(revision)")
                try await store.write { $0.entries = [try Sample.entry(id, kind: .documentFlagged)] }
            }
            let mutations = try await store.mutations(of: id, after: 3, through: 6)
            #expect(mutations == [try Sample.mutation("t4"), try Sample.mutation("t5"), try Sample.mutation("t6")])
            #expect(try await store.mutations(of: id, after: 10, through: 10) == [])
        }
        try await DatabaseQueue(path: fixture.path).write { try $0.execute(sql: "DELETE FROM payload WHERE seq = 9") }
        try await fixture.withStore { store async throws in
            let id = Sample.document(1)
            let error = try await #require(throws: HostError.self) {
                try await store.mutations(of: id, after: 3, through: 6)
            }
            #expect(error.code == .conflict)
            #expect(try await store.mutations(of: id, after: 5, through: 10).count == 5)
        }
    }
}
