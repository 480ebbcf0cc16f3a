import Foundation
import JSONSchema

/// The published test suites, where they are there.
enum SuiteFiles {
    /// `PLUGINHOST_SUITES`, or `../shared/suites` beside the package.
    static let root: URL? = {
        let named = ProcessInfo.processInfo.environment["PLUGINHOST_SUITES"]
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let root = named.map { URL(filePath: $0) } ?? package.appending(path: "../shared/suites").standardized
        if FileManager.default.fileExists(atPath: root.path) { return root }
        print("skipped: no test suites at \(root.path); set PLUGINHOST_SUITES to where they are")
        return nil
    }()

    static var areThere: Bool { root != nil }

    /// The files below a folder of the suites, sorted, with their paths relative to it.
    static func files(in folder: String, suffix: String = ".json") -> [(path: String, bytes: [UInt8])] {
        guard let root else { return [] }
        let base = root.appending(path: folder)
        var result: [(path: String, bytes: [UInt8])] = []
        for path in (try? FileManager.default.subpathsOfDirectory(atPath: base.path)) ?? [] where path.hasSuffix(suffix)
        {
            guard let data = FileManager.default.contents(atPath: base.appending(path: path).path) else { continue }
            result.append((path, Array(data)))
        }
        return result.sorted { $0.path < $1.path }
    }
}
