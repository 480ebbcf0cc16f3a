import Foundation
import HTTPTypes
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

@testable import HostServer

/// The OpenAPI document and the server say the same.
struct OpenAPITests {
    @Test func routesAndDocumentListTheSameOperations() async throws {
        try await API.run { api in
            let routes = api.server.routes
            let served = Set(routes.map { "\($0.method.rawValue.lowercased()) \($0.template)" })
            var documented: Set<String> = []
            for (path, item) in api.contract.document["paths"]?.objectValue ?? JSONObject() {
                for name in item.objectValue?.keys ?? [] where name != "parameters" {
                    documented.insert("\(name) \(path)")
                }
            }
            #expect(served == documented)
        }
    }

    @Test func everyRouteDocumentsItsParametersAndAccess() async throws {
        try await API.run { api in
            let routes = api.server.routes
            for route in routes {
                let item = api.contract.document["paths"]?[route.template]
                let operation = item?[route.method.rawValue.lowercased()]
                let shared = (item?["parameters"]?.arrayValue ?? []) + (operation?["parameters"]?.arrayValue ?? [])
                let parameters = shared.map(api.contract.resolved)
                func names(_ place: String) -> Set<String> {
                    Set(parameters.filter { $0["in"]?.stringValue == place }.compactMap { $0["name"]?.stringValue })
                }
                #expect(names("query") == Set(route.query), "\(route.method) \(route.template)")
                let inPath = route.template.split(separator: "/").filter { $0.hasPrefix("{") }.map {
                    String($0.dropFirst().dropLast())
                }
                #expect(names("path") == Set(inPath), "\(route.method) \(route.template)")
                let isOpen = operation?["security"] == .array([])
                if case .anyone = route.access { #expect(isOpen) } else { #expect(!isOpen, "\(route.template)") }
            }
        }
    }

    @Test func allReferencesLeadSomewhere() throws {
        let contract = try AnswerContract()
        var references: Set<String> = []
        func walk(_ value: JSON) {
            if let reference = value["$ref"]?.stringValue { references.insert(reference) }
            for element in value.arrayValue ?? [] { walk(element) }
            for (_, member) in value.objectValue ?? JSONObject() { walk(member) }
        }
        walk(contract.document)
        #expect(references.count > 50)
        for reference in references { #expect(contract.target(of: reference) != nil, "\(reference)") }
    }

    @Test func choicesAreThoseOfTheCode() throws {
        let document = try OpenAPIDocument().json
        func words(_ pointer: String) throws -> [String] {
            let list = document.value(at: try JSONPointer(parsing: pointer))
            return list?.arrayValue?.compactMap(\.stringValue) ?? []
        }
        #expect(try words("/components/schemas/audit-kind/enum") == LedgerEntry.Kind.allCases.map(\.rawValue))
        #expect(
            try words("/components/parameters/OutcomeFilter/schema/enum")
                == ExchangeRecord.Outcome.allCases.map(\.rawValue)
        )
    }

    @Test func everyEmbeddedSchemaIsAComponent() throws {
        let document = try OpenAPIDocument().json
        for name in ProtocolSchemas.names { #expect(document["components"]?["schemas"]?[name] != nil, "\(name)") }
    }

    @Test func everyFileOfTheFolderIsEmbedded() throws {
        let folder = Repository.root.appending(path: "web")
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            #expect(
                try WebFiles.bytes(of: file.lastPathComponent) == Array(Data(contentsOf: file)),
                "\(file.lastPathComponent)"
            )
        }
    }
}
