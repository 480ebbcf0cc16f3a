import DocumentModel
import JSONSchema
import PluginProtocol
import Testing

struct WebhookSignatureTests {
    static let vectors = (try? ProtocolFolder.json("test-vectors/signatures.json")) ?? [:]

    let secret: WebhookSecret
    let other = WebhookSecret.generate()
    let now = Timestamp(millisecondsSince1970: 1_614_265_330_000)

    init() throws {
        secret = try WebhookSecret(parsing: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    }

    /// The example that the libraries of Standard Webhooks test themselves with.
    @Test func signingGivesTheSignatureOfTheStandardsLibraries() {
        let signature = WebhookSignature.sign(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp: 1_614_265_330,
            body: Array(#"{"test": 2432232314}"#.utf8),
            secret: secret
        )
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test(arguments: vectors["sign"]?.arrayValue ?? [])
    func signingAgreesWithTheVectors(vector: JSON) throws {
        let secret = try WebhookSecret(parsing: vector["secret"]?.stringValue ?? "")
        let timestamp = try #require(Int64(vector["timestamp"]?.stringValue ?? ""))
        let signature = WebhookSignature.sign(
            id: vector["id"]?.stringValue ?? "",
            timestamp: timestamp,
            body: Array((vector["body"]?.stringValue ?? "").utf8),
            secret: secret
        )
        #expect(signature == vector["signature"]?.stringValue)
    }

    @Test(arguments: vectors["verify"]?.arrayValue ?? [])
    func verifyingAgreesWithTheVectors(vector: JSON) throws {
        let secret = try WebhookSecret(parsing: vector["secret"]?.stringValue ?? "")
        let now = Timestamp(millisecondsSince1970: Int64(vector["now"]?.intValue ?? 0) * 1000)
        let accepted: Bool
        do {
            try WebhookSignature.verify(
                id: vector["headers"]?["webhook-id"]?.stringValue,
                timestamp: vector["headers"]?["webhook-timestamp"]?.stringValue,
                signature: vector["headers"]?["webhook-signature"]?.stringValue,
                body: Array((vector["body"]?.stringValue ?? "").utf8),
                secrets: [secret],
                now: now
            )
            accepted = true
        } catch {
            accepted = false
        }
        #expect(accepted == vector["accept"]?.boolValue)
    }

    @Test func vectorsAreThere() {
        #expect((Self.vectors["sign"]?.arrayValue?.count ?? 0) >= 5)
        #expect((Self.vectors["verify"]?.arrayValue?.count ?? 0) >= 5)
    }

    @Test func severalSecretsGiveSignaturesWithOneSpaceBetween() throws {
        let body = Array("body".utf8)
        let both = WebhookSignature.sign(id: "exc_1", timestamp: 5, body: body, secrets: [secret, other])
        let parts = both.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        #expect(
            parts == [
                WebhookSignature.sign(id: "exc_1", timestamp: 5, body: body, secret: secret),
                WebhookSignature.sign(id: "exc_1", timestamp: 5, body: body, secret: other),
            ]
        )
        #expect(WebhookSignature.sign(id: "exc_1", timestamp: 5, body: body, secrets: []).isEmpty)
    }

    @Test func eitherSecretVerifiesWhileOneReplacesTheOther() throws {
        let signature = signed(by: [other, secret])
        for accepted in [secret, other] { try verify(signature: signature, secrets: [accepted]) }
        try verify(signature: signed(by: [secret]), secrets: [other, secret])
    }

    @Test func anotherBodyIdTimestampOrSecretIsNotGenuine() {
        #expect(throws: WebhookSignatureError.notGenuine) { try verify(signature: signed(by: [secret]), body: "{} ") }
        #expect(throws: WebhookSignatureError.notGenuine) { try verify(id: "exc_2", signature: signed(by: [secret])) }
        #expect(throws: WebhookSignatureError.notGenuine) {
            try verify(timestamp: "1614265331", signature: signed(by: [secret]))
        }
        #expect(throws: WebhookSignatureError.notGenuine) { try verify(signature: signed(by: [other])) }
        #expect(throws: WebhookSignatureError.notGenuine) { try verify(signature: signed(by: [secret]), secrets: []) }
    }

    @Test(arguments: [
        "", " ", "v1", "v1,", "v1,AAAA", "v0,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1,===", "v1,v1,v1",
        "V1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ])
    func malformedSignaturesAreNotGenuine(signature: String) {
        #expect(throws: WebhookSignatureError.notGenuine) { try verify(signature: signature) }
    }

    @Test func signaturesOfOtherVersionsAreLookedPast() throws {
        try verify(signature: "v1a,AAAA v2,BBBB \(signed(by: [secret]))")
    }

    @Test func signaturesBeyondTheSixteenthAreNotLookedAt() {
        let many = String(repeating: "v1,AAAA ", count: 16) + signed(by: [secret])
        #expect(throws: WebhookSignatureError.notGenuine) { try verify(signature: many) }
    }

    @Test(arguments: ["", " 1614265330", "+1614265330", "01614265330", "1614265330.0", "1e9", "99999999999999999999"])
    func malformedTimestampsAreRefused(timestamp: String) {
        #expect(throws: WebhookSignatureError.malformedTimestamp) {
            try verify(timestamp: timestamp, signature: signed(by: [secret]))
        }
    }

    @Test func missingHeadersAreNamed() {
        #expect(throws: WebhookSignatureError.missingHeader("webhook-id")) { try verify(id: nil, signature: "") }
        #expect(throws: WebhookSignatureError.missingHeader("webhook-timestamp")) {
            try verify(timestamp: nil, signature: "")
        }
        #expect(throws: WebhookSignatureError.missingHeader("webhook-signature")) { try verify(signature: nil) }
    }

    @Test func timestampsMayBeOffByTheToleranceAndNoMore() throws {
        let signature = signed(by: [secret])
        for offset: Int64 in [-300_000, 300_000] {
            try verify(signature: signature, now: Timestamp(millisecondsSince1970: now.millisecondsSince1970 + offset))
        }
        #expect(throws: WebhookSignatureError.tooOld(age: .milliseconds(300_001), tolerance: .seconds(300))) {
            try verify(signature: signature, now: Timestamp(millisecondsSince1970: now.millisecondsSince1970 + 300_001))
        }
        #expect(throws: WebhookSignatureError.inTheFuture(by: .milliseconds(300_001), tolerance: .seconds(300))) {
            try verify(signature: signature, now: Timestamp(millisecondsSince1970: now.millisecondsSince1970 - 300_001))
        }
        // The far ends of what the header can say neither trap nor pass.
        for extreme in [Int64.min, Int64.max] {
            #expect(throws: WebhookSignatureError.self) {
                try verify(timestamp: String(extreme), signature: signature)
            }
        }
    }

    private func signed(by secrets: [WebhookSecret]) -> String {
        WebhookSignature.sign(id: "exc_1", timestamp: 1_614_265_330, body: Array("{}".utf8), secrets: secrets)
    }

    private func verify(
        id: String? = "exc_1",
        timestamp: String? = "1614265330",
        signature: String?,
        body: String = "{}",
        secrets: [WebhookSecret]? = nil,
        now: Timestamp? = nil
    ) throws {
        try WebhookSignature.verify(
            id: id,
            timestamp: timestamp,
            signature: signature,
            body: Array(body.utf8),
            secrets: secrets ?? [secret],
            now: now ?? self.now
        )
    }
}
