import PluginProtocol
import Testing

struct WebhookSecretTests {
    @Test func generatedSecretsDifferAndReadBack() throws {
        let secret = WebhookSecret.generate()
        #expect(secret.text.hasPrefix("whsec_"))
        #expect(secret.text.utf8.count == 6 + 44)
        #expect(try WebhookSecret(parsing: secret.text) == secret)
        #expect(WebhookSecret.generate() != secret)
    }

    @Test func descriptionKeepsTheKeyToItself() throws {
        let secret = WebhookSecret.generate()
        #expect("\(secret)" == "whsec_…")
    }

    @Test(arguments: [
        ("", WebhookSecretError.missingPrefix),
        ("whsec-MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", .missingPrefix),
        (" whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", .missingPrefix),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", .notBase64),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS_", .notBase64),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", .notBase64),
        ("whsec_=MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", .notBase64),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAB==", .notBase64),
        ("whsec_MfKQ9r8GKYqrTwjU", .wrongLength(12)),
        ("whsec_", .wrongLength(0)),
        ("whsec_" + String(repeating: "AAAA", count: 22), .wrongLength(66)),
    ])
    func parsingRefuses(text: String, expected: WebhookSecretError) {
        #expect(throws: expected) { try WebhookSecret(parsing: text) }
    }

    @Test(arguments: [24, 25, 26, 32, 64])
    func everyPermittedLengthReadsBack(bytes: Int) throws {
        let digits = bytes % 3 == 0 ? "" : bytes % 3 == 1 ? "AA==" : "AAA="
        let text = "whsec_" + String(repeating: "QUJD", count: bytes / 3) + digits
        #expect(try WebhookSecret(parsing: text).text == text)
    }
}
