internal import Crypto
public import DocumentModel

/// Signs requests to plugins and checks such signatures.
///
/// A signature is `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, the timestamp in
/// whole seconds since 1970.
///
/// Source: Standard Webhooks 1.0.0, "Signature scheme".
public enum WebhookSignature {
    /// Names of the headers that a signed request carries, in lower case.
    public enum HeaderName {
        /// Holds the exchange's id.
        public static let id = "webhook-id"
        /// Holds the seconds since 1970 when the request was signed.
        public static let timestamp = "webhook-timestamp"
        /// Holds one or more signatures, with a space between.
        public static let signature = "webhook-signature"
        /// Holds the milliseconds that the plugin has for its answer; not part of what is signed.
        public static let budget = "pluginhost-budget-ms"

        /// Those that the signature is made of.
        public static let signed = [id, timestamp, signature]
    }

    /// Signs with one secret.
    ///
    /// - Parameters:
    ///   - id: the `webhook-id`; must not contain a full stop.
    ///   - timestamp: the `webhook-timestamp`, seconds since 1970.
    ///   - body: the bytes as they are sent.
    ///   - secret: the key both sides know.
    /// - Returns: `v1,` and 44 letters of base64.
    public static func sign(id: String, timestamp: Int64, body: [UInt8], secret: WebhookSecret) -> String {
        sign(id: id, timestamp: timestamp, body: body, secrets: [secret])
    }

    /// Signs with several secrets, as while one replaces the other.
    ///
    /// - Parameters:
    ///   - id: the `webhook-id`; must not contain a full stop.
    ///   - timestamp: the `webhook-timestamp`, seconds since 1970.
    ///   - body: the bytes as they are sent.
    ///   - secrets: the keys, newest first.
    /// - Returns: one signature a secret, in order, with exactly one space between.
    public static func sign(id: String, timestamp: Int64, body: [UInt8], secrets: [WebhookSecret]) -> String {
        let head = signedHead(id: id, timestamp: timestamp)
        var text: [UInt8] = []
        text.reserveCapacity(48 * secrets.count)
        for secret in secrets {
            if !text.isEmpty { text.append(UInt8(ascii: " ")) }
            text.append(contentsOf: version)
            code(head: head, body: body, secret: secret).withUnsafeBytes { Base64.append($0, to: &text) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Checks the signature of a request that came in.
    ///
    /// It is genuine if any `v1` signature fits any of the secrets; signatures of other versions are
    /// passed over. The comparison takes the same time wherever the codes differ.
    ///
    /// - Parameters:
    ///   - id: the `webhook-id` header, nil if there is none.
    ///   - timestamp: the `webhook-timestamp` header, nil if there is none.
    ///   - signature: the `webhook-signature` header, nil if there is none.
    ///   - body: the bytes as they came.
    ///   - secrets: the keys that may have signed.
    ///   - now: the time to judge the timestamp by.
    ///   - tolerance: how far the timestamp may lie in the past or in the future.
    /// - Throws: ``WebhookSignatureError``.
    public static func verify(
        id: String?,
        timestamp: String?,
        signature: String?,
        body: [UInt8],
        secrets: [WebhookSecret],
        now: Timestamp,
        tolerance: Duration = Limits.default.signatureTolerance
    ) throws(WebhookSignatureError) {
        guard let id else { throw .missingHeader(HeaderName.id) }
        guard let timestamp else { throw .missingHeader(HeaderName.timestamp) }
        guard let signature else { throw .missingHeader(HeaderName.signature) }
        // Int64's parser takes a sign and leading zeros, which the signed text would not repeat.
        guard let seconds = Int64(timestamp), String(seconds) == timestamp else { throw .malformedTimestamp }
        let age = Duration.milliseconds(now.millisecondsSince1970) - .seconds(seconds)
        guard age <= tolerance else { throw .tooOld(age: age, tolerance: tolerance) }
        guard age >= .zero - tolerance else { throw .inTheFuture(by: .zero - age, tolerance: tolerance) }

        let claims = signature.utf8.split(separator: UInt8(ascii: " "), maxSplits: claimLimit)
            .prefix(claimLimit)
            .filter { $0.starts(with: version) }
            .compactMap { Base64.decode($0.dropFirst(version.count)) }
        let head = signedHead(id: id, timestamp: seconds)
        for secret in secrets {
            let code = code(head: head, body: body, secret: secret)
            for claim in claims where code.withUnsafeBytes({ equal($0, claim) }) { return }
        }
        throw .notGenuine
    }

    private static let version = Array("v1,".utf8)

    /// More signatures than this in one header are not looked at: rotation needs two.
    private static let claimLimit = 16

    private static func signedHead(id: String, timestamp: Int64) -> [UInt8] {
        var head: [UInt8] = []
        head.reserveCapacity(64)
        head.append(contentsOf: id.utf8)
        head.append(UInt8(ascii: "."))
        head.append(contentsOf: String(timestamp).utf8)
        head.append(UInt8(ascii: "."))
        return head
    }

    private static func code(
        head: [UInt8],
        body: [UInt8],
        secret: WebhookSecret
    ) -> HMAC<SHA256>.MAC {
        var hmac = secret.code
        hmac.update(data: head)
        hmac.update(data: body)
        return hmac.finalize()
    }

    private static func equal(_ code: UnsafeRawBufferPointer, _ claim: [UInt8]) -> Bool {
        guard code.count == claim.count else { return false }
        var difference: UInt8 = 0
        for index in claim.indices { difference |= code[index] ^ claim[index] }
        return difference == 0
    }
}

/// Why a request is not taken for genuine.
///
/// `Sendable`; safe to log.
public enum WebhookSignatureError: Error, Sendable, Hashable, CustomStringConvertible {
    /// This header is missing.
    case missingHeader(String)
    /// The timestamp is not a whole number of seconds.
    case malformedTimestamp
    /// The request was signed this long ago.
    case tooOld(age: Duration, tolerance: Duration)
    /// The request claims to be signed this far in the future.
    case inTheFuture(by: Duration, tolerance: Duration)
    /// No signature fits any secret.
    case notGenuine

    /// What was wrong, with the limit and the actual value.
    public var description: String {
        switch self {
        case .missingHeader(let name): "the \(name) header is missing"
        case .malformedTimestamp: "the webhook-timestamp header is not a whole number of seconds since 1970"
        case .tooOld(let age, let tolerance): "the request was signed \(age) ago; at most \(tolerance) are allowed"
        case .inTheFuture(let lead, let tolerance):
            "the request is dated \(lead) in the future; at most \(tolerance) are allowed"
        case .notGenuine: "no signature fits the secret"
        }
    }
}
