internal import Crypto
internal import CryptoExtras
public import JSONSchema

/// A public key that proofs are signed with.
///
/// `Sendable`.
///
/// Source: RFC 7517, RFC 7518 section 6, RFC 8037 section 2.
public struct ProofKey: Sendable {
    /// How a key signs, by its name in a JWT's header.
    ///
    /// `Sendable`.
    public enum Algorithm: String, Sendable, Hashable, CaseIterable {
        /// ECDSA on P-256 with SHA-256.
        case es256 = "ES256"
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        case rs256 = "RS256"
        /// Ed25519.
        case edDSA = "EdDSA"
    }

    private enum Key: Sendable {
        case p256(P256.Signing.PublicKey)
        case rsa(_RSA.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    /// How many bits an RSA key may have; longer ones cost more time than a caller should be able to ask for.
    static let rsaBits = 2048...4096

    /// How it signs.
    public let algorithm: Algorithm
    /// What its owner calls it (`kid`); nil if nothing.
    public let id: String?
    /// The base64url of the SHA-256 of the key's required members, 43 letters.
    ///
    /// Source: RFC 7638, section 3.
    public let thumbprint: String
    private let key: Key

    /// Reads a public key.
    ///
    /// - Parameter jwk: a JWK of type EC on P-256, RSA of 2048 to 4096 bits, or OKP on Ed25519. Its numbers are in
    ///   their one shortest form, or for EC and OKP in their full length.
    /// - Throws: ``ProofKeyError``.
    public init(jwk: JSON) throws(ProofKeyError) {
        guard jwk.objectValue != nil else { throw .notAnObject }
        for name in Self.privateMembers where jwk[name] != nil { throw .holdsPrivateKey(member: name) }
        guard let type = jwk["kty"]?.stringValue else { throw .badMember("kty") }
        switch (type, jwk["crv"]?.stringValue) {
        case ("EC", "P-256"):
            let x = try Self.bytes("x", of: jwk, count: 32)
            let y = try Self.bytes("y", of: jwk, count: 32)
            guard let point = try? P256.Signing.PublicKey(rawRepresentation: x.bytes + y.bytes) else {
                throw .notAKey
            }
            (algorithm, key) = (.es256, .p256(point))
            thumbprint = Self.thumbprint(#"{"crv":"P-256","kty":"EC","x":"\#(x.text)","y":"\#(y.text)"}"#)
        case ("RSA", nil):
            let n = try Self.bytes("n", of: jwk)
            let e = try Self.bytes("e", of: jwk)
            guard n.bytes.first != 0, e.bytes.first != 0 else { throw .badMember(n.bytes.first == 0 ? "n" : "e") }
            let bits = n.bytes.count * 8 - (n.bytes.first?.leadingZeroBitCount ?? 0)
            guard Self.rsaBits.contains(bits) else { throw .wrongLength(bits: bits) }
            guard let modulus = try? _RSA.Signing.PublicKey(n: n.bytes, e: e.bytes) else { throw .notAKey }
            (algorithm, key) = (.rs256, .rsa(modulus))
            thumbprint = Self.thumbprint(#"{"e":"\#(e.text)","kty":"RSA","n":"\#(n.text)"}"#)
        case ("OKP", "Ed25519"):
            let x = try Self.bytes("x", of: jwk, count: 32)
            guard let point = try? Curve25519.Signing.PublicKey(rawRepresentation: x.bytes) else { throw .notAKey }
            (algorithm, key) = (.edDSA, .ed25519(point))
            thumbprint = Self.thumbprint(#"{"crv":"Ed25519","kty":"OKP","x":"\#(x.text)"}"#)
        default: throw .unknownKind
        }
        if let named = jwk["alg"] {
            guard named.stringValue.flatMap(Algorithm.init(named:)) == algorithm else { throw .badMember("alg") }
        }
        id = jwk["kid"]?.stringValue
    }

    /// Whether the key's owner has signed these bytes.
    func hasSigned(_ bytes: [UInt8], _ signature: [UInt8]) -> Bool {
        switch key {
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: bytes)
        case .rsa(let key):
            let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
            return key.isValidSignature(signature, for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5)
        case .ed25519(let key): return key.isValidSignature(signature, for: bytes)
        }
    }

    /// Members of private and of symmetric keys; RFC 9449, section 4.3, forbids them in a proof.
    private static let privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]

    private static func bytes(
        _ name: String,
        of jwk: JSON,
        count: Int? = nil
    ) throws(ProofKeyError) -> (text: String, bytes: [UInt8]) {
        guard let text = jwk[name]?.stringValue, let bytes = Base64.decode(url: text.utf8), !bytes.isEmpty,
            count == nil || bytes.count == count
        else { throw .badMember(name) }
        return (text, bytes)
    }

    private static func thumbprint(_ members: String) -> String {
        Base64.url(SHA256.hash(data: Array(members.utf8)))
    }
}

extension ProofKey.Algorithm {
    /// Reads a JWT's `alg`.
    ///
    /// - Parameter name: `Ed25519` is the name that RFC 9864 gives to the only `EdDSA` there is here.
    init?(named name: String) {
        self.init(rawValue: name == "Ed25519" ? "EdDSA" : name)
    }
}

/// Why a JWK is no key for proofs.
///
/// `Sendable`; safe to log, nothing of the key is repeated.
public enum ProofKeyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It is no JSON object.
    case notAnObject
    /// It has this member of private or symmetric keys.
    case holdsPrivateKey(member: String)
    /// Its type or curve is none of those supported.
    case unknownKind
    /// This member is missing, of a wrong form, or does not fit the others.
    case badMember(String)
    /// An RSA key of this many bits.
    case wrongLength(bits: Int)
    /// The numbers are of the right form but make no key.
    case notAKey

    /// What was wrong, with the limit and the actual value.
    public var description: String {
        switch self {
        case .notAnObject: "a JWK is a JSON object"
        case .holdsPrivateKey(let member): "the JWK has the member \(member), which belongs to a private key"
        case .unknownKind: "the JWK is none of EC on P-256, RSA, and OKP on Ed25519"
        case .badMember(let name): "the JWK's member \(name) is missing, malformed, or does not fit the others"
        case .wrongLength(let bits):
            "an RSA key has \(ProofKey.rsaBits.lowerBound) to \(ProofKey.rsaBits.upperBound) bits, found \(bits)"
        case .notAKey: "the JWK's numbers make no valid key"
        }
    }
}
