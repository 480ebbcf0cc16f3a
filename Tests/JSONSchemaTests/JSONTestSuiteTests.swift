import JSONSchema
import Testing

/// Runs the suite at https://github.com/nst/JSONTestSuite .
@Suite(.enabled(if: SuiteFiles.areThere))
struct JSONTestSuiteTests {
    private let files = SuiteFiles.files(in: "JSONTestSuite/test_parsing")

    @Test func isThere() { #expect(files.count > 300) }

    @Test func readsWhatMustBeRead() throws {
        for (path, bytes) in files where path.hasPrefix("y_") {
            if path.hasPrefix("y_object_duplicated_key") {
                let error = #expect(throws: JSONError.self, "\(path)") { try JSON(parsing: bytes) }
                #expect(error?.code == .duplicateKey)
                #expect(throws: Never.self, "\(path)") {
                    try JSON(parsing: bytes, limits: JSONLimits(duplicateKeys: .keepLast))
                }
            } else {
                #expect(throws: Never.self, "\(path)") {
                    let value = try JSON(parsing: bytes)
                    #expect(try JSON(parsing: value.serialized()) == value)
                    #expect(try JSON(parsing: value.canonical()) == value)
                }
            }
        }
    }

    @Test func refusesWhatMustBeRefused() {
        for (path, bytes) in files where path.hasPrefix("n_") {
            #expect(throws: JSONError.self, "\(path)") { try JSON(parsing: bytes) }
            // Nor may a depth that the text stays under change that.
            #expect(throws: JSONError.self, "\(path)") {
                try JSON(parsing: bytes, limits: JSONLimits(depth: 1_000_000))
            }
        }
    }

    @Test func survivesWhatIsLeftOpen() {
        for (path, bytes) in files where path.hasPrefix("i_") { _ = try? JSON(parsing: bytes) }
    }

    @Test func refusesDeepNesting() {
        for text in [String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000)] {
            let error = #expect(throws: JSONError.self) { try JSON(parsing: text) }
            #expect(error?.code == .tooDeep)
            #expect(error?.limit == 64)
        }
    }
}
