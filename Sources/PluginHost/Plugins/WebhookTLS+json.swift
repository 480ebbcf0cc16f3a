public import JSONSchema
import PluginProtocol

extension WebhookTLS {
    /// Reads what a registration says of TLS; its form was checked against the schema.
    ///
    /// - Parameter json: `{"authorities"?, "certificate"?, "key"?}`, each text in PEM form.
    /// - Returns: nil if nothing is said.
    /// - Throws: ``HostError`` of code `schema-violation` when a text is not what its name says.
    public static func read(_ json: JSON) throws(HostError) -> WebhookTLS? {
        let tls = WebhookTLS(
            authorities: try pem("authorities", "CERTIFICATE", in: json),
            certificate: try pem("certificate", "CERTIFICATE", in: json),
            key: try pem("key", "PRIVATE KEY", in: json)
        )
        guard (tls.certificate == nil) == (tls.key == nil) else {
            throw HostError.schema("tls", "a certificate and its key must be given together")
        }
        return tls == WebhookTLS() ? nil : tls
    }

    /// Writes the settings; the key only for those who keep it.
    public func write(into writer: inout JSONWriter, withKey: Bool) {
        writer.beginObject()
        for (name, bytes) in [("authorities", authorities), ("certificate", certificate), ("key", withKey ? key : nil)]
        {
            guard let bytes else { continue }
            writer.key(name)
            writer.string(String(decoding: bytes, as: UTF8.self))
        }
        writer.endObject()
    }

    private static func pem(_ name: String, _ label: String, in json: JSON) throws(HostError) -> [UInt8]? {
        guard let text = json[name]?.stringValue else { return nil }
        let lines = text.split { $0.isNewline }
        // "RSA PRIVATE KEY" and "EC PRIVATE KEY" are older forms of the same; one with a passphrase is of no use here.
        let isThere = lines.contains { $0.hasPrefix("-----BEGIN ") && $0.hasSuffix("\(label)-----") }
        guard isThere, !text.contains("ENCRYPTED") else {
            var error = HostError(
                .schemaViolation,
                "/tls/\(name): expected PEM text with \"-----BEGIN \(label)-----\", not encrypted by a passphrase"
            )
            error.pointer = JSONPointer(tokens: ["tls", name])
            error.rule = "pem"
            throw error
        }
        return Array(text.utf8)
    }
}
