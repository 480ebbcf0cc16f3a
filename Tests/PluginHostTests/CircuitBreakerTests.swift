import PluginHost
import PluginProtocol
import Testing

struct CircuitBreakerTests {
    private let second = 1_000_000

    @Test func opensAtTwentyCallsOfWhichHalfFailed() {
        var breaker = CircuitBreaker()
        for number in 0..<19 { breaker.record(failed: number % 2 == 0, now: number) }
        #expect(breaker.state == .closed)
        let opened = breaker.record(failed: false, now: 20)
        #expect(opened)
        let admission1 = breaker.admit(now: 21)
        #expect(admission1 == .refuse(nextProbe: 20 + 10 * second))
    }

    @Test func failuresOlderThanTheWindowDoNotCount() {
        var breaker = CircuitBreaker()
        for number in 0..<19 { breaker.record(failed: true, now: number) }
        breaker.record(failed: true, now: 60 * second)
        #expect(breaker.state == .closed)
    }

    @Test func letsOneProbeThroughAndDoublesThePause() {
        var breaker = CircuitBreaker()
        for _ in 0..<20 { breaker.record(failed: true, now: 0) }
        let admission2 = breaker.admit(now: 10 * second)
        #expect(admission2 == .probe)
        let admission3 = breaker.admit(now: 10 * second)
        #expect(admission3 != .call)
        breaker.record(failed: true, now: 11 * second, isProbe: true)
        #expect(breaker.state == .open(nextProbe: 31 * second, pause: 20 * second))
        let admission4 = breaker.admit(now: 31 * second)
        #expect(admission4 == .probe)
        breaker.record(failed: false, now: 32 * second, isProbe: true)
        #expect(breaker.state == .closed)
        let admission5 = breaker.admit(now: 32 * second)
        #expect(admission5 == .call)
    }

    /// Calls that were let through before the breaker opened end while the probe is under way.
    @Test(arguments: [true, false])
    func onlyTheProbeDecides(failed: Bool) {
        var breaker = CircuitBreaker()
        for _ in 0..<20 { breaker.record(failed: true, now: 0) }
        let lateWhileOpen = breaker.record(failed: failed, now: 5 * second)
        #expect(!lateWhileOpen)
        #expect(breaker.state == .open(nextProbe: 10 * second, pause: 10 * second))
        let admission = breaker.admit(now: 10 * second)
        #expect(admission == .probe)
        for number in 0..<30 { breaker.record(failed: failed, now: 11 * second + number) }
        #expect(breaker.state == .probing(pause: 10 * second))
        breaker.record(failed: !failed, now: 12 * second, isProbe: true)
        #expect(breaker.state == (failed ? .closed : .open(nextProbe: 32 * second, pause: 20 * second)))
    }

    @Test func pauseEndsAtFiveMinutes() {
        var breaker = CircuitBreaker()
        var now = 0
        for _ in 0..<20 { breaker.record(failed: true, now: now) }
        for _ in 0..<10 {
            guard case .open(let nextProbe, _) = breaker.state else { break }
            now = nextProbe
            let admission6 = breaker.admit(now: now)
            #expect(admission6 == .probe)
            breaker.record(failed: true, now: now, isProbe: true)
        }
        #expect(breaker.state == .open(nextProbe: now + 300 * second, pause: 300 * second))
    }

    @Test func probeThatWasNotCarriedOutCanBeTriedAgain() {
        var breaker = CircuitBreaker()
        for _ in 0..<20 { breaker.record(failed: true, now: 0) }
        let admission7 = breaker.admit(now: 10 * second)
        #expect(admission7 == .probe)
        breaker.abandon(now: 10 * second)
        let admission8 = breaker.admit(now: 10 * second)
        #expect(admission8 == .probe)
    }
}
