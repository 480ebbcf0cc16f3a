import Crypto
import DocumentModel
import HTTPTypes
import JSONSchema
import PluginHost

/// `Idempotency-Key`: a repeat of a write gets the first one's answer.
enum Idempotency {
    /// Makes the answer to keep, in the transaction of the change itself.
    typealias Rendering = @Sendable (ChangeResult) -> (status: Int, body: [UInt8])

    /// The key that a call brings, if it brings one.
    ///
    /// - Throws: ``HostError`` of code `invalid-parameter` unless it has 1 to 255 printable ASCII characters.
    static func key(of call: Call, _: APIClient) throws -> String? {
        guard let key = call.headers.idempotencyKey else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw HostError.invalidParameter("Idempotency-Key", "must have 1 to 255 printable ASCII characters")
        }
        return key
    }

    /// The key with what it was sent with: a repeat must have the same method, path and body.
    static func request(_ key: String, _ call: Call, _ client: APIClient) -> ChangeRequest.Idempotency {
        var hash = SHA256()
        var head = "\(call.method.rawValue) \(call.path)\n"
        head.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        call.bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return ChangeRequest.Idempotency(client: client.id, key: key, digest: Array(hash.finalize()))
    }

    /// The answer given before, once more.
    ///
    /// Only status and body are kept, so `ETag` and `Location` are made again from the body.
    ///
    /// - Parameters:
    ///   - answer: as it was kept.
    ///   - document: finds the document in the body.
    /// - Returns: the same status and body as the first time.
    static func reply(_ answer: IdempotentAnswer, document: (JSON) -> JSON?) -> Reply {
        let status = HTTPResponse.Status(code: answer.status)
        var reply = Reply(status: status, json: answer.body)
        reply.headers.append(HTTPField(name: .idempotencyReplayed, value: "true"))
        if let body = try? JSON(parsing: answer.body), let document = document(body) {
            reply.revision = document["revision"]?.intValue
            if status == .created, let id = document["id"]?.stringValue.flatMap({ DocumentID(parsing: $0) }) {
                reply.headers.append(HTTPField(name: .location, value: "/v1/documents/\(id)"))
            }
        }
        return reply
    }
}
