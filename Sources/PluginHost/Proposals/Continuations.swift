import Crypto
import DocumentModel
import PluginProtocol

/// Makes and checks the URLs at which plugins give answers later.
///
/// A URL is good for one exchange and nothing else: it ends in a keyed digest of the exchange's id, so that offering one
/// costs no row, and only exchanges that are really deferred are kept. `Sendable`.
struct Continuations: Sendable {
    /// How many characters the secret part of a URL has: 128 bits in hexadecimal.
    private static let tokenLength = 32

    private let key: SymmetricKey
    private let prefix: String
    private let time: Duration

    /// `publicURL` is without a slash at the end; `time` is how long an answer may take.
    init(key: [UInt8], publicURL: String, time: Duration) {
        self.key = SymmetricKey(data: key)
        self.prefix = publicURL + "/continuations/"
        self.time = time
    }

    /// What the request of an exchange says about answering later.
    func offer(_ record: ExchangeRecord) -> PluginRequest.Continuation {
        PluginRequest.Continuation(
            url: "\(prefix)\(record.id)/\(token(of: record.id))",
            expires: expiry(of: record)
        )
    }

    /// From when on no late answer is taken: counted from the exchange's beginning, so that it need not be kept.
    func expiry(of record: ExchangeRecord) -> Timestamp {
        Timestamp(millisecondsSince1970: record.time.millisecondsSince1970 + Int64(time.wholeMilliseconds))
    }

    /// Whether the host made a URL that ends so; takes the same time whatever is wrong.
    func isGenuine(_ token: String, of exchange: ExchangeID) -> Bool {
        let (given, wanted) = (Array(token.utf8), Array(self.token(of: exchange).utf8))
        guard given.count == wanted.count else { return false }
        return zip(given, wanted).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private func token(of exchange: ExchangeID) -> String {
        let code = withUnsafeBytes(of: (exchange.high.bigEndian, exchange.low.bigEndian)) { id in
            HMAC<SHA256>.authenticationCode(for: id, using: key)
        }
        return String(unsafeUninitializedCapacity: Self.tokenLength) { text in
            for (index, byte) in code.prefix(Self.tokenLength / 2).enumerated() {
                text[index * 2] = Self.digit(byte >> 4)
                text[index * 2 + 1] = Self.digit(byte & 15)
            }
            return Self.tokenLength
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
    }
}
