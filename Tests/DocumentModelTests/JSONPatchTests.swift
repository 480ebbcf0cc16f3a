import DocumentModel
import Foundation
import JSONSchema
import Testing

/// The public suite of RFC 6902, <https://github.com/json-patch/json-patch-tests>.
struct JSONPatchTests {
    /// The folder of suites: `PLUGINHOST_SUITES`, else `../shared/suites` beside the package.
    private static func suite(_ name: String) -> JSON? {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder =
            ProcessInfo.processInfo.environment["PLUGINHOST_SUITES"].map { URL(filePath: $0) }
            ?? package.deletingLastPathComponent().appending(path: "shared/suites")
        guard let data = try? Data(contentsOf: folder.appending(path: "json-patch-tests/\(name)")) else { return nil }
        // One case of the suite names a member twice on purpose; the suite is read as most readers would.
        return try? JSON(parsing: Array(data), limits: JSONLimits(duplicateKeys: .keepLast))
    }

    @Test(arguments: ["tests.json", "spec_tests.json"])
    func passesThePublicSuite(file: String) throws {
        guard let cases = Self.suite(file)?.arrayValue else {
            print("Skipped: json-patch-tests/\(file) is not in PLUGINHOST_SUITES nor in ../shared/suites.")
            return
        }
        var run = 0
        for (index, test) in cases.enumerated() where test["disabled"]?.boolValue != true {
            guard var value = test["doc"], let patch = test["patch"] else { continue }
            let name = "\(file) \(index): \(test["comment"]?.stringValue ?? test["error"]?.stringValue ?? "")"
            run += 1
            let original = value
            do {
                try JSONPatch(json: patch).apply(to: &value)
                #expect(test["error"] == nil, "should fail: \(name)")
                if let expected = test["expected"] { #expect(value == expected, "\(name)") }
            } catch {
                #expect(test["error"] != nil, "\(name): \(error)")
                #expect(value == original, "left half done: \(name)")
            }
        }
        #expect(run > 10)
    }
}
