import PluginHost

/// What each stable error code means over HTTP, in one place.
///
/// `docs/errors.md` shows the same rows; a test compares both with `HostError.Code.allCases`. `Sendable`.
struct ErrorTable: Sendable {
    /// One code as callers see it.
    struct Row: Sendable {
        /// The stable code, such as `does-not-apply`.
        let code: HostError.Code
        /// HTTP status.
        let status: Int
        /// The kind of problem in a few words; the same for every occurrence (RFC 9457, section 3.1.3).
        let title: String
        /// What a caller can do about it.
        let advice: String
        /// Seconds for `Retry-After`, where trying again later helps.
        let retryAfterSeconds: Int?
    }

    /// All rows, by code.
    static let rows: [Row] = [
        row(.alreadyAnswered, 409, "Already answered", "Nothing is left to do: the exchange has its answer."),
        row(.alreadyDecided, 409, "Already decided", "Read the proposal: someone accepted or declined it before."),
        row(
            .answerRefused,
            422,
            "Answer refused",
            "See `refusal`, which is as in an exchange; correct the answer and post it again, five times at most."
        ),
        row(.bodyTooLarge, 413, "Body too large", "Send less; `limit` and `actual` are in bytes."),
        row(
            .conflict,
            409,
            "Conflict with a later change",
            "Read the document again, make the commands anew on its latest revision, and send them."
        ),
        row(
            .continuationExpired,
            410,
            "Continuation expired",
            "Nothing comes of this exchange any more; answer earlier, within 15 minutes of the request."
        ),
        row(
            .continuationSpent,
            410,
            "Continuation spent",
            "Nothing comes of this exchange any more: five answers were refused. See them in the audit trail."
        ),
        row(
            .deniedByPlugin,
            422,
            "Denied by a plugin",
            "See `reasons`; a reason's `suggest` holds commands that would help."
        ),
        row(
            .documentTypeViolated,
            422,
            "Document type violated",
            "Change the commands so that the document satisfies its type's schema; see `violations`."
        ),
        row(
            .doesNotApply,
            422,
            "Command does not apply",
            "Read the document again: what the command at `commandIndex` addresses is not there."
        ),
        row(.forbidden, 403, "Forbidden", "Ask an administrator for the permission named in `detail`."),
        row(
            .handshakeFailed,
            422,
            "Handshake failed",
            "Look at the exchange named in `exchange`; correct the plugin, or register it with `\"handshake\": \"skip\"` and a manifest."
        ),
        row(
            .idempotencyKeyReused,
            422,
            "Idempotency key reused",
            "Use a new `Idempotency-Key` for every new request; the same key only to repeat a request unchanged."
        ),
        row(
            .internalError,
            500,
            "Internal error",
            "A defect of the host. Report it with the `x-request-id` of the answer; the log has the cause under that id."
        ),
        row(.invalidEncoding, 400, "Body is not UTF-8", "Encode the body in UTF-8, without a byte order mark."),
        row(
            .invalidJSON,
            400,
            "Body is not valid JSON",
            "Correct the place named in `detail`; names in an object must be unique."
        ),
        row(
            .invalidParameter,
            400,
            "Invalid parameter",
            "Correct the query parameter, header or part of the path that `detail` names."
        ),
        row(.limitExceeded, 422, "Limit exceeded", "Stay below `limit`; `GET /v1/limits` lists all limits."),
        row(.methodNotAllowed, 405, "Method not allowed", "Use one of the methods in the header `Allow`."),
        row(.nameTaken, 409, "Name taken", "Choose another name or id, or change what has it already."),
        row(
            .notDeferred,
            409,
            "Not deferred",
            "Answer the request with status 202 or `defer` within its time; only then post to its continuation."
        ),
        row(.notFound, 404, "Not found", "Check the path and the id; deleted things are not found either."),
        row(
            .overloaded,
            503,
            "Overloaded",
            "Wait as long as `Retry-After` says, then try again.",
            retryAfterSeconds: 1
        ),
        row(
            .pluginFailed,
            424,
            "A required plugin failed",
            "See `refusal` for what the plugin did; try again later, or ask an administrator to disable it."
        ),
        row(
            .pluginURLRefused,
            422,
            "Plugin URL refused",
            "Use a public address, or start the host with `--allow-address` for the address's range."
        ),
        row(
            .preconditionFailed,
            422,
            "Precondition failed",
            "Read the document again: an `expect` of the command at `commandIndex` does not hold."
        ),
        row(
            .requestInFlight,
            409,
            "Request in flight",
            "Another request about the same thing, or with this `Idempotency-Key`, has not ended; repeat it a little later.",
            retryAfterSeconds: 1
        ),
        row(
            .revisionMismatch,
            412,
            "Revision mismatch",
            "Read the document again; `currentRevision` is the latest. Or send `baseRevision`, which moves positions forward."
        ),
        row(
            .schemaViolation,
            422,
            "Body violates its schema",
            "Correct each of `violations`; `GET /v1/schemas/{name}` has the schema."
        ),
        row(
            .shuttingDown,
            503,
            "Shutting down",
            "Try again; the host is being stopped or restarted.",
            retryAfterSeconds: 2
        ),
        row(
            .storeUnavailable,
            503,
            "Store unavailable",
            "Nothing was written. Try again; an operator should look at the disk and the log.",
            retryAfterSeconds: 5
        ),
        row(
            .unauthenticated,
            401,
            "Unauthenticated",
            "Send `Authorization: Bearer TOKEN` with a token that the host knows."
        ),
        row(
            .unknownCommand,
            422,
            "Unknown command",
            "Use an `op` of `GET /v1/schemas/command`; `hint` has the nearest name."
        ),
        row(.unsupportedMediaType, 415, "Unsupported media type", "Send `Content-Type: application/json`."),
    ]

    /// The row of a code.
    static func row(for code: HostError.Code) -> Row { rowsByCode[code] ?? fallback }

    private static let rowsByCode = Dictionary(rows.map { ($0.code, $0) }) { first, _ in first }

    /// For a code that has no row yet; a test sees to it that there is none.
    private static let fallback = row(.internalError, 500, "Internal error", "Report it.")

    private static func row(
        _ code: HostError.Code,
        _ status: Int,
        _ title: String,
        _ advice: String,
        retryAfterSeconds: Int? = nil
    ) -> Row {
        Row(code: code, status: status, title: title, advice: advice, retryAfterSeconds: retryAfterSeconds)
    }
}
