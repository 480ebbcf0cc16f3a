import Foundation
import NIOConcurrencyHelpers

/// A server on 127.0.0.1 that does on each connection exactly what a test says, byte by byte, also by TLS.
///
/// Each connection has a thread that runs the test's script. `Sendable`.
public final class HostileServer: Sendable {
    /// What a server does on a connection; the connection closes when it returns.
    public typealias Script = @Sendable (_ peer: Peer) -> Void

    /// One accepted connection, used by the thread that runs the test's script.
    public struct Peer: Sendable {
        let descriptor: Int32
        let session: TLSSession?
        /// How many connections came before this one.
        public let index: Int
        /// The server whose connection it is.
        public let server: HostileServer

        /// Reads a request to its end and returns its text, or nil if the connection ended first.
        public func readRequest() -> String? {
            var bytes: [UInt8] = []
            while true {
                if let end = HostileServer.endOfRequest(bytes), bytes.count >= end {
                    let text = String(decoding: bytes, as: UTF8.self)
                    server.note(text)
                    return text
                }
                let more = read()
                guard !more.isEmpty else { return nil }
                bytes += more
            }
        }

        /// Waits for bytes; none once the other side has ended.
        public func read() -> [UInt8] {
            var buffer: [UInt8] = Array(repeating: 0, count: 65_536)
            let count = session?.read(&buffer) ?? recv(descriptor, &buffer, buffer.count, 0)
            return count > 0 ? Array(buffer[..<count]) : []
        }

        /// Sends text; false once the other side is gone.
        @discardableResult
        public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

        /// Sends bytes; false once the other side is gone.
        @discardableResult
        public func send(_ bytes: [UInt8]) -> Bool {
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    session?.write($0) ?? Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }

        /// Sends a plain answer that keeps the connection alive.
        public func answer(_ body: String = "{}", status: String = "200 OK", headers: String = "") {
            send("HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
        }

        /// Sends one byte every `interval` seconds until all are sent or nobody listens.
        public func drip(_ text: String, interval: Double) {
            for byte in text.utf8 {
                guard send([byte]) else { return }
                pause(interval)
            }
        }

        /// Sleeps, but not beyond the end of the server.
        public func pause(_ seconds: Double) {
            let end = Date().addingTimeInterval(seconds)
            while Date() < end, !server.isStopping { usleep(5_000) }
        }

        /// Waits until the other side is gone.
        public func waitForEnd() {
            while !read().isEmpty {}
        }

        /// Waits until the test opens the server's gate, or the server stops.
        public func waitForGate() {
            while !server.isOpen, !server.isStopping { usleep(2_000) }
        }

        /// Makes the coming close a reset instead of an orderly end.
        public func resetOnClose() {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
    }

    private struct State {
        var requests: [String] = []
        var open: Set<Int32> = []
        var connectionCount = 0
        var endedCount = 0
        var isStopping = false
        var isOpen = false
    }

    /// Where it listens.
    public let port: UInt16
    private let listener: Int32
    private let context: TLSContext?
    private let state = NIOLockedValueBox(State())

    /// Where to post to, without TLS.
    public var url: String { "http://127.0.0.1:\(port)/hook" }
    /// The texts of all requests that were read to their end.
    public var requests: [String] { state.withLockedValue { $0.requests } }
    /// How many connections were accepted.
    public var connectionCount: Int { state.withLockedValue { $0.connectionCount } }
    /// How many of them are open.
    public var openCount: Int { state.withLockedValue { $0.open.count } }
    /// Whether all scripts that began have ended.
    public var isIdle: Bool { state.withLockedValue { $0.endedCount == $0.connectionCount } }
    /// Whether ``stop()`` was called.
    public var isStopping: Bool { state.withLockedValue { $0.isStopping } }
    /// Whether the test has let go of scripts that wait for it.
    public var isOpen: Bool { state.withLockedValue { $0.isOpen } }

    /// Lets go of all scripts in ``Peer/waitForGate()``.
    public func openGate() { state.withLockedValue { $0.isOpen = true } }

    /// Listens and runs `script` for each connection on a thread; the connection closes when the script returns.
    ///
    /// - Parameters:
    ///   - backlog: how many connections the system completes before they are accepted.
    ///   - accepts: whether connections are accepted at all.
    ///   - identity: for TLS; a connection whose handshake fails closes without a script.
    ///   - script: what is done on each connection.
    /// - Throws: an error of the system.
    public init(
        backlog: Int32 = 512,
        accepts: Bool = true,
        identity: TLSServerIdentity? = nil,
        script: @escaping Script = { _ in }
    ) throws {
        context = try identity?.makeContext()
        let socket = try LoopbackSocket()
        listener = socket.descriptor
        port = socket.port
        guard listen(listener, backlog) == 0 else { throw POSIXError(.EADDRINUSE) }
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
                    serve(descriptor, index: index, script)
                    state.withLockedValue {
                        $0.open.remove(descriptor)
                        $0.endedCount += 1
                        // A program started by another test may hold the socket too, and then closing ends nothing.
                        if !Self.isToBeReset(descriptor) { shutdown(descriptor, Int32(SHUT_RDWR)) }
                        close(descriptor)
                    }
                }
            }
        }
    }

    private func serve(_ descriptor: Int32, index: Int, _ script: Script) {
        var session: TLSSession?
        if let context {
            // OpenSSL writes to sockets whose other side may be gone, without a flag against the signal.
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGPIPE)
            pthread_sigmask(Int32(SIG_BLOCK), &signals, nil)
            session = context.accept(descriptor)
            guard session != nil else { return }
        }
        script(Peer(descriptor: descriptor, session: session, index: index, server: self))
        if !Self.isToBeReset(descriptor) { session?.shutDown() }
    }

    /// Ends the listener and all connections.
    public func stop() {
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

    func note(_ request: String) {
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
