/// What passes through the callbacks of one transfer: what is sent, what came, and why it was stopped.
///
/// A value with rules and no libcurl in it. Each method says whether the transfer may go on.
struct Exchange {
    /// Why we ended a transfer ourselves.
    enum Stop {
        /// The body is longer than allowed; `isDeclared` if its length was only announced.
        case tooLarge(actual: Int, isDeclared: Bool)
        /// Header bytes over the limit.
        case headersTooLong(actual: Int)
        /// Header lines over the limit.
        case tooManyHeaderLines(actual: Int)
        /// An encoding that was not offered.
        case encoding
        /// 101, or something that is not HTTP.
        case switchingProtocols
        /// libcurl was about to send the request a second time.
        case secondSend
        /// libcurl was about to look a name up that we had not pinned.
        case notPinned
    }

    static let headerLineLimit = 256

    let requestBody: [UInt8]
    let bodyLimit: Int
    let headerLimit: Int
    /// Whether the body is asked for piece by piece, or was handed over as a whole.
    let isReadByCallback: Bool
    let hasResponseBody: Bool

    private(set) var sentCount = 0
    /// When the last of the request was handed over, by `MonotonicTime`.
    private(set) var sendEndedAt: Int?
    /// When the status line of the latest response came, by `MonotonicTime`; of the final one once that has come.
    private(set) var answeredAt: Int?
    private(set) var status = 0
    private(set) var headerBlock: [UInt8] = []
    private(set) var headersAreComplete = false
    private(set) var hasEncoding = false
    private(set) var body: [UInt8] = []
    private(set) var stop: Stop?
    /// How often a ready connection was about to take the request: 0 or 1.
    private(set) var requestCount = 0
    /// Why the guard refused an address, if it did.
    var guardReason: String?

    private var headerByteCount = 0
    private var headerLineCount = 0
    private var declaredLength: Int?

    init(
        requestBody: [UInt8] = [],
        bodyLimit: Int = 0,
        headerLimit: Int = 0,
        isReadByCallback: Bool = false,
        hasResponseBody: Bool = true
    ) {
        self.requestBody = requestBody
        self.bodyLimit = bodyLimit
        self.headerLimit = headerLimit
        self.isReadByCallback = isReadByCallback
        self.hasResponseBody = hasResponseBody
    }

    /// The connection is ready and the request about to be sent.
    mutating func requestStarts() -> Bool {
        guard requestCount == 0 else {
            stop = .secondSend
            return false
        }
        requestCount = 1
        if !isReadByCallback { sendEndedAt = MonotonicTime.now }
        return true
    }

    mutating func refuseLookup() {
        stop = .notPinned
    }

    /// Fills the buffer with what is still to be sent.
    mutating func send(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, requestBody.count - sentCount)
        requestBody.withUnsafeBytes { bytes in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[sentCount..<(sentCount + count)]))
        }
        sentCount += count
        if sentCount == requestBody.count { sendEndedAt = MonotonicTime.now }
        return count
    }

    /// Takes a piece of the decompressed body.
    mutating func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= bodyLimit else {
            stop = .tooLarge(actual: body.count + bytes.count, isDeclared: false)
            return false
        }
        if body.isEmpty, let declaredLength, declaredLength > bytes.count { body.reserveCapacity(declaredLength) }
        body.append(contentsOf: bytes)
        return true
    }

    /// Takes one header line: a status line, a field, the empty line, or a field of the trailer.
    mutating func receive(headerLine line: UnsafeRawBufferPointer) -> Bool {
        headerByteCount += line.count
        headerLineCount += 1
        // Informational responses count too: a flood of them is a flood of headers.
        guard headerByteCount <= headerLimit else {
            stop = .headersTooLong(actual: headerByteCount)
            return false
        }
        guard headerLineCount <= Self.headerLineLimit else {
            stop = .tooManyHeaderLines(actual: headerLineCount)
            return false
        }
        if headersAreComplete { return true }
        switch line.first {
        case UInt8(ascii: "H") where Self.begins(line, "http/"):
            headerBlock.removeAll(keepingCapacity: true)
            status = Self.status(in: line)
            answeredAt = MonotonicTime.now
            declaredLength = nil
            hasEncoding = false
            if headerBlock.capacity == 0 { headerBlock.reserveCapacity(512) }
        case UInt8(ascii: "\r"), UInt8(ascii: "\n"):
            return headerEnds()
        case UInt8(ascii: "c"), UInt8(ascii: "C"):
            if Self.begins(line, "content-encoding:") {
                hasEncoding = true
                guard isOffered(line.dropFirst(17)) else { return false }
            } else if Self.begins(line, "content-length:") {
                declaredLength = Self.number(in: line.dropFirst(15))
            }
        case UInt8(ascii: "t"), UInt8(ascii: "T"):
            if Self.begins(line, "transfer-encoding:") {
                guard isOffered(line.dropFirst(18)) else { return false }
            }
        default: break
        }
        headerBlock.append(contentsOf: line)
        return true
    }

    private mutating func headerEnds() -> Bool {
        if status == 101 {
            stop = .switchingProtocols
            return false
        }
        // After 1xx the real answer is still to come.
        guard status >= 200 else { return true }
        headersAreComplete = true
        if hasResponseBody, status != 204, status != 304, let declaredLength {
            guard declaredLength <= bodyLimit else {
                stop = .tooLarge(actual: declaredLength, isDeclared: true)
                return false
            }
            // What is compressed grows: its length says nothing.
            if hasEncoding { self.declaredLength = nil }
        }
        return true
    }

    private mutating func isOffered(_ value: Slice<UnsafeRawBufferPointer>) -> Bool {
        let text = String(decoding: value, as: UTF8.self).lowercased()
        for item in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            switch item {
            case "gzip", "x-gzip", "br", "zstd", "identity", "chunked": continue
            default:
                stop = .encoding
                return false
            }
        }
        return true
    }

    private static func begins(_ line: UnsafeRawBufferPointer, _ lowercase: StaticString) -> Bool {
        guard line.count >= lowercase.utf8CodeUnitCount else { return false }
        return lowercase.withUTF8Buffer { wanted in
            for index in wanted.indices {
                let byte = line[index]
                guard (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte) == wanted[index] else { return false }
            }
            return true
        }
    }

    /// Three digits after the first blank, or 0.
    private static func status(in line: UnsafeRawBufferPointer) -> Int {
        guard let blank = line.firstIndex(of: UInt8(ascii: " ")) else { return 0 }
        return number(in: line[blank..<min(blank + 4, line.count)]) ?? 0
    }

    private static func number(in bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        var value: Int?
        for byte in bytes where byte >= 0x30 && byte <= 0x39 {
            let (product, overflow) = (value ?? 0).multipliedReportingOverflow(by: 10)
            guard !overflow, product < Int.max - 10 else { return Int.max }
            value = product + Int(byte - 0x30)
        }
        return value
    }
}
