/// What hostile servers do, by name; each reads a request first.
extension HostileServer {
    /// Reads one request, then does what `body` says.
    public static func once(_ body: @escaping @Sendable (Peer) -> Void) -> Script {
        { peer in
            guard peer.readRequest() != nil else { return }
            body(peer)
        }
    }

    /// Gives every request the same answer.
    public static func answering(
        _ body: String,
        status: String = "200 OK",
        type: String? = "application/json",
        headers: String = ""
    ) -> Script {
        answering(Array(body.utf8), status: status, type: type, headers: headers)
    }

    /// Gives every request the same answer, of any bytes.
    public static func answering(
        _ body: [UInt8],
        status: String = "200 OK",
        type: String? = "application/json",
        headers: String = ""
    ) -> Script {
        let type = type.map { "content-type: \($0)\r\n" } ?? ""
        let head = "HTTP/1.1 \(status)\r\ncontent-length: \(body.count)\r\n\(type)\(headers)\r\n"
        return { peer in
            while peer.readRequest() != nil { peer.send(Array(head.utf8) + body) }
        }
    }

    /// Sends `start`, then `piece` again and again until nobody listens.
    public static func endless(_ start: String, _ piece: String) -> Script {
        once { peer in
            peer.send(start)
            while peer.send(piece) {}
        }
    }

    /// Sends `start`, then nothing more, and keeps the connection open.
    public static func stalling(_ start: String = "") -> Script {
        once { peer in
            peer.send(start)
            peer.waitForEnd()
        }
    }

    /// Sends `start` at once and `rest` at one byte a second.
    public static func dripping(_ start: String, _ rest: String) -> Script {
        once { peer in
            peer.send(start)
            peer.drip(rest, interval: 1)
        }
    }

    /// Sends `start` and closes in order.
    public static func closing(after start: String = "") -> Script { once { $0.send(start) } }

    /// Sends `start` and resets the connection.
    public static func resetting(after start: String = "") -> Script {
        once { peer in
            peer.send(start)
            // What was sent must have been taken before the reset, which would overtake it.
            if !start.isEmpty { peer.pause(0.05) }
            peer.resetOnClose()
        }
    }

    /// Sends a bomb as the body of an answer that says how it is compressed.
    public static func bomb(_ bomb: CompressionBomb) -> Script {
        answering(bomb.bytes, headers: "content-encoding: \(bomb.rawValue)\r\n")
    }
}

/// A few bytes that become many millions of zeros.
public enum CompressionBomb: String, Sendable, CaseIterable {
    /// RFC 1952.
    case gzip
    /// RFC 1950; not offered by the host.
    case deflate
    /// RFC 7932.
    case brotli = "br"
    /// RFC 8878.
    case zstd

    /// The compressed bytes.
    public var bytes: [UInt8] {
        switch self {
        case .gzip: Self.zipped
        // Nobody decompresses what was not offered, so what is in it does not matter.
        case .deflate: [0x78, 0xda] + Array(repeating: 0, count: 1_000)
        // 20,000,000 zeros as the reference encoder writes them.
        case .brotli:
            [
                0xcb, 0xff, 0xff, 0x3f, 0x00, 0x24, 0x00, 0xe2, 0xb1, 0x40, 0x72, 0xef, 0xff, 0xf8, 0xff, 0xff, 0x07,
                0x80, 0x04, 0x40, 0x1c, 0x16, 0x80, 0xee, 0xfd, 0x5f, 0xfe, 0xb3, 0xc4, 0x00, 0x90, 0x00, 0x88, 0xc3,
                0x02, 0xd0, 0x25, 0x89, 0x01,
            ]
        // A frame with a window of 128 KiB and 1,600 blocks that each repeat one byte 131,072 times: 200 MiB.
        case .zstd:
            [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]
                + (0..<1_600).flatMap { index -> [UInt8] in
                    let header = UInt32(131_072) << 3 | 1 << 1 | (index == 1_599 ? 1 : 0)
                    return (0..<3).map { UInt8(truncatingIfNeeded: header >> (8 * $0)) } + [0]
                }
        }
    }

    /// 200 MB of zeros in about 200 kB, made once by gzip itself.
    private static let zipped: [UInt8] = {
        let bytes = try? Program.run("/bin/sh", ["-c", "head -c 200000000 /dev/zero | gzip -9"])
        return bytes ?? []
    }()
}
