import DocumentModel
import Foundation
import NIOConcurrencyHelpers
import PluginHost
import PluginProtocol
import Testing

@testable import DocumentStore

/// Waiting for the disk: what overlaps it, who waits for it, and what becomes of everybody when it fails.
@Suite(.timeLimit(.minutes(1)))
struct DurabilityTests {
    /// A disk that takes as long as a test wants, and fails when it wants.
    private final class Disk: Sendable {
        private struct State {
            var isHeld = false
            var result: Int32?
            var waits = 0
        }

        private let state = NIOLockedValueBox(State())

        var waits: Int { state.withLockedValue { $0.waits } }

        func hold() { state.withLockedValue { $0.isHeld = true } }
        func letGo() { state.withLockedValue { $0.isHeld = false } }
        func fail(_ code: Int32) { state.withLockedValue { $0.result = code } }

        func wait(_ sync: () -> Int32) -> Int32 {
            state.withLockedValue { $0.waits += 1 }
            // At most for a while: a test that ends early would wait for its store, and that for the disk.
            let end = Date(timeIntervalSinceNow: 20)
            while state.withLockedValue({ $0.isHeld }), Date() < end { usleep(200) }
            return state.withLockedValue { $0.result } ?? sync()
        }
    }

    private func fixture(_ disk: Disk) throws -> StoreFixture {
        var options = StoreOptions()
        options.sync = disk.wait
        return try StoreFixture(.file, options: options)
    }

    private func eventually(_ isTrue: () -> Bool) async throws {
        while !isTrue() { try await Task.sleep(for: .milliseconds(1)) }
    }

    /// Nobody is told of a change before the disk has it: not its author, not readers from memory, not readers by SQL.
    @Test func nobodyHearsOfAChangeBeforeItIsDurable() async throws {
        let disk = Disk()
        let id = Sample.document(1)
        try await fixture(disk).withStore { store async throws in
            try await store.advance(id)
            let waits = disk.waits
            disk.hold()
            let isWritten = NIOLockedValueBox(false)
            let isRead = NIOLockedValueBox(false)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await store.advance(id)
                    isWritten.withLockedValue { $0 = true }
                }
                try await eventually { disk.waits > waits }
                group.addTask {
                    let history = try await store.history(of: id, page: PageRequest()).items
                    #expect(isWritten.withLockedValue { $0 } || history.count == 2)
                    isRead.withLockedValue { $0 = true }
                }
                #expect(try await store.document(id)?.document.revision == 1)
                try await Task.sleep(for: .milliseconds(50))
                #expect(!isWritten.withLockedValue { $0 })
                #expect(!isRead.withLockedValue { $0 })
                disk.letGo()
                try await group.waitForAll()
            }
            #expect(try await store.document(id)?.document.revision == 2)
        }
    }

    /// While the disk works, the next decisions are made on top of what it works on, and share one commit.
    @Test func decisionsGoOnWhileTheDiskWorks() async throws {
        let disk = Disk()
        let id = Sample.document(1)
        try await fixture(disk).withStore { store async throws in
            try await store.advance(id)
            let commits = store.statistics.commits
            disk.hold()
            let decided = NIOLockedValueBox<[Int]>([])
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await store.write(document: id) { latest in
                            let revision = (latest?.document.revision ?? 0) + 1
                            decided.withLockedValue { $0.append(revision) }
                            var writes = Writes()
                            writes.head = try Sample.snapshot(id, revision: revision)
                            writes.entries = [try Sample.entry(id, revision: revision)]
                            return (writes, revision)
                        }
                    }
                }
                // The first may have been alone, so that the writer itself waits for the disk.
                try await eventually { decided.withLockedValue { !$0.isEmpty } }
                try await Task.sleep(for: .milliseconds(50))
                disk.letGo()
                let revisions = try await group.reduce(into: []) { $0.append($1) }
                #expect(revisions.sorted() == Array(2...21))
            }
            #expect(decided.withLockedValue { $0 } == Array(2...21))
            #expect(store.statistics.commits - commits <= 3)
            #expect(try await store.history(of: id, page: PageRequest(limit: 100)).items.count == 21)
        }
    }

    /// A disk that loses a commit ends all writing: nothing of it is acknowledged, nor anything that was decided on top of it.
    @Test(arguments: [1, 12]) func diskThatLosesACommitEndsAllWriting(changes: Int) async throws {
        let disk = Disk()
        let fixture = try fixture(disk)
        try await fixture.withStore { store async throws in
            try await store.advance(Sample.document(0))
            disk.hold()
            disk.fail(EIO)
            let errors = await withTaskGroup(of: HostError?.self) { group in
                for number in 1...changes {
                    group.addTask {
                        do {
                            try await store.advance(Sample.document(number % 3))
                            return nil
                        } catch {
                            return error as? HostError
                        }
                    }
                }
                try? await Task.sleep(for: .milliseconds(50))
                disk.letGo()
                return await group.reduce(into: []) { $0.append($1) }
            }
            for error in errors {
                let error = try #require(error)
                #expect(error.code == .storeUnavailable)
                #expect(error.message.contains("Input/output error"))
            }
            #expect(await !store.isReady())
            await #expect(throws: HostError.self) { try await store.advance(Sample.document(77)) }
            #expect(store.statistics.decisions == 1)
        }
        // SQLite would copy the log into the database on closing it, and delete it.
        let log = try FileManager.default.attributesOfItem(atPath: fixture.path + "-wal")[.size] as? Int
        #expect(try #require(log) > 0)
        // What was acknowledged is there, and the ledger is whole, whatever the disk kept of the rest.
        let reopened = try SQLiteStore(path: fixture.path, key: fixture.key)
        #expect(try await reopened.document(Sample.document(0)) != nil)
        try await reopened.advance(Sample.document(99))
        await reopened.close()
        #expect(try LedgerVerification(path: fixture.path).isIntact)
    }

    /// Commits that overlap keep the log short all the same.
    @Test func logIsCheckpointedUnderLoad() async throws {
        var options = StoreOptions()
        options.checkpointPages = 100
        let fixture = try StoreFixture(.file, options: options)
        try await fixture.withStore { store async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        for _ in 0..<60 { try await store.advance(Sample.document(number)) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(store.statistics.checkpoints > 3)
            let size = try FileManager.default.attributesOfItem(atPath: fixture.path + "-wal")[.size] as? Int
            #expect(try #require(size) < 3 << 20)
        }
    }
}
