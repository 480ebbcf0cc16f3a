/// The stages of an exchange that have a histogram each; the raw value is the label.
///
/// `Sendable`.
public enum ExchangeStage: String, Sendable, CaseIterable {
    /// Finding out that the plugin wants the event.
    case match
    /// Waiting for the plugin's lane and place, and for the transfer loop.
    case queue
    /// Resolving the name.
    case dns
    /// Connecting.
    case connect
    /// The TLS handshake.
    case tls
    /// Sending the request.
    case send
    /// The plugin's own time.
    case plugin
    /// Receiving the answer.
    case receive
    /// Reading and checking the answer.
    case validate
    /// Applying it.
    case apply
}
