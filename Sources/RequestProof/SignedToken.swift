internal import JSONSchema

/// A JWT in compact form, taken apart; what it says counts only once its signature holds.
///
/// Source: RFC 7515, sections 3.1 and 5.2; RFC 8725.
struct SignedToken {
    /// Room for an RSA key in the header, its signature, and claims.
    static let limitBytes = 8192

    let header: JSON
    let claims: JSON
    let algorithm: ProofKey.Algorithm
    private let signedBytes: [UInt8]
    private let signature: [UInt8]

    /// - Throws: what is wrong, as the end of a sentence that begins with the token's name.
    init(parsing text: String) throws(Fault) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.limitBytes else {
            throw Fault("has \(bytes.count) bytes, at most \(Self.limitBytes) are taken")
        }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw Fault("is not three parts with full stops between") }
        guard let header = Self.object(parts[0]) else {
            throw Fault("has a header that is no JSON object in base64url")
        }
        guard let claims = Self.object(parts[1]) else { throw Fault("has claims that are no JSON object in base64url") }
        guard let signature = Base64.decode(url: parts[2]) else { throw Fault("has a signature that is not base64url") }
        guard header["crit"] == nil else { throw Fault("has \"crit\" in its header; no extension is supported") }
        guard let algorithm = header["alg"]?.stringValue.flatMap(ProofKey.Algorithm.init(named:)) else {
            throw Fault("is not signed by one of ES256, RS256 and EdDSA")
        }
        self.header = header
        self.claims = claims
        self.algorithm = algorithm
        self.signature = signature
        signedBytes = Array(bytes[..<(parts[2].startIndex - 1)])
    }

    /// Why a text is no token that can be checked.
    struct Fault: Error {
        let text: String

        init(_ text: String) { self.text = text }
    }

    /// The media type that a token's header gives it, in lower case; nil if it gives none or the text is no JWT.
    ///
    /// Source: RFC 7515, section 4.1.9: `application/` may be left out.
    static func type(of text: String) -> String? {
        let bytes = text.utf8
        guard bytes.count <= limitBytes, let end = bytes.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        return object(bytes[..<end]).flatMap(type(in:))
    }

    var type: String? { Self.type(in: header) }

    func isSigned(by key: ProofKey) -> Bool {
        key.algorithm == algorithm && key.hasSigned(signedBytes, signature)
    }

    /// A claim in whole seconds since 1970; nil if it is missing or anything else.
    func seconds(_ name: String) -> Int64? {
        guard let seconds = claims[name]?.intValue.map(Int64.init), (0...ProofWindow.latest).contains(seconds) else {
            return nil
        }
        return seconds
    }

    private static func type(in header: JSON) -> String? {
        guard let type = header["typ"]?.stringValue?.lowercased() else { return nil }
        let prefix = "application/"
        return type.hasPrefix(prefix) ? String(type.dropFirst(prefix.count)) : type
    }

    private static func object(_ part: some Collection<UInt8>) -> JSON? {
        guard let bytes = Base64.decode(url: part), let value = try? JSON(parsing: bytes, limits: limits),
            value.objectValue != nil
        else { return nil }
        return value
    }

    private static let limits = JSONLimits(depth: 8, sizeBytes: limitBytes)
}
