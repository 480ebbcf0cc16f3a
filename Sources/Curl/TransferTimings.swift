/// Where the time of a transfer went, in microseconds.
///
/// `Sendable`. The parts follow each other and add up to about ``total``; a part that did not happen (a reused connection
/// is not opened) or was not reached is zero.
public struct TransferTimings: Sendable, Hashable {
    /// From the call until the transfer thread took the request up.
    public var queue = 0

    /// Looking the name up; zero for a literal address and nearly so for a name that was known.
    public var dns = 0

    /// Opening the TCP connection; if it failed, with what there was of a TLS handshake.
    public var connect = 0

    /// The TLS handshake.
    public var tls = 0

    /// From the ready connection until the last of the request was handed to the system.
    public var send = 0

    /// From then until the first byte of the answer: what the peer needed.
    public var wait = 0

    /// From the first byte of the answer to the last.
    public var receive = 0

    /// From the call to the end.
    public var total = 0

    /// All zero.
    public init() {}
}
