import Foundation

/// A table of the project's references, which are not part of the repository.
///
/// Looked for in `reference/` beside the folder that `PLUGINHOST_SUITES` names, and in `../shared/reference`.
public enum ReferenceTable {
    /// Reads a comma-separated file.
    ///
    /// - Parameters:
    ///   - file: such as `ssrf.csv`.
    ///   - tests: what is skipped without it, for the notice.
    /// - Returns: its rows without the heading; nil, with a notice, if it is not there.
    public static func rows(_ file: String, for tests: String) -> [[String]]? {
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardizedFileURL
        let suites = ProcessInfo.processInfo.environment["PLUGINHOST_SUITES"].map { URL(fileURLWithPath: $0) }
        let places = [
            suites?.appendingPathComponent("../reference/\(file)").standardizedFileURL,
            root.appendingPathComponent("../shared/reference/\(file)").standardizedFileURL,
        ]
        for place in places.compactMap({ $0 }) {
            guard let text = try? String(contentsOf: place, encoding: .utf8) else { continue }
            return Array(rows(of: text).dropFirst())
        }
        print("notice: reference/\(file) is not here, so \(tests) are skipped")
        return nil
    }

    /// Reads comma-separated values with quotes (RFC 4180).
    static func rows(of text: String) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field = String.UnicodeScalarView()
        var isQuoted = false
        let scalars = Array(text.unicodeScalars)
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            switch scalar {
            case "\"" where isQuoted && index < scalars.count && scalars[index] == "\"":
                field.append(scalar)
                index += 1
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                row.append(String(field))
                field = String.UnicodeScalarView()
            case "\n" where !isQuoted:
                row.append(String(field))
                rows.append(row)
                row = []
                field = String.UnicodeScalarView()
            case "\r" where !isQuoted && index < scalars.count && scalars[index] == "\n": break
            default: field.append(scalar)
            }
        }
        if !row.isEmpty { rows.append(row + [String(field)]) }
        return rows
    }
}
