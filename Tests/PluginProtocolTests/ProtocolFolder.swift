import Foundation
import JSONSchema

/// The files of `protocol/`, read where the tests were built.
enum ProtocolFolder {
    static let url = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "protocol")

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: url.appending(path: path)))
    }

    static func json(_ path: String) throws -> JSON { try JSON(parsing: try bytes(path)) }

    /// The names in a folder without their extension, sorted.
    static func names(_ path: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.appending(path: path).path)) ?? []
        return names.map { $0.hasSuffix(".json") ? String($0.dropLast(5)) : $0 }.sorted()
    }
}
