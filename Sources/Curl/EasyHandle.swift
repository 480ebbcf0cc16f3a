internal import CCurl

/// One easy handle of libcurl with all the memory that libcurl reads or writes through it.
///
/// Not `Sendable`: the transfer thread's, which also frees it. Options that never change are set once by ``open(_:tls:)``;
/// ``prepare(_:for:pin:)`` sets the rest.
final class EasyHandle {
    let raw: UnsafeMutableRawPointer

    /// What the handle was opened with: TLS settings cannot be taken back, so a handle serves one kind only.
    let tls: TLSSettings?

    let guardian: AddressGuard
    let poller: Poller

    /// What the callbacks fill.
    var exchange = Exchange()

    /// The transfer under way.
    private(set) var transfer: Transfer?

    /// Its place in the loop's list.
    var slot = 0

    /// Where it goes.
    private(set) var target: Target?

    /// When libcurl started to count.
    private(set) var startedAt = 0

    /// Whether the transfer has a connection of its own.
    private(set) var opensConnection = false

    private var headers = HeaderList()
    private var shortBody = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var method = ""
    private var pinList: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>

    private init(raw: UnsafeMutableRawPointer, guardian: AddressGuard, poller: Poller, tls: TLSSettings?) {
        self.raw = raw
        self.guardian = guardian
        self.poller = poller
        self.tls = tls
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(raw)
        curl_slist_free_all(pinList)
        shortBody.deallocate()
        errorText.deallocate()
    }

    /// A handle with all options set that no request changes.
    static func open(guardian: AddressGuard, poller: Poller, tls: TLSSettings?) throws(CurlError) -> EasyHandle {
        guard let raw = curl_easy_init() else { throw CurlError(.other, "libcurl has no memory for a handle") }
        let handle = EasyHandle(raw: raw, guardian: guardian, poller: poller, tls: tls)
        try handle.setFixedOptions(errorText: handle.errorText)
        return handle
    }

    /// Sets what differs from request to request.
    ///
    /// `pin` is an entry for libcurl's name cache (`host:port:address,…`), if it changed.
    func prepare(_ transfer: Transfer, for target: Target, pin: String?) throws(CurlError) {
        let request = transfer.request
        try setMethod(of: request)
        if self.target !== target {
            try set(CURLOPT_URL, target.text)
            // The first connection of an origin may turn out to carry many requests: wait for it instead of opening more.
            try set(CURLOPT_PIPEWAIT, target.url.isSecure ? 1 : 0)
            self.target = target
        }
        try setConnection(isOwn: request.opensConnection)
        let list = try headers.fill(request.headers, hasBody: hasBody(request))
        try ccurl_set_list(raw, CURLOPT_HTTPHEADER, list).check(self)
        if hasBody(request) { try setBody(request.body) }
        try setPin(pin)
        startedAt = MonotonicTime.now
        let left = transfer.deadline - startedAt
        let connectLeft = request.connectTimeout.inMicroseconds - transfer.lookupTime
        guard left > 0, connectLeft > 0 else {
            throw CurlError(.connectTimeout, "no time was left to connect to \(target.url.origin)")
        }
        // Milliseconds, and zero would mean no limit.
        try set(CURLOPT_TIMEOUT_MS, max(1, left / 1_000))
        try set(CURLOPT_CONNECTTIMEOUT_MS, max(1, min(left, connectLeft) / 1_000))
        errorText[0] = 0
        self.transfer = transfer
        exchange = Exchange(
            requestBody: request.body,
            bodyLimit: request.responseLimitBytes,
            headerLimit: request.headerLimitBytes,
            isReadByCallback: request.body.count > Self.shortBodyLimit,
            hasResponseBody: request.method != "HEAD"
        )
    }

    /// Lets go of the transfer and what it carried.
    func clear() {
        transfer = nil
        exchange = Exchange()
    }

    /// The text that libcurl left about the last failure, or nil.
    var lastErrorText: String? {
        errorText[0] == 0 ? nil : String(cString: errorText)
    }

    private func hasBody(_ request: HTTPRequest) -> Bool {
        request.method != "GET" && request.method != "HEAD"
    }

    private func setMethod(of request: HTTPRequest) throws(CurlError) {
        guard hasBody(request) || request.body.isEmpty else {
            throw CurlError(
                .badRequest,
                "a \(request.method) request carries no body, but one of \(request.body.count) bytes is given"
            )
        }
        guard method != request.method else { return }
        guard !request.method.isEmpty, request.method.utf8.allSatisfy({ $0 >= 0x41 && $0 <= 0x5a }) else {
            throw CurlError(.badRequest, "the method must be in capital letters")
        }
        method = ""
        try set(CURLOPT_NOBODY, request.method == "HEAD" ? 1 : 0)
        switch request.method {
        case "GET": try set(CURLOPT_HTTPGET, 1)
        case "HEAD": break
        default: try set(CURLOPT_POST, 1)
        }
        let isPlain = request.method == "GET" || request.method == "HEAD" || request.method == "POST"
        try ccurl_set_string(raw, CURLOPT_CUSTOMREQUEST, nil).check(self)
        if !isPlain { try set(CURLOPT_CUSTOMREQUEST, request.method) }
        method = request.method
    }

    /// Only a connection that a transfer opened itself tells of the certificate, and to look at it takes time.
    private func setConnection(isOwn: Bool) throws(CurlError) {
        guard opensConnection != isOwn else { return }
        for option in [CURLOPT_FRESH_CONNECT, CURLOPT_FORBID_REUSE, CURLOPT_CERTINFO] {
            try set(option, isOwn ? 1 : 0)
        }
        opensConnection = isOwn
    }

    /// A body up to this size goes to the system in one call together with the header: a quarter less work for a request.
    ///
    /// That it is not sent twice is seen to by the request callback (decision 8).
    private static let shortBodyLimit = 65_536

    /// Hands a short body over as bytes in our own memory; a longer one is read piece by piece by the callback.
    private func setBody(_ bytes: [UInt8]) throws(CurlError) {
        if bytes.count <= Self.shortBodyLimit {
            if shortBody.count < max(bytes.count, 1) {
                shortBody.deallocate()
                shortBody = .allocate(byteCount: min(max(4_096, bytes.count * 2), Self.shortBodyLimit), alignment: 16)
            }
            shortBody.copyBytes(from: bytes)
        }
        let address = bytes.count <= Self.shortBodyLimit ? shortBody.baseAddress : nil
        try ccurl_set_pointer(raw, CURLOPT_POSTFIELDS, address).check(self)
        try ccurl_set_offset(raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count)).check(self)
    }

    /// Hands over pinned addresses; libcurl reads the list when the transfer starts.
    private func setPin(_ pin: String?) throws(CurlError) {
        guard pin != nil || pinList != nil else { return }
        curl_slist_free_all(pinList)
        pinList = pin.flatMap { curl_slist_append(nil, $0) }
        guard pin == nil || pinList != nil else { throw CurlError(.other, "libcurl has no memory for a list") }
        try ccurl_set_list(raw, CURLOPT_RESOLVE, pinList).check(self)
    }

    func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
        try ccurl_set_long(raw, option, value).check(self)
    }

    func set(_ option: CURLoption, _ value: String) throws(CurlError) {
        try ccurl_set_string(raw, option, value).check(self)
    }
}

extension CURLcode {
    /// Throws unless it is `CURLE_OK`.
    func check(_ handle: EasyHandle) throws(CurlError) {
        guard self != CURLE_OK else { return }
        let text = handle.lastErrorText ?? String(cString: curl_easy_strerror(self))
        throw CurlError(.other, "libcurl refused an option: \(text)", curlCode: Int(rawValue))
    }
}
