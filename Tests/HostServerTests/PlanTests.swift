import HTTPTypes
import JSONSchema
import PluginProtocol
import Testing

@testable import HostServer

/// `/v1/plugins/plan`, and the warnings of those who change what it shows.
@Suite(.timeLimit(.minutes(1)))
struct PlanTests {
    private func registration(_ name: String, _ subscriptions: String) -> String {
        """
        {"url":"\(PlayedPlugin.url)","handshake":"skip","manifest":{"protocol":["1.0"],"name":"\(name)","version":"1.0.0",
         "description":"For tests.","scopes":["blocks:write","documents:write"],"subscriptions":[\(subscriptions)]}}
        """
    }

    /// Registers and enables a plugin that is asked before `document.changed`.
    private func plugin(_ api: API, _ name: String, _ members: String) async throws {
        let body = registration(name, #"{"events":["document.changed"],"phase":"before",\#(members)}"#)
        let made = try await api.call(.post, "/v1/plugins", body)
        #expect(made.status == 201, "\(made.text)")
        let id = try #require(made.json["id"]?.stringValue)
        #expect(try await api.call(.post, "/v1/plugins/\(id)/enable").status == 200)
    }

    @Test func theOrderTheGroupsTheConflictsAndTheTimeAreShown() async throws {
        try await API.run { api in
            try await plugin(api, "later", #""runsAfter":["titles"],"order":1,"timeoutMilliseconds":1000"#)
            try await plugin(api, "titles", #""order":2,"writes":["/title"],"onFailure":"reject""#)
            try await plugin(api, "first", #""order":3,"writes":[],"timeoutMilliseconds":300"#)
            try await plugin(api, "second", #""order":3,"writes":[],"timeoutMilliseconds":700"#)
            try await plugin(api, "letters", #""match":{"types":["letter"]},"order":4"#)
            let plan = try await api.call(.get, "/v1/plugins/plan?event=document.changed&type=note")
            #expect(plan.status == 200, "\(plan.text)")
            func names(_ answer: Answer) -> [[String]] {
                (answer.json["groups"]?.arrayValue ?? []).map { group in
                    (group.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
                }
            }
            #expect(names(plan) == [["titles"], ["later"], ["first", "second"]])
            #expect(plan.json["groups"]?[0]?[0]?["onFailure"] == "reject")
            #expect(plan.json["groups"]?[1]?[0]?["writes"] == .null)
            #expect(plan.json["groups"]?[2]?[1]?["judge"] == true)
            #expect(plan.json["conflicts"] == [["plugins": ["titles", "later"], "pointer": "/title"]])
            #expect(plan.json["worstCaseMilliseconds"] == 3700)
            #expect(plan.json["budgetMilliseconds"] == 5000)
            #expect(plan.json["warnings"] == [])
            let letters = try await api.call(.get, "/v1/plugins/plan?event=document.changed&type=letter")
            #expect(names(letters) == [["titles"], ["later"], ["letters"], ["first", "second"]])
            #expect(letters.json["worstCaseMilliseconds"] == 5700)
            #expect(letters.json["warnings"]?[0]?.stringValue?.contains("5700 ms together, of 5000 ms") == true)
            let every = try await api.call(.get, "/v1/plugins/plan?event=document.changed")
            #expect(names(every) == names(plan))
            #expect(every.json["type"] == .null)
            #expect(every.json["types"] == ["letter"])
            let none = try await api.call(.get, "/v1/plugins/plan?event=comment.added")
            #expect(none.json["groups"] == [])
        }
    }

    @Test func anUnknownEventIsRefusedWithTheNearestName() async throws {
        try await API.run { api in
            let wrong = try await api.call(.get, "/v1/plugins/plan?event=document.change")
            #expect(wrong.status == 400)
            #expect(wrong.code == "invalid-parameter")
            #expect(wrong.json["hint"]?.stringValue?.contains("\"document.changed\"") == true, "\(wrong.text)")
            // The host sends it on its own; nobody subscribes to it.
            #expect(try await api.call(.get, "/v1/plugins/plan?event=plugin.ping").status == 400)
            let missing = try await api.call(.get, "/v1/plugins/plan")
            #expect(missing.code == "invalid-parameter")
            #expect(missing.json["detail"]?.stringValue?.contains("document.changed") == true)
            let empty = try await api.call(.get, "/v1/plugins/plan?event=document.changed&type=")
            #expect(empty.code == "invalid-parameter")
            #expect(empty.json["hint"]?.stringValue != nil)
            let long = String(repeating: "x", count: 257)
            #expect(try await api.call(.get, "/v1/plugins/plan?event=document.changed&type=\(long)").status == 400)
            #expect(try await api.call(.get, "/v1/plugins/plan?event=document.changed", token: nil).status == 401)
            #expect(try await api.call(.delete, "/v1/plugins/plan").status == 405)
        }
    }

    @Test func whoeverMakesTheTimeTooShortIsTold() async throws {
        try await API.run { api in
            try await plugin(api, "one", #""timeoutMilliseconds":3000"#)
            try await plugin(api, "letters", #""timeoutMilliseconds":1000,"match":{"types":["letter"]}"#)
            func subscription(_ milliseconds: Int) -> String {
                """
                {"events":["document.changed","comment.added"],"phase":"before","timeoutMilliseconds":\(milliseconds)}
                """
            }
            let made = try await api.call(.post, "/v1/plugins", registration("two", subscription(2500)))
            #expect(made.status == 201, "\(made.text)")
            #expect(made.json["secret"]?.stringValue?.hasPrefix("whsec_") == true)
            // The type of documents that takes longest.
            let sentence = """
                the before plugins of document.changed on documents of type "letter" may take 6500 ms together, \
                of 5000 ms that a change waits at most
                """
            #expect(made.json["warnings"] == [.string("once it is enabled, " + sentence)])
            let id = try #require(made.json["id"]?.stringValue)
            let enabled = try await api.call(.post, "/v1/plugins/\(id)/enable")
            #expect(enabled.json["warnings"] == [.string(sentence)])
            // Enabled again, it does not count twice.
            #expect(try await api.call(.post, "/v1/plugins/\(id)/enable").json["warnings"] == [.string(sentence)])
            #expect(try await api.call(.get, "/v1/plugins/\(id)").json["warnings"] == nil)
            let manifest = try JSON(parsing: registration("two", subscription(1000)))["manifest"]?.description ?? ""
            let shorter = try await api.call(.patch, "/v1/plugins/\(id)", #"{"manifest":\#(manifest)}"#)
            #expect(shorter.json["warnings"] == [], "\(shorter.text)")
            let item = try await api.call(.get, "/v1/audit?kind=plugin.enabled&limit=1")
            #expect(item.status == 200)
            #expect(!item.text.contains("warnings"))
        }
    }

    @Test func documentedEventsAreThoseOfTheCode() throws {
        let pointer = try JSONPointer(parsing: "/components/parameters/PlanEvent/schema/enum")
        let words = try OpenAPIDocument().json.value(at: pointer)?.arrayValue?.compactMap(\.stringValue)
        #expect(words == EventType.subscribable.map(\.rawValue))
    }
}
