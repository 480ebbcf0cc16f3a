import DocumentModel
import JSONSchema
import PluginKit
import PluginProtocol
import Testing

struct PluginTests {
    static let secret = WebhookSecret.generate()
    static let now = Timestamp(millisecondsSince1970: 1_800_000_000_000)

    struct Failure: Error {}

    static func plugin(secrets: [WebhookSecret] = [secret]) throws -> Plugin {
        try Plugin(
            name: "greeter",
            version: "1.0.0",
            description: "Greets.",
            scopes: [.commentsWrite],
            handlers: [
                Handler(.documentCreated) { call in
                    PluginAnswer(commands: [try .addComment("Welcome to \(call.document?.title ?? "-")!")])
                },
                Handler(.documentChanged, phase: .before, onFailure: .reject) { _ in throw Failure() },
                Handler(.documentDeleted) { _ in .nothing },
            ],
            secrets: { secrets }
        )
    }

    @Test func manifestSaysWhatTheHandlersWant() throws {
        let manifest = try Self.plugin().manifest
        #expect(manifest.name == "greeter")
        #expect(manifest.scopes == [.commentsWrite])
        #expect(manifest.subscriptions.map(\.events) == [[.documentCreated], [.documentChanged], [.documentDeleted]])
        #expect(manifest.subscriptions.map(\.phase) == [.after, .before, .after])
        #expect(manifest.subscriptions[1].onFailure == .reject)
    }

    @Test func aPluginTheHostWouldNotTakeCannotBeMade() {
        #expect(throws: ManifestError.self) {
            try Plugin(
                name: "slow",
                version: "1",
                handlers: [Handler(.documentChanged, phase: .before, timeout: .seconds(11)) { _ in .nothing }],
                secrets: { [] }
            )
        }
    }

    @Test func signedEventsAreAnsweredWithCommands() async throws {
        let response = try await respond(.documentCreated)
        #expect(response.status == 200)
        #expect(response.contentType == "application/json")
        let answer = try PluginAnswer.read(
            status: response.status,
            contentType: response.contentType,
            body: response.body,
            limits: .default
        )
        #expect(answer.commands == [try .addComment("Welcome to T!")])
    }

    @Test func headersAreComparedWithoutRegardToCase() async throws {
        let (headers, body) = try Self.signed(.documentCreated)
        let shouted = Dictionary(uniqueKeysWithValues: headers.map { ($0.key.uppercased(), $0.value) })
        #expect(try await Self.plugin().respond(headers: shouted, body: body, now: Self.now).status == 200)
    }

    @Test func anAnswerMayComeLater() async throws {
        var request = try JSON(parsing: Self.signed(.documentCreated).body).objectValue ?? [:]
        let url = "https://notes.example.com/continuations/exc_01kb5q8x3zv7m4n9c2r6t8w001/5f0c"
        request["continuation"] = ["url": .string(url), "expires": "2026-11-24T13:38:55.123Z"]
        let late = try #require(try PluginCall(json: .object(request)).later(PluginAnswer(warnings: ["done"])))
        #expect(late.url == url)
        #expect(late.expires == Timestamp(parsing: "2026-11-24T13:38:55.123Z"))
        let posted = try PluginAnswer.read(
            status: 200,
            contentType: late.contentType,
            body: late.body,
            limits: .default
        )
        #expect(posted.warnings == ["done"])
        request["continuation"] = nil
        #expect(try PluginCall(json: .object(request)).later(.nothing) == nil)

        let announced = PluginHTTPResponse.answer(.deferred(seconds: 60, reason: "long"))
        let read = try PluginAnswer.read(
            status: announced.status,
            contentType: announced.contentType,
            body: announced.body,
            limits: .default
        )
        #expect(read.defer == PluginAnswer.Deferral(seconds: 60, reason: "long"))
        #expect(PluginHTTPResponse.answer(PluginAnswer(defer: .init())).status == 202)
    }

    @Test func nothingToSayIs204() async throws {
        #expect(try await respond(.documentDeleted) == .nothing)
        // Nobody asked for this one.
        #expect(try await respond(.commentAdded) == .nothing)
    }

    @Test func aHandlersErrorIs500AndKeepsItsWordsToItself() async throws {
        let response = try await respond(.documentChanged, phase: .before)
        #expect(response.status == 500)
        #expect(!String(decoding: response.body, as: UTF8.self).contains("Failure"))
    }

    @Test func pingsAreAnsweredWithChallengeAndManifest() async throws {
        let answer = try PluginAnswer.read(try JSON(parsing: try await respond(.pluginPing).body), limits: .default)
        #expect(answer.challenge == "c1")
        #expect(answer.manifest?.name == "greeter")
    }

    @Test func pingsWithAWrongSignatureAre401() async throws {
        let (headers, body) = try Self.signed(.pluginPing, secret: .generate())
        #expect(try await Self.plugin().respond(headers: headers, body: body, now: Self.now).status == 401)
        #expect(try await Self.plugin().respond(headers: [:], body: body, now: Self.now).status == 401)
    }

    @Test func withoutASecretOnlyPingsAreAnswered() async throws {
        let plugin = try Self.plugin(secrets: [])
        for (type, status) in [(EventType.pluginPing, 200), (.documentCreated, 401)] {
            let (headers, body) = try Self.signed(type, secret: .generate())
            #expect(await plugin.respond(headers: headers, body: body, now: Self.now).status == status)
        }
    }

    @Test func staleRequestsAre401() async throws {
        let (headers, body) = try Self.signed(.documentCreated)
        for offset: Int64 in [-301_000, 301_000] {
            let now = Timestamp(millisecondsSince1970: Self.now.millisecondsSince1970 + offset)
            #expect(try await Self.plugin().respond(headers: headers, body: body, now: now).status == 401)
        }
    }

    @Test(arguments: ["", "{", "[]", "{}", #"{"protocol":"2.0"}"#, #"{"protocol":"1.0","exchange":"x"}"#])
    func whatIsNotOfThisProtocolIs400(text: String) async throws {
        let body = Array(text.utf8)
        let headers = Self.headers(for: body, secret: Self.secret)
        #expect(try await Self.plugin().respond(headers: headers, body: body, now: Self.now).status == 400)
    }

    @Test func membersAndEventsOfLaterVersionsAreIgnored() async throws {
        let (_, body) = try Self.signed(.documentCreated)
        var json = try #require(try JSON(parsing: body).objectValue)
        json["later"] = 1
        var document = try #require(json["document"]?.objectValue)
        document["later"] = ["x": 1]
        json["document"] = .object(document)
        var events = try #require(json["events"]?.arrayValue)
        var event = try #require(events.first?.objectValue)
        event["type"] = "document.admired"
        events.append(.object(event))
        json["events"] = .array(events)
        let changed = JSON.object(json).serialized()
        let headers = Self.headers(for: changed, secret: Self.secret)
        #expect(try await Self.plugin().respond(headers: headers, body: changed, now: Self.now).status == 200)
    }

    private func respond(_ type: EventType, phase: Phase = .after) async throws -> PluginHTTPResponse {
        let (headers, body) = try Self.signed(type, phase: phase)
        return try await Self.plugin().respond(headers: headers, body: body, now: Self.now)
    }

    static func headers(for body: [UInt8], secret: WebhookSecret) -> [String: String] {
        let seconds = now.millisecondsSince1970 / 1000
        return [
            "webhook-id": "exc_1",
            "webhook-timestamp": String(seconds),
            "webhook-signature": WebhookSignature.sign(id: "exc_1", timestamp: seconds, body: body, secret: secret),
        ]
    }

    static func signed(
        _ type: EventType,
        phase: Phase = .after,
        secret: WebhookSecret = secret
    ) throws -> (headers: [String: String], body: [UInt8]) {
        let document = #"{"id":"\#(DocumentID(high: 0, low: 1))","type":"note","title":"T","revision":1}"#
        let body = PluginRequest(
            exchange: ExchangeID(high: 0, low: 1),
            budget: .seconds(1),
            host: PluginRequest.Host(name: "Host", url: "https://host.example"),
            plugin: PluginRequest.Recipient(id: PluginID(high: 0, low: 1), scopes: [.commentsWrite]),
            actor: Actor(kind: .user, id: "usr_1"),
            events: [
                Event(
                    id: EventID(high: 0, low: 1),
                    type: type,
                    phase: phase,
                    time: now,
                    data: type == .pluginPing ? ["challenge": "c1"] : [:]
                )
            ],
            document: type == .pluginPing ? nil : Array(document.utf8)
        ).encoded()
        return (headers(for: body, secret: secret), body)
    }
}
