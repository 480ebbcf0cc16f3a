/// A request's path and query as received, and the parameters in it that can belong to a proof.
struct ProofTarget {
    /// Names of the query parameters of proofs.
    enum Parameter: String, CaseIterable {
        case accessToken = "access_token"
        case client = "client_id"
        case user
        case timestamp
        case nonce
        case signature
    }

    /// The path as received.
    let path: [UInt8]
    /// The query as received, but for an access token; nil without one.
    let query: [UInt8]?
    /// Whether ``Parameter/signature`` is the last thing in the target, in plain letters.
    let endsInSignature: Bool
    private let bytes: [UInt8]
    private let signatureStart: Int?
    private let values: [(name: Parameter, value: String)]

    /// - Returns: nil if the target does not begin with a slash, or has spaces, a fragment or bytes outside ASCII.
    init?(_ text: String) {
        bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "/"),
            bytes.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") })
        else { return nil }
        guard let mark = bytes.firstIndex(of: UInt8(ascii: "?")) else {
            (path, query, endsInSignature, signatureStart, values) = (bytes, nil, false, nil, [])
            return
        }
        path = Array(bytes[..<mark])
        let pairs = bytes[(mark + 1)...].split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
        var values: [(name: Parameter, value: String)] = []
        var kept: [ArraySlice<UInt8>] = []
        for pair in pairs {
            let equals = pair.firstIndex(of: UInt8(ascii: "="))
            let name = Self.decoded(pair[..<(equals ?? pair.endIndex)]).flatMap(Parameter.init(rawValue:))
            if let name {
                // What cannot be decoded is as good as empty: no carrier takes an empty value.
                let value = equals.flatMap { Self.decoded(pair[($0 + 1)...]) } ?? ""
                values.append((name, value))
            }
            if name != .accessToken { kept.append(pair) }
        }
        self.values = values
        query = kept.isEmpty ? nil : Array(kept.joined(separator: [UInt8(ascii: "&")]))
        let last = pairs.last ?? []
        endsInSignature = last.starts(with: "\(Parameter.signature.rawValue)=".utf8)
        signatureStart = endsInSignature ? last.startIndex - 1 : nil
    }

    /// The values of a parameter, in the order they came in.
    func values(of name: Parameter) -> [String] { values.filter { $0.name == name }.map(\.value) }

    /// What signed headers cover: path and query without an access token.
    var withoutToken: [UInt8] { query.map { path + [UInt8(ascii: "?")] + $0 } ?? path }

    /// What the signature of a pre-signed URL covers: all before `&signature=`.
    var beforeSignature: [UInt8] { Array(bytes[..<(signatureStart ?? bytes.endIndex)]) }

    /// Source: the URL standard's `application/x-www-form-urlencoded`, but that malformed escapes are refused.
    private static func decoded(_ raw: ArraySlice<UInt8>) -> String? {
        var text: [UInt8] = []
        text.reserveCapacity(raw.count)
        var rest = raw
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): text.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(ProofURL.hexValue),
                    let low = rest.popFirst().flatMap(ProofURL.hexValue)
                else { return nil }
                text.append(high << 4 | low)
            default: text.append(byte)
            }
        }
        return String(validating: text, as: UTF8.self)
    }
}
