public import DocumentModel
public import JSONSchema
public import PluginProtocol

/// What the pings of this run of the host say of a plugin.
///
/// Kept in memory: it is about now. `Sendable`.
public struct PluginHealth: Sendable {
    /// One genuine ping.
    ///
    /// `Sendable`.
    public struct Ping: Sendable {
        /// When it was sent.
        public var time: Timestamp
        /// How long it took.
        public var microseconds: Int
        /// HTTP status of the answer, if one came.
        public var status: Int?
        /// Why it failed; nil if the plugin answered as it should.
        public var refusal: Refusal?
    }

    /// Where the plugin was when it was pinged; what is known of another address says nothing.
    public let url: PluginURL
    /// The latest ping.
    public internal(set) var lastPing: Ping
    /// How many pings in a row have failed.
    public internal(set) var failures = 0
    /// Since when; nil if the latest ping did not fail.
    public internal(set) var failingSince: Timestamp?
    /// When the plugin's certificate ends; nil if it has none or was not reached yet.
    public internal(set) var certificateEnd: Timestamp?
    /// What came of signing with one secret alone, by fingerprint, since the host started.
    public internal(set) var secretTrials: [String: SecretTrial] = [:]
    /// What was warned of already, newest last: servers behind one address may show certificates of their own in turn.
    private var warned: [CertificateWarning] = []

    init(url: PluginURL, _ ping: Ping) {
        self.url = url
        lastPing = ping
    }

    /// How many certificates' warnings are remembered; those of others are looked up in the ledger.
    private static let warnedLimit = 16

    /// What was warned of the certificate that was seen last; nil if nothing.
    var warning: CertificateWarning? { warned.last { $0.end == certificateEnd } }

    /// Remembers a warning as given.
    ///
    /// - Returns: whether that is new.
    mutating func warn(_ warning: CertificateWarning) -> Bool {
        guard !warned.contains(where: { $0.covers(warning) }) else { return false }
        if warned.count == Self.warnedLimit { warned.removeFirst() }
        warned.append(warning)
        return true
    }

    /// Forgets a warning that could not be given.
    mutating func unwarn(_ warning: CertificateWarning) { warned.removeAll { $0 == warning } }

    /// Whether the latest ping failed.
    public var isFailing: Bool { failures > 0 }

    /// Takes note of a ping.
    mutating func add(_ ping: Ping, certificateEnd: Timestamp?) {
        lastPing = ping
        self.certificateEnd = certificateEnd ?? self.certificateEnd
        if ping.refusal == nil {
            failures = 0
            failingSince = nil
        } else {
            failures += 1
            failingSince = failingSince ?? ping.time
        }
    }

    /// Writes the health as the API shows it (`protocol/schemas/plugin.json`).
    public func write(into writer: inout JSONWriter, now: Timestamp) {
        writer.beginObject()
        writer.key("lastPing")
        writer.beginObject()
        writer.key("time")
        writer.string(lastPing.time)
        writer.key("result")
        writer.string(lastPing.refusal == nil ? "passed" : "failed")
        writer.key("microseconds")
        writer.int(lastPing.microseconds)
        writer.key("status")
        if let status = lastPing.status { writer.int(status) } else { writer.null() }
        writer.key("refusal")
        if let refusal = lastPing.refusal { refusal.write(into: &writer) } else { writer.null() }
        writer.endObject()
        writer.key("failures")
        writer.int(failures)
        writer.key("failingSince")
        if let failingSince { writer.string(failingSince) } else { writer.null() }
        writer.key("certificate")
        if let certificateEnd {
            writer.beginObject()
            writer.key("ends")
            writer.string(certificateEnd)
            writer.key("daysLeft")
            writer.int(CertificateWarning.daysLeft(until: certificateEnd, now: now))
            writer.key("warned")
            if let warning { writer.int(warning.days) } else { writer.null() }
            writer.endObject()
        } else {
            writer.null()
        }
        writer.endObject()
    }
}
