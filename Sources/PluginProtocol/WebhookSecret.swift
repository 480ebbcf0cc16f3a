internal import Crypto

/// The key that host and plugin share to sign requests.
///
/// Shape: `whsec_` and the base64 of 24 to 64 random bytes. `Sendable`. Its description never shows
/// the key, so it may be logged; ``text`` must not be.
///
/// Source: Standard Webhooks 1.0.0, "Signature scheme".
public struct WebhookSecret: Sendable, Hashable, CustomStringConvertible {
    /// What every secret's text starts with.
    public static let prefix = "whsec_"

    /// How many bytes a key may have.
    public static let keyBytes = 24...64

    /// The whole secret as host and plugin exchange it, `whsec_…`.
    public let text: String

    private let key: SymmetricKey

    /// Takes in what is signed.
    ///
    /// A copy of it costs a third of what setting the key up anew does.
    let code: HMAC<SHA256>

    /// Makes a secret of 32 random bytes from the system's generator.
    public static func generate() -> WebhookSecret {
        WebhookSecret(unchecked: SymmetricKey(size: .bits256))
    }

    /// Reads a secret.
    ///
    /// - Parameter text: `whsec_` and canonical base64 of 24 to 64 bytes; no spaces around it.
    /// - Throws: ``WebhookSecretError``, which does not repeat the secret.
    public init(parsing text: some StringProtocol) throws(WebhookSecretError) {
        guard text.hasPrefix(Self.prefix) else { throw .missingPrefix }
        guard let bytes = Base64.decode(text.utf8.dropFirst(Self.prefix.utf8.count)) else { throw .notBase64 }
        guard Self.keyBytes.contains(bytes.count) else { throw .wrongLength(bytes.count) }
        self.init(unchecked: SymmetricKey(data: bytes))
    }

    private init(unchecked key: SymmetricKey) {
        var letters = Array(Self.prefix.utf8)
        key.withUnsafeBytes { Base64.append($0, to: &letters) }
        self.key = key
        code = HMAC(key: key)
        text = String(decoding: letters, as: UTF8.self)
    }

    /// Tells secrets apart without showing them: the first 12 hexadecimal digits of SHA-256 over ``text``.
    ///
    /// `printf %s "$SECRET" | sha256sum | cut -c1-12` gives the same.
    public var fingerprint: String {
        var digits: [UInt8] = []
        for byte in SHA256.hash(data: Array(text.utf8)).prefix(6) {
            for nibble in [byte >> 4, byte & 15] { digits.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble) }
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// Whether both hold the same key; takes the same time wherever they differ.
    public static func == (left: WebhookSecret, right: WebhookSecret) -> Bool {
        left.key == right.key
    }

    /// Hashes the key.
    public func hash(into hasher: inout Hasher) {
        key.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// Says what it is, without the key.
    public var description: String { "\(Self.prefix)…" }
}

/// Why a text is no webhook secret.
///
/// `Sendable`; safe to log, the secret is not repeated.
public enum WebhookSecretError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It does not start with `whsec_`.
    case missingPrefix
    /// What follows the prefix is not canonical base64 with padding.
    case notBase64
    /// The key has this many bytes, which is not 24 to 64.
    case wrongLength(Int)

    /// What was wrong, with the limit and the actual value.
    public var description: String {
        switch self {
        case .missingPrefix: "a webhook secret starts with \"\(WebhookSecret.prefix)\""
        case .notBase64: "what follows \"\(WebhookSecret.prefix)\" is not base64 with padding"
        case .wrongLength(let bytes):
            "a webhook secret's key has \(WebhookSecret.keyBytes.lowerBound) to "
                + "\(WebhookSecret.keyBytes.upperBound) bytes, found \(bytes)"
        }
    }
}
