import DocumentModel
import NIOConcurrencyHelpers
import PluginProtocol

/// One plugin's circuit breaker while the host runs: under a lock, and with what made it turn.
///
/// `Sendable`.
final class PluginBreaker: Sendable {
    /// How many of its latest turns are kept.
    static let historyLimit = 20

    private struct State {
        var breaker: CircuitBreaker
        /// Newest last.
        var turns: [BreakerTurn] = []
        /// What opened it; nil while it is closed.
        var opening: BreakerTurn?
        /// The next probe on both clocks, so that its time of day stays the same whenever it is asked for.
        var probe: (moment: Int, time: Timestamp)?

        mutating func add(_ turn: BreakerTurn) {
            if turns.count == historyLimit { turns.removeFirst() }
            turns.append(turn)
        }
    }

    private let state: NIOLockedValueBox<State>

    init(limits: Limits) { state = NIOLockedValueBox(State(breaker: CircuitBreaker(limits: limits))) }

    /// Whether all calls are let through.
    var isClosed: Bool { state.withLockedValue { $0.breaker.state == .closed } }

    /// Asks to begin a call.
    func admit(now: Int) -> CircuitBreaker.Admission { state.withLockedValue { $0.breaker.admit(now: now) } }

    /// Gives back an admitted probe that was never carried out.
    func abandon(now: Int) { state.withLockedValue { $0.breaker.abandon(now: now) } }

    /// Takes note of how a call ended.
    ///
    /// - Parameters:
    ///   - refusal: why there was no usable answer; nil if there was one.
    ///   - exchange: the call.
    ///   - isProbe: whether ``admit(now:)`` let it through as the probe.
    ///   - clock: says when.
    /// - Returns: how the breaker turned by this; nil if it did not.
    func record(_ refusal: Refusal?, of exchange: ExchangeID, isProbe: Bool, clock: HostClock) -> BreakerTurn? {
        let failed = refusal?.kind.countsForBreaker ?? false
        return state.withLockedValue { state in
            let now = clock.microseconds()
            // Only the probe that the breaker waits for still decides: it may have been reset meanwhile.
            var decides = false
            if isProbe, case .probing = state.breaker.state { decides = true }
            let turned = state.breaker.record(failed: failed, now: now, isProbe: isProbe)
            guard turned || decides else { return nil }
            var turn = BreakerTurn(kind: .closed, time: clock.now(), exchange: exchange)
            if case .open(let nextProbe, _) = state.breaker.state {
                turn.kind = turned ? .opened : .probeFailed
                let time = turn.time.after(microseconds: nextProbe - now)
                turn.nextProbe = time
                state.probe = (nextProbe, time)
                turn.refusal = refusal
                if turned { (turn.calls, turn.failures) = state.breaker.evidence(now: now) }
            }
            switch turn.kind {
            case .opened: state.opening = turn
            case .closed, .reset: state.opening = nil
            case .probeFailed: break
            }
            state.add(turn)
            return turn
        }
    }

    /// Lets all calls through from now on, and forgets what spoke against that.
    ///
    /// - Returns: the turn; nil if it was closed.
    @discardableResult
    func reset(clock: HostClock) -> BreakerTurn? {
        state.withLockedValue { state in
            let wasClosed = state.breaker.state == .closed
            state.breaker.reset()
            state.opening = nil
            guard !wasClosed else { return nil }
            let turn = BreakerTurn(kind: .reset, time: clock.now())
            state.add(turn)
            return turn
        }
    }

    /// The breaker as the API shows it.
    func status(clock: HostClock) -> BreakerStatus {
        state.withLockedValue { state in
            let now = clock.microseconds()
            // What opened it is out of the window long before it closes again.
            let evidence =
                state.opening.map { (calls: $0.calls, failures: $0.failures) } ?? state.breaker.evidence(now: now)
            var status = BreakerStatus(
                calls: evidence.calls,
                failures: evidence.failures,
                history: state.turns.reversed()
            )
            switch state.breaker.state {
            case .closed: break
            case .open(let nextProbe, _):
                status.state = .open
                // A probe that was given back may be repeated at once.
                status.nextProbe =
                    state.probe?.moment == nextProbe
                    ? state.probe?.time : clock.now().after(microseconds: nextProbe - now)
            case .probing: status.state = .probing
            }
            return status
        }
    }
}

extension Timestamp {
    fileprivate func after(microseconds: Int) -> Timestamp {
        Timestamp(millisecondsSince1970: millisecondsSince1970 + Int64(microseconds / 1000))
    }
}
