/// The server's side of HTTP/2 on one connection, as much of it as a test needs to misbehave.
///
/// Used by the thread of its connection only.
///
/// Source: RFC 9113, section 6; RFC 7541, appendix A.
public final class HTTP2Peer {
    private enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let reset: UInt8 = 3
        static let settings: UInt8 = 4
        static let ping: UInt8 = 6
        static let goAway: UInt8 = 7
    }

    private let peer: HostileServer.Peer
    private var bytes: [UInt8] = []
    private var hasBegun = false

    /// Takes a connection over that both sides agreed to speak HTTP/2 on.
    public init(_ peer: HostileServer.Peer) {
        self.peer = peer
    }

    /// Reads a request to its end and returns its stream, or nil if the connection ended first.
    ///
    /// The server notes the body.
    public func readRequest() -> UInt32? {
        if !hasBegun {
            guard take(24) != nil else { return nil }
            hasBegun = true
            _ = send(Kind.settings, [])
        }
        var body: [UInt8] = []
        while let head = take(9) {
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            guard let payload = take(length) else { return nil }
            let (kind, flags) = (head[3], head[4])
            let stream = head[5..<9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
            switch kind {
            case Kind.settings where flags & 1 == 0: _ = send(Kind.settings, [], flags: 1)
            case Kind.ping where flags & 1 == 0: _ = send(Kind.ping, payload, flags: 1)
            case Kind.data: body += payload
            default: break
            }
            if kind == Kind.data || kind == Kind.headers, flags & 1 != 0 {
                peer.server.note(String(decoding: body, as: UTF8.self))
                return stream
            }
        }
        return nil
    }

    /// Sends 200 and `application/json`.
    @discardableResult
    public func sendHeader(_ stream: UInt32) -> Bool {
        // :status 200 from the static table; content-type by its name there (31), the value as it is.
        let type = Array("application/json".utf8)
        return send(Kind.headers, [0x88, 0x0f, 0x10, UInt8(type.count)] + type, flags: 4, stream: stream)
    }

    /// Sends a piece of the body.
    @discardableResult
    public func sendBody(_ text: String, _ stream: UInt32, isLast: Bool) -> Bool {
        send(Kind.data, Array(text.utf8), flags: isLast ? 1 : 0, stream: stream)
    }

    /// Says that streams after `last` were not looked at and that the connection ends.
    @discardableResult
    public func goAway(last: UInt32, error: UInt32 = 0) -> Bool { send(Kind.goAway, Self.big(last) + Self.big(error)) }

    /// Ends one stream with an error.
    @discardableResult
    public func reset(_ stream: UInt32, error: UInt32) -> Bool { send(Kind.reset, Self.big(error), stream: stream) }

    private func send(_ kind: UInt8, _ payload: [UInt8], flags: UInt8 = 0, stream: UInt32 = 0) -> Bool {
        peer.send(Self.big(UInt32(payload.count)).dropFirst() + [kind, flags] + Self.big(stream) + payload)
    }

    private func take(_ count: Int) -> [UInt8]? {
        while bytes.count < count {
            let more = peer.read()
            guard !more.isEmpty else { return nil }
            bytes += more
        }
        defer { bytes.removeFirst(count) }
        return Array(bytes.prefix(count))
    }

    private static func big(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }
}
