public import DocumentModel
public import JSONSchema
public import PluginProtocol

/// Why the host did not do what it was asked.
///
/// `description` is safe to log: it holds no document text, no body and no secret. `Sendable`.
public struct HostError: Error, Sendable, CustomStringConvertible {
    /// What went wrong: a stable name that callers may depend on, listed in `docs/errors.md`.
    public struct Code: Sendable, Hashable, CaseIterable, CustomStringConvertible {
        private enum Name: String, CaseIterable {
            case alreadyAnswered = "already-answered"
            case alreadyDecided = "already-decided"
            case answerRefused = "answer-refused"
            case bodyTooLarge = "body-too-large"
            case conflict = "conflict"
            case continuationExpired = "continuation-expired"
            case continuationSpent = "continuation-spent"
            case deniedByPlugin = "denied-by-plugin"
            case documentTypeViolated = "document-type-violated"
            case doesNotApply = "does-not-apply"
            case forbidden = "forbidden"
            case handshakeFailed = "handshake-failed"
            case idempotencyKeyReused = "idempotency-key-reused"
            case internalError = "internal-error"
            case invalidEncoding = "invalid-encoding"
            case invalidJSON = "invalid-json"
            case invalidParameter = "invalid-parameter"
            case limitExceeded = "limit-exceeded"
            case methodNotAllowed = "method-not-allowed"
            case nameTaken = "name-taken"
            case notDeferred = "not-deferred"
            case notFound = "not-found"
            case overloaded = "overloaded"
            case pluginFailed = "plugin-failed"
            case pluginURLRefused = "plugin-url-refused"
            case preconditionFailed = "precondition-failed"
            case requestInFlight = "request-in-flight"
            case revisionMismatch = "revision-mismatch"
            case schemaViolation = "schema-violation"
            case shuttingDown = "shutting-down"
            case storeUnavailable = "store-unavailable"
            case unauthenticated = "unauthenticated"
            case unknownCommand = "unknown-command"
            case unsupportedMediaType = "unsupported-media-type"
        }

        private let name: Name
        private init(_ name: Name) { self.name = name }

        /// The deferred exchange has its answer.
        public static let alreadyAnswered = Self(.alreadyAnswered)
        /// Someone decided about the proposal before.
        public static let alreadyDecided = Self(.alreadyDecided)
        /// A plugin's late answer is not taken; `refusal` says why.
        public static let answerRefused = Self(.answerRefused)
        /// The body is larger than the limit.
        public static let bodyTooLarge = Self(.bodyTooLarge)
        /// The document moved on in a way that the commands cannot follow.
        public static let conflict = Self(.conflict)
        /// The time for a late answer is over.
        public static let continuationExpired = Self(.continuationExpired)
        /// Too many late answers to the same exchange were refused.
        public static let continuationSpent = Self(.continuationSpent)
        /// A plugin said no; `reasons` has its words.
        public static let deniedByPlugin = Self(.deniedByPlugin)
        /// The document would no longer satisfy its type's schema.
        public static let documentTypeViolated = Self(.documentTypeViolated)
        /// A command's target is not there.
        public static let doesNotApply = Self(.doesNotApply)
        /// The caller may not do this.
        public static let forbidden = Self(.forbidden)
        /// The plugin did not pass its handshake.
        public static let handshakeFailed = Self(.handshakeFailed)
        /// The idempotency key was used with another body.
        public static let idempotencyKeyReused = Self(.idempotencyKeyReused)
        /// A defect of the host.
        public static let internalError = Self(.internalError)
        /// The body is not UTF-8.
        public static let invalidEncoding = Self(.invalidEncoding)
        /// The body is not JSON, has duplicate keys or is too deep.
        public static let invalidJSON = Self(.invalidJSON)
        /// A query parameter, header or part of the path is not of its form.
        public static let invalidParameter = Self(.invalidParameter)
        /// The result would exceed a limit of documents.
        public static let limitExceeded = Self(.limitExceeded)
        /// The path does not know this method.
        public static let methodNotAllowed = Self(.methodNotAllowed)
        /// Another plugin, document or block has the name or id.
        public static let nameTaken = Self(.nameTaken)
        /// The exchange has ended without its answer being deferred.
        public static let notDeferred = Self(.notDeferred)
        /// There is no such thing.
        public static let notFound = Self(.notFound)
        /// Too much is waiting already.
        public static let overloaded = Self(.overloaded)
        /// A plugin that must answer did not, so the change was refused; `refusal` says what it did.
        public static let pluginFailed = Self(.pluginFailed)
        /// The plugin's URL may not be called.
        public static let pluginURLRefused = Self(.pluginURLRefused)
        /// An `expect` of a command does not hold.
        public static let preconditionFailed = Self(.preconditionFailed)
        /// The first request with this idempotency key has not ended.
        public static let requestInFlight = Self(.requestInFlight)
        /// `If-Match` or `expectRevision` names another revision than the latest.
        public static let revisionMismatch = Self(.revisionMismatch)
        /// The body does not satisfy its schema; `violations` has the list.
        public static let schemaViolation = Self(.schemaViolation)
        /// The host is stopping.
        public static let shuttingDown = Self(.shuttingDown)
        /// The database takes no writes.
        public static let storeUnavailable = Self(.storeUnavailable)
        /// No valid token.
        public static let unauthenticated = Self(.unauthenticated)
        /// There is no such command.
        public static let unknownCommand = Self(.unknownCommand)
        /// The body is of another type than JSON.
        public static let unsupportedMediaType = Self(.unsupportedMediaType)

        /// All codes, by name.
        public static var allCases: [Code] { Name.allCases.map(Code.init) }

        /// The stable name, such as `does-not-apply`.
        public var description: String { name.rawValue }
    }

    /// One word of a plugin that denied a change.
    public struct Reason: Sendable {
        /// The plugin that said so.
        public var plugin: String
        /// Where in the document; absent if the whole is meant.
        public var pointer: String?
        /// Why, in the plugin's words.
        public var message: String
        /// Commands that would make the change acceptable.
        public var suggest: [Command]

        /// Makes a reason.
        public init(plugin: String, pointer: String?, message: String, suggest: [Command]) {
            self.plugin = plugin
            self.pointer = pointer
            self.message = message
            self.suggest = suggest
        }
    }

    /// What went wrong.
    public var code: Code
    /// One or two sentences: what, where, the limit and the actual value.
    public var message: String
    /// What to do about it, where there is something.
    public var hint: String?
    /// Where in the request's body.
    public var pointer: JSONPointer?
    /// Which of the request's commands, from 0.
    public var commandIndex: Int?
    /// The rule that was broken, such as `maxItems` or `expect`.
    public var rule: String?
    /// The rule's limit.
    public var limit: JSON?
    /// What was found instead.
    public var actual: JSON?
    /// All breaches of a schema.
    public var violations: [SchemaViolation]
    /// The plugin concerned, by name.
    public var plugin: String?
    /// The exchange concerned.
    public var exchange: ExchangeID?
    /// What the plugin did wrong.
    public var refusal: Refusal?
    /// Why plugins denied the change.
    public var reasons: [Reason]
    /// The latest revision, where the caller named another.
    public var currentRevision: Int?
    /// Exchanges that a refused change waited for; no part of what the caller is told of the error itself.
    public var waitedFor: [ExchangeRecord]

    /// Makes an error; everything but code and message is set afterwards where it helps.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.violations = []
        self.reasons = []
        self.waitedFor = []
    }

    /// Code and message.
    public var description: String { "\(code): \(message)" }
}

extension HostError {
    /// That a list did not give this cursor.
    public static func badCursor(_ cursor: String) -> HostError {
        var error = HostError(
            .invalidParameter,
            "the cursor is not one that this list gave",
            hint: "pass `nextCursor` of the page before, unchanged"
        )
        error.rule = "cursor"
        error.actual = .string(String(cursor.prefix(64)))
        return error
    }
}

extension HostError {
    /// An error of a command, as the caller who sent it should see it.
    public init(_ error: CommandError) {
        let code: Code =
            switch error.kind {
            case .invalid, .readOnly: .schemaViolation
            case .unknownCommand: .unknownCommand
            case .doesNotApply: .doesNotApply
            case .preconditionFailed: .preconditionFailed
            case .conflict: .conflict
            case .limit: .limitExceeded
            }
        self.init(code, error.message, hint: error.hint)
        commandIndex = error.commandIndex
        pointer = error.pointer
        rule = error.rule
        limit = error.limit
        actual = error.actual
    }
}
