import DocumentModel
import JSONSchema
import PluginProtocol
import Testing

struct PluginAnswerTests {
    @Test(arguments: [
        (200, ""), (204, ""), (204, "ignored"), (201, ""), (299, ""),
    ])
    func emptyAnswersSayNothing(status: Int, body: String) throws {
        #expect(try read(status, nil, body).isNothing)
    }

    @Test func status202IsADeferralWhateverItsBody() throws {
        let answer = try read(202, "text/plain", #"{"commands": 1"#)
        #expect(answer.defer == PluginAnswer.Deferral())
        #expect(answer.commands.isEmpty)
    }

    @Test(arguments: [200, 201, 203, 206, 299])
    func otherStatusesOfSuccessAreRead(status: Int) throws {
        #expect(try read(status, "application/json", #"{"protocol":"1.0","warnings":["w"]}"#).warnings == ["w"])
    }

    @Test(arguments: [
        "application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8",
        "Application/JSON ; Charset=\"utf-8\"", "application/vnd.example+json", "application/json; profile=x",
    ])
    func contentTypesOfJSONAreTaken(contentType: String) throws {
        #expect(try read(200, contentType, #"{"protocol":"1.0"}"#).isNothing)
    }

    static let refused: [(Int, String?, String, FailureKind)] = [
        (300, nil, "", .redirect),
        (302, "application/json", #"{"protocol":"1.0"}"#, .redirect),
        (400, nil, "", .clientError),
        (401, nil, "", .clientError),
        (404, "application/json", #"{"protocol":"1.0"}"#, .clientError),
        (500, nil, "", .serverError),
        (503, "application/json", #"{"protocol":"1.0"}"#, .serverError),
        (199, nil, "", .serverError),
        (600, nil, "", .serverError),
        (0, nil, "", .serverError),
        (200, nil, "{}", .wrongContentType),
        (200, "", "{}", .wrongContentType),
        (200, "text/json", "{}", .wrongContentType),
        (200, "text/html", "not JSON", .wrongContentType),
        (200, "application/jsonp", "{}", .wrongContentType),
        (200, "application/+json", "{}", .wrongContentType),
        (200, "application/json, text/html", "{}", .wrongContentType),
        (200, "application/json; charset=latin1", "{}", .wrongContentType),
        (200, "application/json; charset=utf-16", "{}", .wrongContentType),
        (200, "application/json", "\u{FEFF}{}", .badEncoding),
        (200, "application/json", "{", .notJSON),
        (200, "application/json", "{} {}", .notJSON),
        (200, "application/json", " ", .notJSON),
        (200, "application/json", #"{"protocol":"1.0",}"#, .notJSON),
        (200, "application/json", #"{"protocol":"1.0","protocol":"1.0"}"#, .duplicateKeys),
        (200, "application/json", #"{"protocol":"1.0","state":{"a":1,"\u0061":2}}"#, .duplicateKeys),
        (200, "application/json", String(repeating: "[", count: 65), .tooDeep),
        (200, "application/json", state("\"\(String(repeating: "x", count: 262_145))\""), .tooLarge),
        (200, "application/json", state("\"\(String(repeating: "x", count: 65_536))\""), .tooLarge),
        (200, "application/json", state("1\(String(repeating: "0", count: 1024))"), .tooLarge),
        (200, "application/json", "[]", .wrongProtocol),
        (200, "application/json", "{}", .wrongProtocol),
        (200, "application/json", #"{"protocol":"2.0","commands":"no"}"#, .wrongProtocol),
        (200, "application/json", #"{"protocol":1.0}"#, .wrongProtocol),
    ]

    @Test(arguments: refused.indices)
    func refusalsHaveTheirKind(index: Int) {
        let (status, contentType, body, kind) = Self.refused[index]
        let refusal = #expect(throws: Refusal.self) { try read(status, contentType, body) }
        #expect(refusal?.kind == kind, "\(status) \(contentType ?? "-") \(body.prefix(60)): \(refusal?.message ?? "")")
    }

    @Test func statusComesBeforeContentTypeBeforeSizeBeforeEncodingBeforeJSON() {
        let latin1: [UInt8] = Array("{\"a\": ".utf8) + [0xE9]
        let large = latin1 + [UInt8](repeating: 0x20, count: 1 << 20)
        func kind(_ status: Int, _ contentType: String, _ body: [UInt8]) -> FailureKind? {
            #expect(throws: Refusal.self) {
                try PluginAnswer.read(status: status, contentType: contentType, body: body, limits: .default)
            }?.kind
        }
        #expect(kind(500, "text/html", large) == .serverError)
        #expect(kind(200, "text/html", large) == .wrongContentType)
        #expect(kind(200, "application/json", large) == .tooLarge)
        #expect(kind(200, "application/json", latin1) == .badEncoding)
        // The syntax is wrong before the encoding is, yet encoding is what is judged first.
        #expect(kind(200, "application/json", [0x7B, 0x7B, 0xE9]) == .badEncoding)
        #expect(kind(200, "application/json", Array(#"{"a":"\ud800"}"#.utf8)) == .badEncoding)
        #expect(kind(200, "application/json", [0xC0, 0x80]) == .badEncoding)
    }

    @Test func sizesNameLimitAndActualValue() {
        var limits = Limits()
        limits.answerBytes = 20
        let refusal = #expect(throws: Refusal.self) {
            try PluginAnswer.read(
                status: 200,
                contentType: "application/json",
                body: Array(#"{"protocol":"1.0"}   "#.utf8),
                limits: limits
            )
        }
        #expect(refusal?.limit == 20)
        #expect(refusal?.actual == 21)
        #expect(refusal?.message == "the answer has 21 bytes; at most 20 are allowed")
    }

    @Test func refusalsReadBackAsTheyWereWritten() throws {
        let refusal = Refusal(
            .schema,
            "m",
            commandIndex: 2,
            pointer: JSONPointer(tokens: ["commands", "2", "start"]),
            rule: "minimum",
            limit: 0,
            actual: -4,
            hint: "h"
        )
        var writer = JSONWriter()
        refusal.write(into: &writer)
        let json = try JSON(parsing: writer.bytes)
        #expect(json["pointer"] == "/commands/2/start")
        #expect(Refusal(json: json) == refusal)
        #expect(Refusal(json: ["kind": "no such kind", "message": "m"]) == nil)
    }

    private static func state(_ value: String) -> String { #"{"protocol":"1.0","state":{"a":\#(value)}}"# }

    private func read(_ status: Int, _ contentType: String?, _ body: String) throws -> PluginAnswer {
        try PluginAnswer.read(status: status, contentType: contentType, body: Array(body.utf8), limits: .default)
    }
}
