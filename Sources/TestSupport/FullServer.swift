import Foundation

/// A listener whose queue is full: the system leaves further connections hanging.
///
/// `Sendable`.
public final class FullServer: Sendable {
    private let server: HostileServer
    private let fillers: [Int32]

    /// Where nobody is connected any more.
    public var url: String { server.url }

    /// Listens and fills the queue.
    public init() throws {
        server = try HostileServer(backlog: 0, accepts: false)
        fillers = (0..<4).map { _ in
            socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        address.sin_port = server.port.bigEndian
        for filler in fillers {
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = connect(filler, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
    }

    /// Ends the listener.
    public func stop() {
        server.stop()
        for filler in fillers { close(filler) }
    }
}
