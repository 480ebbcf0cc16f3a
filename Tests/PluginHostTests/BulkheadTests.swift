import Testing

@testable import PluginHost

@Suite(.timeLimit(.minutes(1)))
struct BulkheadTests {
    @Test func placesAreGivenInOrderOfArrival() async throws {
        let bulkhead = Bulkhead(places: 1, queueLimit: 10)
        try await bulkhead.enter(timeout: .seconds(5), clock: .system)
        let order = Shared<[Int]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<5 {
                group.addTask {
                    // Longer than the suite may take: on a slow machine nobody gives up and leaves the line short.
                    try await bulkhead.enter(timeout: .seconds(90), clock: .system)
                    order.change { $0.append(number) }
                    bulkhead.leave()
                }
                while bulkhead.waitingCount <= number { try await Task.sleep(for: .milliseconds(1)) }
            }
            bulkhead.leave()
            try await group.waitForAll()
        }
        #expect(order.value == [0, 1, 2, 3, 4])
        #expect(bulkhead.tryEnter())
        #expect(!bulkhead.tryEnter())
    }

    @Test func fullQueueIsRefusedAtOnce() async throws {
        let bulkhead = Bulkhead(places: 1, queueLimit: 0)
        #expect(bulkhead.tryEnter())
        await #expect(throws: Bulkhead.Refused.self) {
            try await bulkhead.enter(timeout: .seconds(5), clock: .system)
        }
    }

    @Test func waitingEndsWithItsTime() async throws {
        let bulkhead = Bulkhead(places: 1, queueLimit: 5)
        #expect(bulkhead.tryEnter())
        await #expect(throws: Bulkhead.Refused.self) {
            try await bulkhead.enter(timeout: .milliseconds(20), clock: .system)
        }
        #expect(bulkhead.waitingCount == 0)
        bulkhead.leave()
        #expect(bulkhead.tryEnter())
    }

    @Test func cancelledWaiterLeavesTheLineEvenBeforeItWaits() async throws {
        let bulkhead = Bulkhead(places: 1, queueLimit: 100)
        #expect(bulkhead.tryEnter())
        let tasks = (0..<50).map { _ in
            Task { try await bulkhead.enter(timeout: .seconds(30), clock: .system) }
        }
        for task in tasks { task.cancel() }
        for task in tasks { _ = await task.result }
        #expect(bulkhead.waitingCount == 0)
        bulkhead.leave()
        #expect(bulkhead.tryEnter())
    }
}
