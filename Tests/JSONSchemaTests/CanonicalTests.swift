import JSONSchema
import Testing

/// Runs the published suite of RFC 8785, https://github.com/cyberphone/json-canonicalization .
@Suite(.enabled(if: SuiteFiles.areThere))
struct CanonicalTests {
    @Test func matchesThePublishedOutput() throws {
        let outputs = Dictionary(uniqueKeysWithValues: SuiteFiles.files(in: "jcs/output").map { ($0.path, $0.bytes) })
        let inputs = SuiteFiles.files(in: "jcs/input")
        #expect(inputs.count == 6)
        for (path, bytes) in inputs {
            let canonical = try JSON(parsing: bytes).canonical()
            #expect(canonical == outputs[path], "\(path): \(String(decoding: canonical, as: UTF8.self))")
        }
    }

    @Test func writesDoublesAsECMAScriptDoes() throws {
        let file = try #require(SuiteFiles.files(in: "jcs", suffix: "es6numbers-10000.txt").first)
        let lines = String(decoding: file.bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 10_000)
        for line in lines {
            let parts = line.split(separator: ",")
            let double = Double(bitPattern: try #require(UInt64(parts[0], radix: 16)))
            #expect(JSON.number(JSONNumber(double)).canonical() == Array(parts[1].utf8), "\(line)")
            #expect(JSONNumber(double).double == double)
            #expect(try JSON(parsing: Array(parts[1].utf8)).canonical() == Array(parts[1].utf8), "\(line)")
        }
    }
}
