import DocumentStore
import Foundation
import GRDB
import PluginHost
import RequestProof
import Testing

@Suite(.timeLimit(.minutes(2)))
struct NonceTests {
    private let now: Int64 = 1_795_600_000

    private func nonce(_ number: Int, client: String = "plg_a", at timestamp: Int64? = nil) -> SpentNonce {
        SpentNonce("nonce-of-a-request-\(number)", client: client, timestamp: timestamp ?? now)
    }

    private func rowCount(_ path: String) async throws -> Int {
        try await DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM nonce") ?? -1 }
    }

    @Test(arguments: Storage.allCases) func oneOfTenThousandDuplicatesPasses(_ storage: Storage) async throws {
        var options = StoreOptions()
        options.queueLimit = 10_000
        let fixture = try StoreFixture(storage, options: options)
        let fresh = try await fixture.withStore { store async throws in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<10_000 { group.addTask { try await store.spend(nonce(1), now: now) } }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
        }
        #expect(fresh == 1)
        #expect(try await rowCount(fixture.path) == 1)
    }

    @Test func differentNoncesAllPassAndEachOnce() async throws {
        let fixture = try StoreFixture()
        let fresh = try await fixture.withStore { store async throws in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<4000 { group.addTask { try await store.spend(nonce(number / 2), now: now) } }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
        }
        #expect(fresh == 2000)
        #expect(try await rowCount(fixture.path) == 2000)
    }

    @Test func clientsDoNotShareNonces() async throws {
        try await StoreFixture().withStore { store async throws in
            #expect(try await store.spend(nonce(1), now: now))
            #expect(try await store.spend(nonce(1, client: "plg_b"), now: now))
            #expect(try await !store.spend(nonce(1, client: "plg_b", at: now + 1), now: now))
        }
    }

    @Test func restartDoesNotForget() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in #expect(try await store.spend(nonce(1), now: now)) }
        try await fixture.withStore { store async throws in
            #expect(try await !store.spend(nonce(1), now: now + 900))
            #expect(try await store.spend(nonce(2), now: now + 900))
        }
    }

    @Test func answerMeansThatItIsOnDisk() async throws {
        let fixture = try StoreFixture(.file)
        try await fixture.withStore { store async throws in
            #expect(try await store.spend(nonce(1), now: now))
            // What a machine would find that stopped here.
            let copy = try StoreFixture(.file)
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: fixture.path + suffix, toPath: copy.path + suffix)
            }
            #expect(try await rowCount(copy.path) == 1)
        }
    }

    @Test func nonceIsRememberedForAsLongAsItsRequestWouldBeTaken() async throws {
        try await StoreFixture().withStore { store async throws in
            #expect(try await store.spend(nonce(1), now: now))
            #expect(try await !store.spend(nonce(1, at: now + 960), now: now + 960))
            // Expired: the same nonce may be used for another request.
            #expect(try await store.spend(nonce(1, at: now + 961), now: now + 961))
            #expect(try await !store.spend(nonce(1, at: now + 961), now: now + 961))
        }
    }

    @Test func expiredNoncesAreForgottenInSteps() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            for number in 0..<1000 { #expect(try await store.spend(nonce(number), now: now)) }
            let later = now + 961
            for number in 1000..<1256 { #expect(try await store.spend(nonce(number, at: later), now: later)) }
        }
        // Four steps of 256 are more than a thousand.
        #expect(try await rowCount(fixture.path) == 256)
    }

    @Test func clockSetForwardAndBackOpensNothing() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            for number in 0..<100 { #expect(try await store.spend(nonce(number), now: now)) }
            let ahead = now + 86_400
            for number in 100..<300 { #expect(try await store.spend(nonce(number, at: ahead), now: ahead)) }
            for number in 0..<300 { #expect(try await !store.spend(nonce(number), now: now + 1)) }
            #expect(try await store.spend(nonce(300, at: now + 1), now: now + 1))
        }
        try await fixture.withStore { store async throws in
            for number in 0..<300 { #expect(try await !store.spend(nonce(number), now: now + 2)) }
            #expect(try await store.spend(nonce(301, at: now + 2), now: now + 2))
        }
    }

    @Test func thereIsALimit() async throws {
        var options = StoreOptions()
        options.nonceLimit = 10
        let fixture = try StoreFixture(options: options)
        try await fixture.withStore { store async throws in
            for number in 0..<10 { #expect(try await store.spend(nonce(number), now: now)) }
            let error = await #expect(throws: HostError.self) { try await store.spend(nonce(10), now: now) }
            #expect(error?.code == .overloaded)
            let later = now + 961
            #expect(try await store.spend(nonce(10, at: later), now: later))
        }
        #expect(try await rowCount(fixture.path) == 1)
    }

    /// A statement that fails has the whole transaction taken back, and what it shared it with written again.
    @Test func rollbackForOthersSpendsNoNonceTwiceAndLosesNone() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            try await store.write { $0.plugins = [try Sample.plugin(0, name: "taken")] }
            let gate = Gate()
            let fresh = try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    try await store.write { _ in gate.wait() }
                    return false
                }
                while store.statistics.waiting == 0 { try await Task.sleep(for: .milliseconds(1)) }
                for number in 1...60 {
                    group.addTask {
                        guard number.isMultiple(of: 7) else {
                            return try await store.spend(nonce(number % 20), now: now)
                        }
                        await #expect(throws: HostError.self) {
                            try await store.write { $0.plugins = [try Sample.plugin(number, name: "taken")] }
                        }
                        return false
                    }
                }
                while store.statistics.waiting < 61 { try await Task.sleep(for: .milliseconds(1)) }
                gate.open()
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(fresh == 20)
            for number in 0..<20 { #expect(try await !store.spend(nonce(number), now: now)) }
        }
        #expect(try await rowCount(fixture.path) == 20)
    }
}
