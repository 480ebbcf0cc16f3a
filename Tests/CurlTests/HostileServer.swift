import Foundation
import NIOConcurrencyHelpers

/// A server on 127.0.0.1 that does on each connection exactly what a test says, byte by byte.
final class HostileServer: Sendable {
    /// One accepted connection, used by the thread that runs the test's script.
    struct Peer: Sendable {
        let descriptor: Int32
        /// How many connections came before this one.
        let index: Int
        let server: HostileServer

        /// Reads a request to its end and returns its text, or nil if the connection ended first.
        func readRequest() -> String? {
            var bytes: [UInt8] = []
            var buffer: [UInt8] = Array(repeating: 0, count: 65_536)
            while true {
                if let end = HostileServer.endOfRequest(bytes), bytes.count >= end {
                    let text = String(decoding: bytes, as: UTF8.self)
                    server.note(text)
                    return text
                }
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { return nil }
                bytes += buffer[..<count]
            }
        }

        /// Sends text; false once the other side is gone.
        @discardableResult
        func send(_ text: String) -> Bool { send(Array(text.utf8)) }

        /// Sends bytes; false once the other side is gone.
        @discardableResult
        func send(_ bytes: [UInt8]) -> Bool {
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }

        /// Sends a plain answer that keeps the connection alive.
        func answer(_ body: String = "{}", status: String = "200 OK", headers: String = "") {
            send("HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
        }

        /// Sends one byte every `interval` seconds until all are sent or nobody listens.
        func drip(_ text: String, interval: Double) {
            for byte in text.utf8 {
                guard send([byte]) else { return }
                pause(interval)
            }
        }

        /// Sleeps, but not beyond the end of the server.
        func pause(_ seconds: Double) {
            let end = Date().addingTimeInterval(seconds)
            while Date() < end, !server.isStopping { usleep(5_000) }
        }

        /// Waits until the other side is gone.
        func waitForEnd() {
            var buffer: [UInt8] = Array(repeating: 0, count: 4_096)
            while recv(descriptor, &buffer, buffer.count, 0) > 0 {}
        }

        /// Makes the coming close a reset instead of an orderly end.
        func resetOnClose() {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
    }

    private struct State {
        var requests: [String] = []
        var open: Set<Int32> = []
        var connectionCount = 0
        var isStopping = false
    }

    let port: UInt16
    private let listener: Int32
    private let state = NIOLockedValueBox(State())

    var url: String { "http://127.0.0.1:\(port)/hook" }
    var requests: [String] { state.withLockedValue { $0.requests } }
    var connectionCount: Int { state.withLockedValue { $0.connectionCount } }
    var openCount: Int { state.withLockedValue { $0.open.count } }
    var isStopping: Bool { state.withLockedValue { $0.isStopping } }

    /// Listens and runs `script` for each connection on a thread; the connection closes when the script returns.
    init(backlog: Int32 = 512, accepts: Bool = true, script: @escaping @Sendable (Peer) -> Void = { _ in }) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
        let isReady = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, backlog) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isReady else { throw POSIXError(.EADDRINUSE) }
        port = UInt16(bigEndian: address.sin_port)
        guard accepts else { return }
        Thread.detachNewThread { [self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                let index = state.withLockedValue { state in
                    state.open.insert(descriptor)
                    defer { state.connectionCount += 1 }
                    return state.connectionCount
                }
                Thread.detachNewThread { [self] in
                    script(Peer(descriptor: descriptor, index: index, server: self))
                    state.withLockedValue {
                        $0.open.remove(descriptor)
                        // A program started by another test may hold the socket too, and then closing ends nothing.
                        if !Self.isToBeReset(descriptor) { shutdown(descriptor, Int32(SHUT_RDWR)) }
                        close(descriptor)
                    }
                }
            }
        }
    }

    /// Ends the listener and all connections.
    func stop() {
        let open = state.withLockedValue { state in
            state.isStopping = true
            return state.open
        }
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    private static func isToBeReset(_ descriptor: Int32) -> Bool {
        var option = linger()
        var length = socklen_t(MemoryLayout<linger>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, &length) == 0 && option.l_onoff != 0
    }

    private func note(_ request: String) {
        state.withLockedValue { $0.requests.append(request) }
    }

    private static func endOfRequest(_ bytes: [UInt8]) -> Int? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).lowercased()
        let length = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
        return end.upperBound + (length ?? 0)
    }
}
