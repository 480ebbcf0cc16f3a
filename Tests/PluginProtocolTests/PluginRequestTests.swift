import DocumentModel
import JSONSchema
import PluginProtocol
import Testing

struct PluginRequestTests {
    @Test func aChangeIsEncodedAsTheProtocolShowsIt() throws {
        let json = try JSON(parsing: Self.request().encoded())
        #expect(
            json.objectValue?.keys == [
                "protocol", "exchange", "dryRun", "budgetMilliseconds", "host", "plugin", "actor", "events", "document",
                "view", "continuation",
            ]
        )
        #expect(json["budgetMilliseconds"] == 1800)
        #expect(json["document"] == ["id": "doc_x"])
        #expect(json["view"] == .null)
        #expect(json["events"]?[0]?["data"] == ["fromRevision": 1, "revision": 2])
        #expect(json["events"]?[0]?["commands"] == [])
        #expect(json["continuation"]?["expires"] == "1970-01-01T00:15:00.000Z")
    }

    @Test func theDocumentsBytesAreSplicedInAsTheyAre() throws {
        var request = Self.request()
        request.document = Array(#"{ "b" : 1.0, "a":"\u00e9" }"#.utf8)
        let text = String(decoding: request.encoded(), as: UTF8.self)
        #expect(text.contains(#""document":{ "b" : 1.0, "a":"\u00e9" },"view""#))
    }

    @Test func aPingHasNoDocumentAndNoCommands() throws {
        var request = Self.request()
        request.document = nil
        request.continuation = nil
        request.events[0].type = .pluginPing
        request.events[0].data = ["challenge": "c"]
        let json = try JSON(parsing: request.encoded())
        #expect(json["document"] == .null)
        #expect(json["continuation"] == nil)
        #expect(json["events"]?[0]?["commands"] == nil)
    }

    @Test(.enabled(if: SchemaValidator.isThere), arguments: EventType.allCases)
    func requestsSatisfyTheirSchema(type: EventType) throws {
        var request = Self.request()
        request.events[0].type = type
        request.document = type == .pluginPing ? nil : Array(Self.document.utf8)
        let block = JSON.string("\(BlockID(high: 0, low: 1))")
        request.events[0].data =
            switch type {
            case .documentChanged: ["fromRevision": 1, "revision": 2]
            case .blockCreated, .blockChanged, .blockDeleted: ["block": block]
            case .commentAdded: ["comment": .string("\(CommentID(high: 0, low: 1))"), "block": block]
            case .participantAdded, .participantRemoved: ["participant": ["type": "user", "id": "usr_1"]]
            case .actionInvoked: ["action": "translate", "parameters": [:]]
            case .pluginPing: ["challenge": "c"]
            case .viewOpened, .viewAction: request.events[0].data
            case .documentCreated, .documentDeleted: [:]
            }
        // Views have data of their own, which the engine does not make yet.
        guard type != .viewOpened, type != .viewAction else { return }
        let violations = ProtocolSchemas.schema(named: "request")
            .violations(in: try JSON(parsing: request.encoded()), limit: 3)
        #expect(violations.isEmpty, "\(violations)")
    }

    private static let document = #"{"id":"\#(DocumentID(high: 0, low: 1))","type":"note","revision":2,"blocks":[]}"#

    static func request() -> PluginRequest {
        PluginRequest(
            exchange: ExchangeID(high: 1, low: 2),
            budget: .microseconds(1_800_999),
            host: PluginRequest.Host(name: "Host", url: "https://host.example"),
            plugin: PluginRequest.Recipient(id: PluginID(high: 3, low: 4), scopes: [.blocksWrite]),
            actor: Actor(kind: .user, id: "usr_1", name: "Ada"),
            events: [
                Event(
                    id: EventID(high: 5, low: 6),
                    type: .documentChanged,
                    phase: .after,
                    time: Timestamp(millisecondsSince1970: 0),
                    data: ["fromRevision": 1, "revision": 2]
                )
            ],
            document: Array(#"{"id":"doc_x"}"#.utf8),
            continuation: PluginRequest.Continuation(
                url: "https://host.example/c",
                expires: Timestamp(millisecondsSince1970: 900_000)
            )
        )
    }
}
