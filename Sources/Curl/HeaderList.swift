internal import CCurl

/// The list of header lines that libcurl reads while a request is under way.
///
/// libcurl neither copies nor frees such a list, so its nodes and text live here and are filled anew for each request:
/// no allocation once they have grown.
struct HeaderList: ~Copyable {
    private var nodes: UnsafeMutablePointer<curl_slist>
    private var nodeCapacity: Int
    private var text: UnsafeMutablePointer<CChar>
    private var textCapacity: Int

    init() {
        nodeCapacity = 24
        nodes = .allocate(capacity: nodeCapacity)
        textCapacity = 1_024
        text = .allocate(capacity: textCapacity)
    }

    deinit {
        nodes.deallocate()
        text.deallocate()
    }

    /// Writes the fields as lines and returns the first node; valid until the next call.
    ///
    /// With a body, libcurl would add a content type that nobody asked for; that is taken out.
    mutating func fill(
        _ fields: [(name: String, value: String)],
        hasBody: Bool
    ) throws(CurlError) -> UnsafeMutablePointer<curl_slist> {
        var room = 64
        for field in fields { room += field.name.utf8.count + field.value.utf8.count + 4 }
        reserve(nodes: fields.count + 2, text: room)
        var used = 0
        var hasContentType = false
        for index in fields.indices {
            nodes[index].data = text + used
            used = try write(fields[index].name, fields[index].value, at: used)
            nodes[index].next = nodes + index + 1
            hasContentType = hasContentType || Self.equal(fields[index].name, "content-type")
        }
        // A field without a value takes the field out: we never wait for "100 Continue".
        nodes[fields.count].data = text + used
        used = append("Expect:\0", at: used)
        nodes[fields.count].next = nil
        if hasBody, !hasContentType {
            nodes[fields.count].next = nodes + fields.count + 1
            nodes[fields.count + 1].data = text + used
            used = append("Content-Type:\0", at: used)
            nodes[fields.count + 1].next = nil
        }
        return nodes
    }

    private mutating func reserve(nodes count: Int, text bytes: Int) {
        if count > nodeCapacity {
            nodes.deallocate()
            nodeCapacity = count * 2
            nodes = .allocate(capacity: nodeCapacity)
        }
        if bytes > textCapacity {
            text.deallocate()
            textCapacity = bytes * 2
            text = .allocate(capacity: textCapacity)
        }
    }

    private func append(_ literal: StaticString, at offset: Int) -> Int {
        literal.withUTF8Buffer { bytes in
            for index in bytes.indices { text[offset + index] = CChar(bitPattern: bytes[index]) }
            return offset + bytes.count
        }
    }

    /// Writes `name: value` and a zero byte and returns where the next line goes.
    private func write(_ name: String, _ value: String, at offset: Int) throws(CurlError) -> Int {
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isTokenByte) else {
            throw CurlError(.badRequest, "a header field's name is empty or has a character that names may not have")
        }
        guard !Self.belongsToTheTransport(name) else {
            throw CurlError(.badRequest, "the header field \(name) is the transport's business and cannot be given")
        }
        var position = offset
        for byte in name.utf8 {
            text[position] = CChar(bitPattern: byte)
            position += 1
        }
        // To libcurl "name:" means to leave the field out and "name;" to send it empty.
        text[position] = CChar(bitPattern: value.isEmpty ? UInt8(ascii: ";") : UInt8(ascii: ":"))
        position += 1
        if !value.isEmpty {
            text[position] = CChar(bitPattern: UInt8(ascii: " "))
            position += 1
        }
        var isBad = false
        for byte in value.utf8 {
            isBad = isBad || (byte < 0x20 && byte != 0x09) || byte == 0x7f
            text[position] = CChar(bitPattern: byte)
            position += 1
        }
        guard !isBad else {
            throw CurlError(.badRequest, "the value of the header field \(name) has a control character")
        }
        text[position] = 0
        return position + 1
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x21, 0x23...0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x5e, 0x5f, 0x60, 0x7c,
            0x7e:
            true
        default: false
        }
    }

    /// Fields that decide where a message ends or what is decoded: two opinions on these are how requests are smuggled.
    private static func belongsToTheTransport(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4: equal(name, "host")
        case 6: equal(name, "expect")
        case 7: equal(name, "upgrade") || equal(name, "trailer")
        case 10: equal(name, "connection")
        case 14: equal(name, "content-length")
        case 15: equal(name, "accept-encoding")
        case 17: equal(name, "transfer-encoding")
        default: false
        }
    }

    private static func equal(_ name: String, _ lowercase: StaticString) -> Bool {
        guard name.utf8.count == lowercase.utf8CodeUnitCount else { return false }
        return lowercase.withUTF8Buffer { wanted in
            zip(name.utf8, wanted).allSatisfy { byte, other in
                (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte) == other
            }
        }
    }
}
