import JSONSchema
import PluginProtocol
import Testing

/// The closed lists of the protocol are those of its schemas.
struct VocabularyTests {
    @Test func eventTypesPhasesAndFailureKindsAreThoseOfTheSchemas() throws {
        let common = try ProtocolFolder.json("schemas/common.json")["$defs"]
        func words(_ name: String) -> [String] { common?[name]?["enum"]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        #expect(EventType.allCases.map(\.rawValue) == words("eventType"))
        #expect(Phase.allCases.map(\.rawValue) == words("phase"))
        #expect(FailureKind.allCases.map(\.rawValue) == words("failureKind"))
    }

    @Test func breakersCountWhatThePluginIsToBlameFor() {
        for kind in [FailureKind.conflict, .preconditionFailed, .budgetSpent, .overloaded, .breakerOpen, .notGranted] {
            #expect(!kind.countsForBreaker)
        }
        for kind in [FailureKind.connectRefused, .headersLate, .serverError, .notJSON, .schema] {
            #expect(kind.countsForBreaker)
        }
    }
}
