internal import CCurl

extension EasyHandle {
    /// All options that hold for every transfer, and why.
    func setFixedOptions(errorText: UnsafeMutablePointer<CChar>) throws(CurlError) {
        let this = Unmanaged.passUnretained(self).toOpaque()
        try ccurl_set_pointer(raw, CURLOPT_PRIVATE, this).check(self)
        try ccurl_set_pointer(raw, CURLOPT_ERRORBUFFER, errorText).check(self)

        // What is spoken. A 3xx is an answer: to follow it would leave the choice of the address to the peer.
        try ccurl_set_web_protocols_only(raw).check(self)
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_HTTP09_ALLOWED, 0)
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        // What was checked and signed is what is sent: no ".." is folded.
        try set(CURLOPT_PATH_AS_IS, 1)
        // HTTP/2 where TLS offers it, one connection for all requests of an origin; plain http stays 1.1.
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))

        // Nothing from the surroundings: no proxy of the environment, no netrc, no signal handlers in threads.
        // (Cookies, HSTS and Alt-Svc are off unless asked for.)
        try set(CURLOPT_PROXY, "")
        try set(CURLOPT_NOPROXY, "*")
        try set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        try set(CURLOPT_NOSIGNAL, 1)

        // Whom we talk to. Ages bound how long an answer of the name service can outlive itself in the pool.
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_MAXAGE_CONN, 60)
        try set(CURLOPT_MAXLIFETIME_CONN, 600)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try setTLS()
        try ccurl_set_open_socket_callback(raw, openSocketCallback).check(self)
        try ccurl_set_pointer(raw, CURLOPT_OPENSOCKETDATA, this).check(self)
        // Names are looked up by ``NameTable``; libcurl doing it too would be a way around its bounds.
        try ccurl_set_resolver_callback(raw, resolverCallback).check(self)
        try ccurl_set_pointer(raw, CURLOPT_RESOLVER_START_DATA, this).check(self)

        // What is sent, and that it is sent once: libcurl sends a request again by itself if a kept-alive connection
        // dies before the answer. The request callback, which comes before each start, stops a second one of any kind;
        // besides, a body that is read piece by piece cannot be rewound.
        try ccurl_set_read_callback(raw, readCallback).check(self)
        try ccurl_set_pointer(raw, CURLOPT_READDATA, this).check(self)
        try ccurl_set_seek_callback(raw, seekCallback).check(self)
        try ccurl_set_request_callback(raw, requestCallback).check(self)
        try ccurl_set_pointer(raw, CURLOPT_PREREQDATA, this).check(self)

        // What is taken. Sizes are counted in the callbacks, after decompression: `CURLOPT_MAXFILESIZE` counts neither
        // decompressed bytes nor, in older versions, bodies of unknown length.
        try set(CURLOPT_ACCEPT_ENCODING, Self.offeredEncodings)
        try ccurl_set_write_callback(raw, CURLOPT_WRITEFUNCTION, writeCallback).check(self)
        try ccurl_set_pointer(raw, CURLOPT_WRITEDATA, this).check(self)
        try ccurl_set_write_callback(raw, CURLOPT_HEADERFUNCTION, headerCallback).check(self)
        try ccurl_set_pointer(raw, CURLOPT_HEADERDATA, this).check(self)
    }

    private func setTLS() throws(CurlError) {
        guard let tls else { return }
        if let authorities = tls.authorities { try set(authorities, file: CURLOPT_CAINFO, blob: CURLOPT_CAINFO_BLOB) }
        if let certificate = tls.certificate { try set(certificate, file: CURLOPT_SSLCERT, blob: CURLOPT_SSLCERT_BLOB) }
        if let key = tls.key { try set(key, file: CURLOPT_SSLKEY, blob: CURLOPT_SSLKEY_BLOB) }
        if let passphrase = tls.keyPassphrase { try set(CURLOPT_KEYPASSWD, passphrase) }
    }

    private func set(_ pem: TLSSettings.PEM, file: CURLoption, blob: CURLoption) throws(CurlError) {
        switch pem {
        case .file(let path):
            try set(file, path)
        case .bytes(let bytes):
            try bytes.withUnsafeBytes { ccurl_set_blob(raw, blob, $0.baseAddress, $0.count) }.check(self)
        }
    }

    /// Of gzip, br and zstd those that this libcurl can read.
    private static let offeredEncodings: String = {
        let features = ccurl_features()
        let known = [("gzip", CURL_VERSION_LIBZ), ("br", CURL_VERSION_BROTLI), ("zstd", CURL_VERSION_ZSTD)]
        return known.filter { features & $0.1 != 0 }.map(\.0).joined(separator: ", ")
    }()
}

// Callbacks only copy, count and refuse.

private func handle(_ context: UnsafeMutableRawPointer?) -> EasyHandle? {
    context.map { Unmanaged<EasyHandle>.fromOpaque($0).takeUnretainedValue() }
}

private let readCallback: curl_read_callback = { buffer, size, count, context in
    guard let handle = handle(context) else { return Int(CURL_READFUNC_ABORT) }
    return handle.exchange.send(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
}

private let seekCallback: curl_seek_callback = { _, _, _ in CURL_SEEKFUNC_FAIL }

private let requestCallback: curl_prereq_callback = { context, _, _, _, _ in
    handle(context)?.exchange.requestStarts() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

private let writeCallback: curl_write_callback = { bytes, size, count, context in
    let bytes = UnsafeRawBufferPointer(start: bytes, count: size * count)
    // Any other number than the one given ends the transfer; so does 0 for an empty piece never come up.
    return handle(context)?.exchange.receive(bytes) == true ? bytes.count : 0
}

private let headerCallback: curl_write_callback = { bytes, size, count, context in
    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return handle(context)?.exchange.receive(headerLine: line) == true ? line.count : 0
}

private let resolverCallback: curl_resolver_start_callback = { _, _, context in
    guard let handle = handle(context), handle.target?.isLiteral == true else {
        handle(context)?.exchange.refuseLookup()
        return 1
    }
    return 0
}

private let openSocketCallback: curl_opensocket_callback = { context, _, target in
    guard let handle = handle(context), let target else { return CURL_SOCKET_BAD }
    return handle.openSocket(to: target)
}
