public import DocumentModel
public import JSONSchema
public import PluginProtocol

/// All secrets that sign requests to one plugin: the newest, and those that it replaces and that sign beside it for a while.
///
/// At most ``limit``, newest first. `Sendable`; a value.
public struct SigningSecrets: Sendable, Hashable {
    /// How many may be live at once: each is a signature in every request.
    public static let limit = 4
    /// How long the older secrets stay live when nobody says it.
    public static let keptByDefault = Duration.seconds(86_400)
    /// The longest that they may.
    public static let keptAtMost = Duration.seconds(604_800)

    /// Every one, newest first; those among them that have ended are dropped with the next change.
    public private(set) var all: [SigningSecret]

    /// What ``signing(at:)`` gives until ``firstEnd``, so that a request costs no list of its own.
    private var keys: [WebhookSecret]
    private var firstEnd: Timestamp?

    /// Takes secrets that were made before; newest first.
    public init(_ all: [SigningSecret]) {
        self.all = all
        keys = all.map(\.secret)
        firstEnd = all.compactMap(\.endsAt).min()
    }

    /// Begins with one secret.
    public init(_ secret: WebhookSecret, createdAt: Timestamp) {
        self.init([SigningSecret(secret, createdAt: createdAt)])
    }

    /// The newest one.
    public var newest: WebhookSecret? { keys.first }

    /// Those that sign at a time of day, newest first.
    public func signing(at now: Timestamp) -> [WebhookSecret] {
        guard let firstEnd, firstEnd <= now else { return keys }
        return live(at: now).map(\.secret)
    }

    /// The same with what is known of them.
    public func live(at now: Timestamp) -> [SigningSecret] { all.filter { $0.isLive(at: now) } }

    /// Lets a new secret sign, and the older ones for a while longer.
    ///
    /// - Parameters:
    ///   - secret: the new one.
    ///   - kept: how much longer the older ones sign; none signs longer than it would have.
    ///   - now: the time of day.
    /// - Throws: ``HostError`` of code `schema-violation` if the secret is live already, `limit-exceeded` if too many would be.
    mutating func rotate(to secret: WebhookSecret, keeping kept: Duration, now: Timestamp) throws(HostError) {
        let end = Timestamp(millisecondsSince1970: now.millisecondsSince1970 + kept.components.seconds * 1000)
        let older = live(at: now).compactMap { old -> SigningSecret? in
            var old = old
            old.endsAt = min(old.endsAt ?? end, end)
            return old.isLive(at: now) ? old : nil
        }
        if older.contains(where: { $0.secret == secret }) {
            throw HostError.schema("secret", "this secret signs already; a new one is needed")
        }
        guard older.count < Self.limit else {
            var error = HostError(
                .limitExceeded,
                "\(older.count) secrets of this plugin are live, and a new one would be one more than \(Self.limit)",
                hint: "drop one that the plugin needs no longer, or send \"keepSeconds\": 0, which drops all"
            )
            error.rule = "signingSecrets"
            error.limit = .integer(Self.limit)
            error.actual = .integer(older.count + 1)
            throw error
        }
        self = SigningSecrets([SigningSecret(secret, createdAt: now)] + older)
    }

    /// Ends an older secret at once.
    ///
    /// - Parameters:
    ///   - fingerprint: tells which.
    ///   - now: the time of day.
    /// - Throws: ``HostError`` of code `not-found` if no live one has it, `invalid-parameter` if it is the newest.
    mutating func drop(_ fingerprint: String, now: Timestamp) throws(HostError) {
        let live = live(at: now)
        guard let index = live.firstIndex(where: { $0.secret.fingerprint == fingerprint }) else {
            throw HostError(
                .notFound,
                "No live secret of this plugin has the fingerprint \"\(fingerprint.prefix(80))\"",
                hint: "live: \(live.map(\.secret.fingerprint).joined(separator: ", "))"
            )
        }
        guard index > 0 else {
            throw HostError(
                .invalidParameter,
                "The newest secret cannot be dropped: nothing would sign what the plugin is sent",
                hint: "rotate-secret with \"keepSeconds\": 0 replaces it at once"
            )
        }
        self = SigningSecrets(live.filter { $0.secret.fingerprint != fingerprint })
    }

    /// Writes the live ones as the API shows them (`protocol/schemas/plugin.json`), by their fingerprints.
    ///
    /// - Parameters:
    ///   - writer: takes the member `secrets`.
    ///   - now: the time of day.
    ///   - trials: what the plugin did with a ping that one of them alone signed, by fingerprint; nil leaves that out.
    public func write(into writer: inout JSONWriter, now: Timestamp, trials: [String: SecretTrial]?) {
        writer.key("secrets")
        writer.beginArray()
        for member in live(at: now) {
            let fingerprint = member.secret.fingerprint
            writer.beginObject()
            writer.key("fingerprint")
            writer.string(fingerprint)
            writer.key("createdAt")
            writer.string(member.createdAt)
            writer.key("endsAt")
            if let end = member.endsAt { writer.string(end) } else { writer.null() }
            if let trials {
                writer.key("trial")
                if let trial = trials[fingerprint] { trial.write(into: &writer) } else { writer.null() }
            }
            writer.endObject()
        }
        writer.endArray()
    }
}
