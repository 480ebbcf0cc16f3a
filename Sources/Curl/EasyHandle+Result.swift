internal import CCurl
internal import Glibc

extension EasyHandle {
    /// Opens a socket for the address that libcurl is about to connect to, if the guard lets it.
    ///
    /// This is the last look at the address: what the name meant a moment ago does not matter here.
    func openSocket(to target: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
        var bytes: [UInt8] = Array(repeating: 0, count: 16)
        var port: UInt16 = 0
        let count = Int(ccurl_target_bytes(target, &bytes, &port))
        guard let address = IPAddress(bytes: bytes, count: count) else {
            exchange.guardReason = "not an address of IP"
            return CURL_SOCKET_BAD
        }
        if let reason = guardian.refusal(of: address, port: port) {
            exchange.guardReason = reason
            return CURL_SOCKET_BAD
        }
        let socket = ccurl_open_socket(target)
        if socket >= 0 { poller.forget(socket) }
        return socket
    }

    /// The result of the transfer once libcurl is done with it.
    func outcome(_ code: CURLcode) -> Transfer.Outcome {
        let timings = timings(didConnect: code == CURLE_OK)
        let primaryIP = self.primaryIP
        guard code == CURLE_OK, exchange.stop == nil, exchange.headersAreComplete else {
            let (kind, message, hint) = explain(code)
            return .failure(
                CurlError(
                    kind,
                    message,
                    hint: hint,
                    curlCode: Int(code.rawValue),
                    requestWasSent: requestWasSent,
                    timings: timings,
                    primaryIP: primaryIP
                )
            )
        }
        return .success(
            HTTPResponse(
                status: exchange.status,
                version: version,
                headers: HeaderFields(block: exchange.headerBlock),
                body: exchange.body,
                timings: timings,
                primaryIP: primaryIP,
                connectionWasReused: long(CURLINFO_NUM_CONNECTS) == 0,
                certificateEnd: opensConnection ? certificateEnd : nil
            )
        )
    }

    /// An error of our own making, with what is known so far.
    func failure(_ code: CurlError.Code, _ message: String) -> Transfer.Outcome {
        .failure(
            CurlError(
                code,
                message,
                requestWasSent: requestWasSent,
                timings: timings(didConnect: false),
                primaryIP: primaryIP
            )
        )
    }

    /// What had happened when time ran out decides what was late.
    func lateness() -> (CurlError.Code, String) {
        let time = "after \(MonotonicTime.now - (transfer?.submittedAt ?? startedAt)) us"
        if exchange.headersAreComplete {
            return (.bodyLate, "the answer's body did not end in time: \(exchange.body.count) bytes \(time)")
        }
        if exchange.requestCount > 0 {
            return (
                .headersLate, "the answer's header did not come in time: \(exchange.headerBlock.count) bytes \(time)"
            )
        }
        return (.connectTimeout, "\(origin) was not connected in time: gave up \(time)")
    }

    private var origin: String { target?.url.origin ?? "the peer" }

    private var requestWasSent: Bool {
        exchange.requestCount > 0 && long(CURLINFO_REQUEST_SIZE) > 0
    }

    private var version: HTTPResponse.Version {
        switch exchange.headerBlock.dropFirst(5).prefix(while: { $0 != UInt8(ascii: " ") }) {
        case [0x31, 0x2e, 0x30]: .http10
        case [0x32]: .http2
        case [0x33]: .http3
        default: .http11
        }
    }

    /// When the peer's own certificate ends; those of its authorities are theirs to renew.
    private var certificateEnd: Int64? {
        var seconds: Int64 = 0
        return ccurl_get_certificate_end(raw, &seconds) ? seconds : nil
    }

    private var primaryIP: String {
        var text: UnsafePointer<CChar>?
        guard ccurl_get_string(raw, CURLINFO_PRIMARY_IP, &text) == CURLE_OK, let text else { return "" }
        return String(cString: text)
    }

    private func long(_ info: CURLINFO) -> Int {
        var value = 0
        return ccurl_get_long(raw, info, &value) == CURLE_OK ? value : 0
    }

    private func timings(didConnect: Bool) -> TransferTimings {
        var timings = TransferTimings()
        guard let transfer else { return timings }
        var times = ccurl_times()
        _ = ccurl_get_times(raw, &times)
        let now = MonotonicTime.now
        let total = now - startedAt
        timings.total = now - transfer.submittedAt
        timings.queue = max(0, startedAt - transfer.submittedAt - transfer.lookupTime)
        timings.dns = transfer.lookupTime + Int(times.name_lookup)
        let isConnected = didConnect || exchange.requestCount > 0
        let connect = times.connect > 0 ? Int(times.connect) : isConnected ? Int(times.name_lookup) : total
        timings.connect = max(0, connect - Int(times.name_lookup))
        var ready = connect
        if target?.url.isSecure == true, times.tls > 0 || (!isConnected && times.connect > 0) {
            ready = times.tls > 0 ? Int(times.tls) : total
            timings.tls = max(0, ready - connect)
        }
        guard isConnected else { return timings }
        let sent = exchange.sendEndedAt.map { max(ready, $0 - startedAt) } ?? total
        timings.send = sent - ready
        let first = exchange.answeredAt.map { max(sent, $0 - startedAt) } ?? total
        timings.wait = max(0, first - sent)
        timings.receive = max(0, total - first)
        return timings
    }

    private func explain(_ code: CURLcode) -> (CurlError.Code, String, String?) {
        if let stop = exchange.stop { return explain(stop) }
        if let reason = exchange.guardReason, exchange.requestCount == 0 {
            let error = guardian.refused(origin, reason)
            return (error.code, error.message, error.hint)
        }
        let text = lastErrorText ?? String(cString: curl_easy_strerror(code))
        let kind: CurlError.Code
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            let (kind, message) = lateness()
            return (kind, message, nil)
        case CURLE_COULDNT_RESOLVE_HOST: kind = .dns
        case CURLE_COULDNT_CONNECT: kind = .connectRefused
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT,
            CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            kind = .tls
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2, CURLE_HTTP2_STREAM,
            CURLE_SEND_FAIL_REWIND:
            kind = .sentButReset
        case CURLE_URL_MALFORMAT: kind = .badURL
        case CURLE_UNSUPPORTED_PROTOCOL: kind = exchange.requestCount > 0 ? .badResponse : .badURL
        case CURLE_WEIRD_SERVER_REPLY: kind = .badResponse
        case CURLE_BAD_CONTENT_ENCODING: kind = .unsupportedEncoding
        // We did not refuse the bytes, so it was the decoder that did.
        case CURLE_WRITE_ERROR: kind = exchange.hasEncoding ? .unsupportedEncoding : .other
        // A header line beyond libcurl's own buffer ends like a lack of memory.
        case CURLE_OUT_OF_MEMORY where exchange.requestCount > 0 && !exchange.headersAreComplete: kind = .tooManyHeaders
        default:
            // CURLE_OK without a header, and CURLE_TOO_LARGE (100), which older versions do not have.
            kind = code == CURLE_OK ? .badResponse : code.rawValue == 100 ? .tooManyHeaders : .other
        }
        return (kind, text, nil)
    }

    private func explain(_ stop: Exchange.Stop) -> (CurlError.Code, String, String?) {
        switch stop {
        case .tooLarge(let actual, let isDeclared):
            let verb = isDeclared ? "announces" : "has at least"
            return (.tooLarge, "the answer's body \(verb) \(actual) bytes, the limit is \(exchange.bodyLimit)", nil)
        case .headersTooLong(let actual):
            let message = "the answer's header has at least \(actual) bytes, the limit is \(exchange.headerLimit)"
            return (.tooManyHeaders, message, nil)
        case .tooManyHeaderLines(let actual):
            let message = "the answer's header has at least \(actual) lines, the limit is \(Exchange.headerLineLimit)"
            return (.tooManyHeaders, message, nil)
        case .encoding:
            return (.unsupportedEncoding, "the answer has an encoding that was not offered", nil)
        case .switchingProtocols:
            return (.badResponse, "the peer switched to another protocol, which nobody asked for", nil)
        case .secondSend:
            let sent = requestWasSent ? "after the request was sent" : "before a byte of the request was sent"
            return (.sentButReset, "the kept-alive connection broke \(sent)", nil)
        case .notPinned:
            return (.dns, "\(origin) has no known address", nil)
        }
    }
}
