import DocumentModel
import DocumentStore
import PluginHost
import PluginProtocol
import Testing

@Suite(.timeLimit(.minutes(1)))
struct WritingTests {
    @Test(arguments: Storage.allCases)
    func documentsSurviveReopening(_ storage: Storage) async throws {
        let fixture = try StoreFixture(storage)
        let id = Sample.document(1)
        try await fixture.withStore { store async throws in
            #expect(try await store.document(id) == nil)
            try await store.advance(id, tags: ["x"])
            try await store.advance(id, tags: ["x", "y"])
            #expect(try await store.document(id)?.document.revision == 2)
        }
        try await fixture.withStore { store async throws in
            let snapshot = try #require(try await store.document(id))
            #expect(snapshot.document.tags == ["x", "y"])
            #expect(snapshot.bytes == (try Sample.snapshot(id, revision: 2, tags: ["x", "y"])).bytes)
            #expect(try await store.advance(id) == 3)
        }
    }

    @Test func decisionSeesTheRevisionThatAnotherOfTheSameCommitMade() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            let id = Sample.document(1)
            let revisions = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<200 { group.addTask { try await store.advance(id) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(revisions.sorted() == Array(1...200))
            #expect(try await store.document(id)?.document.revision == 200)
            #expect(try await store.mutations(of: id, after: 0, through: 200).count == 200)
        }
    }

    @Test func decisionThatThrowsWritesNothingAndDisturbsNobody() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...100 {
                    group.addTask {
                        let id = Sample.document(number)
                        if number.isMultiple(of: 3) {
                            await #expect(throws: Refused.self) {
                                try await store.write(document: id) { _ -> (Writes, Int) in throw Refused() }
                            }
                        } else {
                            try await store.advance(id)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let documents = try await store.documents(type: nil, tag: nil, page: PageRequest(limit: 1000)).items
            #expect(documents.count == 67)
            #expect(try await store.audit(AuditFilter(), page: PageRequest(limit: 1000)).items.count == 67)
        }
    }

    /// A disk that has to be waited for makes the others queue up meanwhile.
    @Test func waitingDecisionsShareACommit() async throws {
        let fixture = try StoreFixture(.file)
        try await fixture.withStore { store async throws in
            let before = store.statistics
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...400 { group.addTask { try await store.advance(Sample.document(number)) } }
                try await group.waitForAll()
            }
            let commits = store.statistics.commits - before.commits
            #expect(store.statistics.decisions - before.decisions == 400)
            #expect((1..<200).contains(commits), "\(commits) commits")
            #expect(store.statistics.waiting == 0)
        }
    }

    @Test func batchesAreBounded() async throws {
        var options = StoreOptions()
        options.batchLimit = 1
        let fixture = try StoreFixture(options: options)
        try await fixture.withStore { store async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...20 { group.addTask { try await store.advance(Sample.document(number)) } }
                try await group.waitForAll()
            }
            #expect(store.statistics.commits == 20)
        }
    }

    @Test func decisionWithoutWritesCommitsNothing() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            #expect(try await store.write(document: nil) { _ in (Writes(), 7) } == 7)
            #expect(store.statistics.commits == 0)
            #expect(store.statistics.decisions == 1)
        }
    }

    @Test func tooManyWaitingAreRefusedAsOverloaded() async throws {
        var options = StoreOptions()
        options.queueLimit = 4
        let fixture = try StoreFixture(options: options)
        try await fixture.withStore { store async throws in
            let gate = Gate()
            let outcomes = try await withThrowingTaskGroup(of: HostError.Code?.self) { group in
                group.addTask {
                    try await store.write(document: nil) { _ in
                        gate.wait()
                        return (Writes(), ())
                    }
                    return nil
                }
                while store.statistics.waiting == 0 { try await Task.sleep(for: .milliseconds(1)) }
                for number in 1...10 {
                    group.addTask {
                        do {
                            try await store.advance(Sample.document(number))
                            return nil
                        } catch let error as HostError { return error.code }
                    }
                }
                while store.statistics.waiting < 4 { try await Task.sleep(for: .milliseconds(1)) }
                // The seven refused answer at once, while the gate is still shut.
                var outcomes: [HostError.Code?] = []
                while outcomes.count < 7, let outcome = try await group.next() { outcomes.append(outcome) }
                gate.open()
                for try await outcome in group { outcomes.append(outcome) }
                return outcomes
            }
            #expect(outcomes.count { $0 == .overloaded } == 7)
            #expect(outcomes.count { $0 == nil } == 4)
        }
    }

    @Test func deletedDocumentIsGoneButItsIdIsTaken() async throws {
        let fixture = try StoreFixture()
        let id = Sample.document(1)
        try await fixture.withStore { store async throws in
            try await store.advance(id, tags: ["x"])
            try await store.write(document: id) { _ in
                var writes = Writes()
                writes.head = try Sample.snapshot(id, revision: 2, tags: ["x"])
                writes.deletesDocument = true
                return (writes, ())
            }
            #expect(try await store.document(id) == nil)
            #expect(try await store.documents(type: nil, tag: nil, page: PageRequest()).items.isEmpty)
            #expect(try await store.documents(type: nil, tag: "x", page: PageRequest()).items.isEmpty)
            let latest = try await store.write(document: id) { (Writes(), $0) }
            #expect(latest == nil)
        }
        try await fixture.withStore { store async throws in
            #expect(try await store.document(id) == nil)
            let error = try await #require(throws: HostError.self) { try await store.advance(id) }
            #expect(error.code == .nameTaken)
        }
    }

    @Test func headThatSkipsARevisionIsRefused() async throws {
        let fixture = try StoreFixture()
        let id = Sample.document(1)
        try await fixture.withStore { store async throws in
            try await store.advance(id)
            for revision in [1, 3] {
                let error = try await #require(throws: HostError.self) {
                    try await store.write { $0.head = try Sample.snapshot(id, revision: revision) }
                }
                #expect(error.code == (revision == 1 ? .nameTaken : .internalError))
            }
            #expect(try await store.advance(id) == 2)
        }
    }

    @Test func cancelledCallerIsAnsweredAllTheSame() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            let task = Task { try await store.advance(Sample.document(1)) }
            task.cancel()
            #expect(try await task.value == 1)
            #expect(try await store.document(Sample.document(1)) != nil)
        }
    }

    @Test func closingCarriesOutWhatWaitsAndRefusesTheRest() async throws {
        let fixture = try StoreFixture(.file)
        let store = try fixture.open()
        let written = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 1...100 {
                group.addTask {
                    do {
                        try await store.advance(Sample.document(number))
                        return true
                    } catch let error as HostError where error.code == .shuttingDown { return false }
                }
            }
            group.addTask {
                await store.close()
                return false
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        await store.close()
        #expect(await store.isReady() == false)
        try await fixture.withStore { store async throws in
            let documents = try await store.documents(type: nil, tag: nil, page: PageRequest(limit: 1000)).items
            #expect(documents.count == written)
        }
    }
}
