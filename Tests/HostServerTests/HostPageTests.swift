import HTTPTypes
import JSONSchema
import PluginProtocol
import TestSupport
import Testing

@testable import HostServer

/// Limits, schemas, metrics and the console.
struct HostPageTests {
    @Test func limitsAreThoseInForce() async throws {
        var limits = Limits()
        limits.answerBytes = 12345
        try await API.run(limits: limits) { api in
            let answer = try await api.call(.get, "/v1/limits")
            #expect(answer.json["answerBytes"]?.intValue == 12345)
            #expect(answer.json["jsonDepth"]?.intValue == 64)
        }
    }

    @Test func schemasAreTheEmbeddedBytes() async throws {
        try await API.run { api in
            let answer = try await api.call(.get, "/v1/schemas/command")
            #expect(answer.bytes == ProtocolSchemas.bytes(named: "command"))
            #expect(answer.header("content-type") == "application/schema+json")
            #expect(try await api.call(.get, "/v1/schemas/command.json").bytes == answer.bytes)
            let unknown = try await api.call(.get, "/v1/schemas/comand")
            #expect(unknown.status == 404)
            #expect(unknown.json["hint"]?.stringValue?.contains("command") == true)
        }
    }

    @Test func metricsCountRequestsAndChanges() async throws {
        try await API.run { api in
            let id = try await api.document()
            _ = try await api.call(.post, "/v1/documents/\(id)/commands", CommandTests.retitle)
            _ = try await api.call(.get, "/nowhere")
            let text = try await api.call(.get, "/metrics").text
            #expect(text.contains("pluginhost_changes_total{outcome=\"changed\"} 1\n"))
            #expect(text.contains("pluginhost_ready 1\n"))
            #expect(text.contains("{method=\"POST\",path=\"/v1/documents/{id}/commands\",status=\"200\"} 1\n"))
            #expect(text.contains("{method=\"-\",path=\"-\",status=\"404\"} 1\n"))
            #expect(text.contains("_bucket{method=\"POST\",path=\"/v1/documents\",le=\"+Inf\"} 1\n"))
            #expect(text.contains("process_resident_memory_bytes "))
            #expect(!text.contains(id))
        }
    }

    @Test func metricsTellOfPlugins() async throws {
        try await API.run(PlayedPlugin.answering(#"{"protocol":"1.0"}"#)) { api in
            _ = try await api.plugin(named: #"quo\"ter"#)
            let id = try await api.document()
            _ = try await api.call(.post, "/v1/documents/\(id)/commands?wait=settled", CommandTests.retitle)
            let text = try await api.call(.get, "/metrics").text
            let name = #"plugin="quo\"ter""#
            #expect(text.contains("pluginhost_exchanges_total{\(name),phase=\"after\",outcome=\"nothing\"} 2\n"))
            #expect(text.contains("pluginhost_exchanges_under_way{\(name)} 0\n"))
            #expect(text.contains("pluginhost_breakers_open{plugin=\"other\"} 0\n"))
            #expect(!text.contains(id))
        }
    }

    @Test func decimalsAreWrittenPlainly() {
        #expect(MetricsText.decimal(500, digits: 6) == "0.0005")
        #expect(MetricsText.decimal(2_500_000, digits: 6) == "2.5")
        #expect(MetricsText.decimal(30_000_000, digits: 6) == "30")
        #expect(MetricsText.decimal(0, digits: 3) == "0")
    }

    @Test func theConsoleHasNothingInline() async throws {
        try await API.run { api in
            let page = try await api.call(.get, "/console", token: nil)
            #expect(page.header("content-type") == "text/html; charset=utf-8")
            #expect(page.header("content-security-policy") == ConsoleRoutes.contentSecurityPolicy)
            #expect(page.header("x-content-type-options") == "nosniff")
            #expect(!page.text.contains("style="))
            #expect(!page.text.contains("<style"))
            #expect(page.text.split(separator: "<script").count == 2)
            let script = try await api.call(.get, "/console/console.js", token: nil).text
            for sink in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", ".style"] {
                #expect(!script.contains(sink), "\(sink)")
            }
        }
    }

    @Test func membersAreFoundWithoutReading() {
        let members = RawMembers(Array(#" {"a" : {"x":"}\"]"}, "b":[1,[2]],"c":null , "d":"\\","e":-1.5e3}"#.utf8))
        func text(_ name: StaticString) -> String? { members[name].map { String(decoding: $0, as: UTF8.self) } }
        #expect(text("a") == #"{"x":"}\"]"}"#)
        #expect(text("b") == "[1,[2]]")
        #expect(text("c") == "null")
        #expect(text("d") == #""\\""#)
        #expect(text("e") == "-1.5e3")
        #expect(text("f") == nil)
        #expect(RawMembers([])["a"] == nil)
        #expect(RawMembers(Array(#"{"a":"#.utf8))["a"] == nil)
    }
}
