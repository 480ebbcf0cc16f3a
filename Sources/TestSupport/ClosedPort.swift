import Foundation

/// A port at which nobody listens, held so that nobody else can.
///
/// `Sendable`.
public final class ClosedPort: Sendable {
    private let descriptor: Int32
    /// Where every connection is refused.
    public let url: String

    /// Takes a port.
    public init() throws {
        let socket = try LoopbackSocket()
        descriptor = socket.descriptor
        url = "http://127.0.0.1:\(socket.port)/hook"
    }

    deinit { close(descriptor) }
}
