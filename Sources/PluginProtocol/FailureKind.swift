/// Why an exchange failed or its answer was refused: one row of the protocol's failure table.
///
/// Shape: the raw value is the wire name, stable, in kebab-case (`"headers-late"`). `Sendable`.
public enum FailureKind: String, Sendable, Hashable, CaseIterable {
    /// The URL led to an address that the host does not call.
    case addressRefused = "address-refused"
    /// The host name did not resolve.
    case dns
    /// Nobody listens at the address.
    case connectRefused = "connect-refused"
    /// The connection was not made in time.
    case connectTimeout = "connect-timeout"
    /// The TLS handshake or the check of the certificate failed.
    case tls
    /// The connection broke after the request had gone out, before a whole answer was there.
    case sentButReset = "sent-but-reset"
    /// No answer's head came in time.
    case headersLate = "headers-late"
    /// The answer's head came in time, its body did not.
    case bodyLate = "body-late"
    /// The answer, or one string of it, is over its limit.
    case tooLarge = "too-large"
    /// A redirect; the host does not follow any.
    case redirect = "3xx"
    /// The plugin answered that the request was wrong.
    case clientError = "4xx"
    /// The plugin answered that it failed itself, or with no valid status at all.
    case serverError = "5xx"
    /// The answer is not declared as JSON in UTF-8.
    case wrongContentType = "wrong-content-type"
    /// The answer's bytes are not UTF-8.
    case badEncoding = "bad-encoding"
    /// The answer is not one JSON text.
    case notJSON = "not-json"
    /// An object of the answer names a member twice.
    case duplicateKeys = "duplicate-keys"
    /// The answer nests deeper than allowed.
    case tooDeep = "too-deep"
    /// What the plugin would have been sent is over the request limit; nothing was sent.
    case requestTooLarge = "request-too-large"
    /// The answer does not speak a version of this protocol that the host knows.
    case wrongProtocol = "wrong-protocol"
    /// The answer breaks the response schema.
    case schema
    /// The answer holds a command whose `op` nobody knows.
    case unknownCommand = "unknown-command"
    /// The answer asks for what the plugin was not granted.
    case notGranted = "not-granted"
    /// An `expect` of a command did not hold.
    case preconditionFailed = "precondition-failed"
    /// The document moved on meanwhile, and the commands could not be moved along.
    case conflict
    /// A command names what is not there, or is not allowed where it points.
    case doesNotApply = "does-not-apply"
    /// The document would break the schema of its type.
    case documentTypeViolated = "document-type-violated"
    /// Too many exchanges of this plugin are waiting already; nothing was sent.
    case overloaded
    /// The plugin failed so often lately that it is not asked for a while; nothing was sent.
    case breakerOpen = "breaker-open"
    /// The time for the whole change was used up before this plugin's turn, or within it.
    case budgetSpent = "budget-spent"

    /// Whether the plugin's circuit breaker counts this failure.
    ///
    /// True of transport, HTTP and answers that cannot be read; false where the plugin is not to
    /// blame (conflict, precondition, budget, load) or was understood and refused.
    public var countsForBreaker: Bool {
        switch self {
        case .dns, .connectRefused, .connectTimeout, .tls, .sentButReset, .headersLate, .bodyLate, .tooLarge, .redirect,
            .clientError, .serverError, .wrongContentType, .badEncoding, .notJSON, .duplicateKeys, .tooDeep,
            .wrongProtocol, .schema, .unknownCommand:
            true
        case .addressRefused, .requestTooLarge, .notGranted, .preconditionFailed, .conflict, .doesNotApply,
            .documentTypeViolated, .overloaded, .breakerOpen, .budgetSpent:
            false
        }
    }
}
