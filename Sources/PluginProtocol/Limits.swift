public import DocumentModel
public import JSONSchema

/// Every limit of the protocol and of the host, with its default.
///
/// This is their only home: the JSON parser's and the document's limits derive from it, and so do the
/// docs page and `GET /v1/limits`.
///
/// Shape: see ``write(into:)``. `Sendable`.
public struct Limits: Sendable, Hashable {
    /// What holds unless the operator says otherwise.
    public static let `default` = Limits()

    /// Size of a request to a plugin, in bytes of JSON.
    public var requestBytes = 5 << 20
    /// Size of a plugin's answer, in bytes after decompression.
    public var answerBytes = 1 << 20
    /// How deep JSON may nest.
    public var jsonDepth = 64
    /// How many commands an answer, or one API call, may hold.
    public var commandsPerAnswer = 256
    /// Size of one string, in bytes of UTF-8.
    public var stringBytes = 256 << 10
    /// Size of one number, in bytes of its text.
    public var numberBytes = 1024
    /// A plugin's time where its subscription names none.
    public var pluginTimeDefault = Duration.seconds(2)
    /// The longest time a subscription may ask for in `before` and `render`.
    public var pluginTimeWaiting = Duration.seconds(10)
    /// The longest time a subscription may ask for in `after`.
    public var pluginTimeAfter = Duration.seconds(30)
    /// Time for the whole `before` chain of one change.
    public var chainTime = Duration.seconds(5)
    /// How many reactions may follow from one change, each from the one before.
    public var hops = 8
    /// Exchanges of one plugin under way at once.
    public var exchangesAtOnce = 16
    /// Exchanges of one plugin that may wait for their turn; more are refused as `overloaded`.
    public var exchangesWaiting = 256
    /// Changes that may wait for one `after` plugin; what comes then is skipped as `overloaded`.
    public var workWaiting = 10_000
    /// Size of the events of those changes, in bytes of JSON at most.
    public var workWaitingBytes = 64 << 20
    /// Events that one exchange carries where several changes waited.
    public var eventsPerExchange = 256
    /// Size of those events, in bytes of JSON at most; one change goes whole, whatever its size.
    public var eventBytesPerExchange = 512 << 10
    /// Changes of a document in a row, each made while plugins were asked about it, before they are not asked any more.
    public var reactionsPerDocument = 1000
    /// How long after an exchange a change by a program still counts as one in that row.
    public var reactionPause = Duration.seconds(1)
    /// Size of a document, in bytes of JSON.
    public var documentBytes = 4 << 20
    /// How many blocks a document may hold.
    public var documentBlocks = 10_000
    /// Size of a plugin's state on one document, in bytes of JSON.
    public var stateBytes = 64 << 10
    /// How many subscriptions a manifest may hold.
    public var subscriptionsPerManifest = 64
    /// Time for a deferred answer.
    public var continuationTime = Duration.seconds(15 * 60)
    /// How often a deferred answer may be tried.
    public var continuationPosts = 5
    /// How far a signature's timestamp may be off.
    public var signatureTolerance = Duration.seconds(5 * 60)
    /// The longest wait for reactions of `?wait=settled`.
    public var settledWait = Duration.seconds(30)
    /// How long an `Idempotency-Key` is remembered.
    public var idempotencyTime = Duration.seconds(24 * 60 * 60)
    /// Size of the body of an API call, in bytes.
    public var apiBodyBytes = 5 << 20
    /// Calls within ``breakerWindow`` before a plugin's circuit breaker may open.
    public var breakerCalls = 20
    /// How many percent of those calls must have failed.
    public var breakerFailurePercent = 50
    /// How far back the circuit breaker looks.
    public var breakerWindow = Duration.seconds(30)
    /// When an open circuit breaker first lets one call through.
    public var breakerFirstProbe = Duration.seconds(10)
    /// The longest pause between such calls; each doubles the one before.
    public var breakerLongestProbe = Duration.seconds(5 * 60)

    /// Plugins with a series of metrics of their own; all others share one.
    public var pluginsWithMetrics = 50

    /// The defaults.
    public init() {}

    /// The longest time a subscription may ask for in this phase.
    public func longestPluginTime(in phase: Phase) -> Duration {
        phase == .after ? pluginTimeAfter : pluginTimeWaiting
    }

    /// What a plugin's answer is parsed with.
    public var answerJSON: JSONLimits { json(bytes: answerBytes) }

    /// What the body of an API call is parsed with.
    public var apiJSON: JSONLimits { json(bytes: apiBodyBytes) }

    private func json(bytes: Int) -> JSONLimits {
        JSONLimits(depth: jsonDepth, sizeBytes: bytes, stringBytes: stringBytes, numberBytes: numberBytes)
    }

    /// What commands are applied with.
    public var document: DocumentLimits {
        DocumentLimits(bytes: documentBytes, blocks: documentBlocks, stringBytes: stringBytes, depth: jsonDepth)
    }
}

extension Limits {
    /// One limit as it is published.
    ///
    /// `Sendable`.
    public struct Row: Sendable, Hashable {
        /// The member's name in `GET /v1/limits`, unit included.
        public let name: String
        /// The value, in the unit the name ends with.
        public let value: Int
        /// Whether the operator may change it.
        public let isChangeable: Bool
        /// What it limits, in one line.
        public let meaning: String
    }

    /// All limits, in the order they are documented.
    public var rows: [Row] {
        [
            Row("requestBytes", requestBytes, changeable: true, "size of a request to a plugin"),
            Row("answerBytes", answerBytes, changeable: true, "size of a plugin's answer, decompressed"),
            Row("jsonDepth", jsonDepth, "how deep JSON may nest"),
            Row("commandsPerAnswer", commandsPerAnswer, "commands in one answer or one API call"),
            Row("stringBytes", stringBytes, "size of one string, in UTF-8"),
            Row("numberBytes", numberBytes, "size of one number's text"),
            Row("pluginTimeDefault", pluginTimeDefault, changeable: true, "a plugin's time if it asks for none"),
            Row(
                "pluginTimeWaiting",
                pluginTimeWaiting,
                changeable: true,
                "a plugin's time at most in before and render"
            ),
            Row("pluginTimeAfter", pluginTimeAfter, changeable: true, "a plugin's time at most, in after"),
            Row("chainTime", chainTime, changeable: true, "time for the whole before chain of one change"),
            Row("hops", hops, "reactions that may follow from one change, each from the one before"),
            Row("exchangesAtOnce", exchangesAtOnce, changeable: true, "exchanges of one plugin at once"),
            Row("exchangesWaiting", exchangesWaiting, changeable: true, "exchanges of one plugin that may wait"),
            Row("workWaiting", workWaiting, changeable: true, "changes that may wait for one after plugin"),
            Row("workWaitingBytes", workWaitingBytes, changeable: true, "size of the events of those changes"),
            Row("eventsPerExchange", eventsPerExchange, "events in one request, where several changes waited"),
            Row("eventBytesPerExchange", eventBytesPerExchange, "size of those events"),
            Row(
                "reactionsPerDocument",
                reactionsPerDocument,
                changeable: true,
                "changes of a document in a row, each made while plugins were asked about it"
            ),
            Row("reactionPause", reactionPause, "how long after an exchange a program's change counts as one of those"),
            Row("documentBytes", documentBytes, "size of a document, as JSON"),
            Row("documentBlocks", documentBlocks, "blocks of a document"),
            Row("stateBytes", stateBytes, "size of a plugin's state on one document, as JSON"),
            Row("subscriptionsPerManifest", subscriptionsPerManifest, "subscriptions of one manifest"),
            Row("continuationTime", continuationTime, "time for a deferred answer"),
            Row("continuationPosts", continuationPosts, "tries to give a deferred answer"),
            Row("signatureTolerance", signatureTolerance, "how far a signature's timestamp may be off"),
            Row("settledWait", settledWait, "the longest wait of ?wait=settled"),
            Row("idempotencyTime", idempotencyTime, "how long an Idempotency-Key is remembered"),
            Row("apiBodyBytes", apiBodyBytes, "size of the body of an API call"),
            Row("breakerCalls", breakerCalls, "calls in the window before a circuit breaker may open"),
            Row("breakerFailurePercent", breakerFailurePercent, "failed calls in the window that open it"),
            Row("breakerWindow", breakerWindow, "how far back the circuit breaker looks"),
            Row("breakerFirstProbe", breakerFirstProbe, "when an open circuit breaker first tries again"),
            Row("breakerLongestProbe", breakerLongestProbe, "the longest pause between such tries"),
            Row("pluginsWithMetrics", pluginsWithMetrics, "plugins with a series of metrics of their own"),
        ]
    }

    /// Writes all limits as one object: `{"requestBytes": 5242880, …, "chainTimeMilliseconds": 5000, …}`.
    ///
    /// Times are in milliseconds and their names end so.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        for row in rows {
            writer.key(row.name)
            writer.int(row.value)
        }
        writer.endObject()
    }
}

extension Limits.Row {
    fileprivate init(_ name: String, _ value: Int, changeable: Bool = false, _ meaning: String) {
        self.init(name: name, value: value, isChangeable: changeable, meaning: meaning)
    }

    fileprivate init(_ name: String, _ time: Duration, changeable: Bool = false, _ meaning: String) {
        self.init(
            name: name + "Milliseconds",
            value: time.wholeMilliseconds,
            isChangeable: changeable,
            meaning: meaning
        )
    }
}

extension Duration {
    /// The duration in milliseconds, rounded down and never below zero.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return max(0, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}
