import DocumentModel
import PluginProtocol
import Testing

struct SignatureFaultTests {
    @Test(arguments: SignatureFault.allCases)
    func faultIsRefusedForWhatItIs(_ fault: SignatureFault) {
        let secret = WebhookSecret.generate()
        let now = Timestamp.now()
        let body = Array("{}".utf8)
        let headers = fault.headers(id: "exc_1", now: now, body: body, secrets: [secret])
        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
        var found: WebhookSignatureError?
        do throws(WebhookSignatureError) {
            try WebhookSignature.verify(
                id: header(WebhookSignature.HeaderName.id),
                timestamp: header(WebhookSignature.HeaderName.timestamp),
                signature: header(WebhookSignature.HeaderName.signature),
                body: body,
                secrets: [secret],
                now: now
            )
        } catch {
            found = error
        }
        switch (fault, found) {
        case (.otherSecret, .notGenuine), (.otherBody, .notGenuine), (.missing, .missingHeader), (.stale, .tooOld),
            (.future, .inTheFuture):
            break
        default: Issue.record("\(fault): \(String(describing: found))")
        }
    }

    /// The fault is the time alone: by a clock that is as wrong the signature is right.
    @Test(arguments: [(SignatureFault.stale, -600), (.future, 600)] as [(SignatureFault, Int64)])
    func wrongTimeIsTheOnlyFault(_ fault: SignatureFault, seconds: Int64) throws {
        let secret = WebhookSecret.generate()
        let now = Timestamp(millisecondsSince1970: 1_800_000_000_000)
        let headers = fault.headers(id: "exc_1", now: now, body: [1], secrets: [secret])
        try WebhookSignature.verify(
            id: headers[0].value,
            timestamp: headers[1].value,
            signature: headers[2].value,
            body: [1],
            secrets: [secret],
            now: Timestamp(millisecondsSince1970: now.millisecondsSince1970 + seconds * 1000)
        )
    }
}
