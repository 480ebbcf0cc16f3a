import DocumentModel
import DocumentStore
import Foundation
import GRDB
import PluginHost
import PluginProtocol
import Testing

/// What goes wrong stays with those whom it concerns.
@Suite(.timeLimit(.minutes(1)))
struct FailureTests {
    /// All that was acknowledged is there, nothing that was not, and what memory says is what the disk holds.
    @Test func fullDiskFailsTheWholeCommitAndNothingElse() async throws {
        var options = StoreOptions()
        options.pageLimit = 150
        let fixture = try StoreFixture(.file, options: options)
        let text = String(repeating: "x", count: 3000)
        let acknowledged = try await fixture.withStore { store async throws in
            var acknowledged: [DocumentID: Int] = [:]
            var failures = 0
            for round in 0..<20 {
                let results = await withTaskGroup(of: (DocumentID, Int)?.self) { group in
                    for number in 0..<20 {
                        group.addTask {
                            let id = Sample.document(round.isMultiple(of: 2) ? number : round * 100 + number)
                            do {
                                let revision = try await store.write(document: id) { latest in
                                    let revision = (latest?.document.revision ?? 0) + 1
                                    var writes = Writes()
                                    writes.head = try Sample.snapshot(id, revision: revision, text: text)
                                    writes.entries = [try Sample.entry(id, revision: revision)]
                                    return (writes, revision)
                                }
                                return (id, revision)
                            } catch {
                                #expect((error as? HostError)?.code == .storeUnavailable, "\(error)")
                                return nil
                            }
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                for result in results {
                    guard let (id, revision) = result else {
                        failures += 1
                        continue
                    }
                    acknowledged[id] = max(acknowledged[id] ?? 0, revision)
                }
                for (id, revision) in acknowledged {
                    let latest = try await store.document(id)
                    #expect(latest?.document.revision == revision)
                }
            }
            #expect(failures > 0)
            #expect(acknowledged.count >= 20)
            #expect(store.statistics.failedCommits > 0)
            return acknowledged
        }
        #expect(try LedgerVerification(path: fixture.path).problems == [])
        let reopened = try SQLiteStore(path: fixture.path, key: fixture.key)
        for (id, revision) in acknowledged {
            #expect(try await reopened.document(id)?.document.revision == revision)
            #expect(try await reopened.mutations(of: id, after: 0, through: revision).count == revision)
        }
        let documents = try await reopened.documents(type: nil, tag: nil, page: PageRequest(limit: 1000)).items
        #expect(documents.count == acknowledged.count)
        // There is room again.
        try await reopened.advance(Sample.document(99_999))
        #expect(await reopened.isReady())
        await reopened.close()
    }

    @Test func storeIsReadyAgainOnceADiskHasRoom() async throws {
        var options = StoreOptions()
        options.pageLimit = 60
        let fixture = try StoreFixture(options: options)
        try await fixture.withStore { store async throws in
            var error: (any Error)?
            for number in 0..<200 where error == nil {
                do { try await store.advance(Sample.document(number)) } catch let failure { error = failure }
            }
            #expect((error as? HostError)?.code == .storeUnavailable)
            // Overwrites a row that may have to be made first; either way nothing breaks.
            _ = await store.isReady()
            await #expect(throws: HostError.self) {
                for number in 1000..<1200 { try await store.advance(Sample.document(number)) }
            }
        }
    }

    /// A constraint breaks in the middle of a batch: those before and after it are written, once.
    @Test func statementThatFailsTakesOnlyItsOwnDecisionBack() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            try await store.write { $0.plugins = [try Sample.plugin(0, name: "taken")] }
            let gate = Gate()
            let counter = Counter()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await store.write { _ in gate.wait() }
                }
                while store.statistics.waiting == 0 { try await Task.sleep(for: .milliseconds(1)) }
                for number in 1...60 {
                    group.addTask {
                        if number.isMultiple(of: 7) {
                            let error = try await #require(throws: HostError.self) {
                                try await store.write { writes in
                                    writes.entries = [try Sample.entry(nil, kind: .pluginRegistered)]
                                    writes.plugins = [try Sample.plugin(number, name: "taken")]
                                }
                            }
                            #expect(error.code == .nameTaken)
                        } else {
                            let id = Sample.document(number % 5)
                            _ = try await store.write(document: id) { latest in
                                counter.add()
                                let revision = (latest?.document.revision ?? 0) + 1
                                var writes = Writes()
                                writes.head = try Sample.snapshot(id, revision: revision)
                                writes.entries = [try Sample.entry(id, revision: revision)]
                                return (writes, revision)
                            }
                        }
                    }
                }
                while store.statistics.waiting < 61 { try await Task.sleep(for: .milliseconds(1)) }
                gate.open()
                try await group.waitForAll()
            }
            // Writes are repeated after a rollback, decisions are not.
            #expect(counter.value == 52)
            #expect(store.statistics.failedCommits == 0)
            #expect(try await store.plugins().count == 1)
            let items = try await store.audit(AuditFilter(), page: PageRequest(limit: 1000)).items
            #expect(items.map(\.seq) == (1...52).reversed())
            #expect(items.allSatisfy { $0.entry.kind == .mutation })
            for number in 0..<5 {
                let id = Sample.document(number)
                let revision = try #require(try await store.document(id)?.document.revision)
                let history = try await store.history(of: id, page: PageRequest(limit: 100)).items
                #expect(history.map(\.revision) == (1...revision).reversed())
            }
        }
        #expect(try LedgerVerification(path: fixture.path).isIntact)
    }

    /// Each decision counts itself in, and out when it is taken back: none ever sees another that was only meant.
    @Test func decisionsOfAFailedCommitAreTakenBackInReverseBeforeAnyOther() async throws {
        var options = StoreOptions()
        options.pageLimit = 100
        options.batchLimit = 8
        let fixture = try StoreFixture(options: options)
        let text = String(repeating: "x", count: 20_000)
        try await fixture.withStore { store async throws in
            let acts = Acts()
            let gate = Gate()
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await store.write { _ in gate.wait() } }
                while store.statistics.waiting == 0 { try? await Task.sleep(for: .milliseconds(1)) }
                for number in 0..<40 {
                    group.addTask {
                        let id = Sample.document(number)
                        do {
                            _ = try await store.write(document: id) {
                                acts.takeBack($0)
                            } _: { _ in
                                var writes = Writes()
                                writes.head = try Sample.snapshot(id, text: text)
                                writes.entries = [try Sample.entry(id, revision: 1)]
                                return (writes, acts.decide())
                            }
                            acts.confirm()
                        } catch {
                            #expect((error as? HostError)?.code == .storeUnavailable, "\(error)")
                        }
                    }
                }
                while store.statistics.waiting < 41 { try? await Task.sleep(for: .milliseconds(1)) }
                gate.open()
                await group.waitForAll()
            }
            #expect(store.statistics.failedCommits > 1)
            #expect(acts.takenBack > 0)
            #expect(acts.takenBack + acts.confirmed == 40)
            #expect(acts.isInOrder)
            #expect(acts.standing == acts.confirmed)
        }
    }

    /// As after `kill -9`: the files as they are in the middle of work, opened elsewhere.
    @Test func copyOfTheFilesOfARunningStoreHoldsAllThatWasAcknowledged() async throws {
        let fixture = try StoreFixture(.file)
        let copy = try StoreFixture(.file)
        let store = try fixture.open()
        for number in 1...50 { try await store.advance(Sample.document(number)) }
        try await store.write { $0.exchangesBegun = [Sample.exchange(1, plugin: Sample.plugin(1))] }
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: fixture.path + suffix, toPath: copy.path + suffix)
        }
        await store.close()
        let reopened = try SQLiteStore(path: copy.path, key: fixture.key)
        let documents = try await reopened.documents(type: nil, tag: nil, page: PageRequest(limit: 100)).items
        #expect(documents.count == 50)
        #expect(try await reopened.markInterrupted(now: Sample.time(9)) == 1)
        await reopened.close()
    }
}

/// Counts from several threads.
final class Counter: Sendable {
    private let lock = NSLock()
    nonisolated(unsafe) private var count = 0  // Touched under the lock only.

    func add() { lock.withLock { count += 1 } }

    var value: Int { lock.withLock { count } }
}

/// Numbers decisions, and sees that they are taken back in the right order.
final class Acts: Sendable {
    private struct State {
        var last = 0
        var standing: [Int] = []
        var takenBack = 0
        var confirmed = 0
        var isInOrder = true
    }

    private let lock = NSLock()
    nonisolated(unsafe) private var state = State()  // Touched under the lock only.

    func decide() -> Int {
        lock.withLock {
            state.last += 1
            state.standing.append(state.last)
            return state.last
        }
    }

    func takeBack(_ number: Int) {
        lock.withLock {
            // The last that stands is the last that was decided: nothing was decided in between.
            if state.standing.popLast() != number { state.isInOrder = false }
            state.takenBack += 1
        }
    }

    func confirm() { lock.withLock { state.confirmed += 1 } }

    var standing: Int { lock.withLock { state.standing.count } }
    var takenBack: Int { lock.withLock { state.takenBack } }
    var confirmed: Int { lock.withLock { state.confirmed } }
    var isInOrder: Bool { lock.withLock { state.isInOrder } }
}
