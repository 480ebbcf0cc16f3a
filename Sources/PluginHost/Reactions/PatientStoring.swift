import Logging
import PluginProtocol

/// Stores what must not be lost while the host runs, again and again while the store takes no writes.
///
/// Nothing else can begin in that time, since beginning is a write too; so this has no bound but the host's own end. `Sendable`.
struct PatientStoring: Sendable {
    /// The pause after the first try; each is twice the one before.
    static let firstPause = Duration.milliseconds(20)
    /// The longest pause.
    static let longestPause = Duration.seconds(5)

    let clock: HostClock
    let logger: Logger

    /// Tries until it is stored, the task is cancelled, or the store works and refuses it.
    ///
    /// - Parameters:
    ///   - what: for the log.
    ///   - body: the write.
    ///   - onDelay: called when the first try failed.
    ///   - onRefusal: what to write instead when the store works but does not take this.
    /// - Returns: why it was given up; nil if it was stored.
    func store(
        _ what: String,
        _ body: () async throws -> Void,
        onDelay: () -> Void,
        onRefusal: (any Error) async throws -> Void
    ) async -> (any Error)? {
        var pause = Self.firstPause
        var refused: (any Error)?
        var isFirst = true
        while true {
            do {
                if let refused { try await onRefusal(refused) } else { try await body() }
                return nil
            } catch {
                let code = (error as? HostError)?.code
                let mayPass = code == .storeUnavailable || code == .overloaded
                logger.error("\(what) could not be stored", metadata: ["error": "\(error)", "again": "\(mayPass)"])
                if isFirst { onDelay() }
                isFirst = false
                guard mayPass else {
                    if refused != nil || code == .shuttingDown { return error }
                    refused = error
                    continue
                }
                do { try await clock.sleep(pause) } catch { return error }
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }
}
