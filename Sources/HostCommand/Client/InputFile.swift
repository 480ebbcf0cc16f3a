import Foundation
import JSONSchema

/// A file named on the command line; `-` is standard input.
enum InputFile {
    /// - Throws: ``CommandFailure`` when it cannot be read.
    static func bytes(_ path: String) throws(CommandFailure) -> [UInt8] {
        do {
            if path == "-" { return Array(try FileHandle.standardInput.readToEnd() ?? Data()) }
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            let reason = (error as NSError).localizedDescription
            throw CommandFailure("cannot read \(path == "-" ? "standard input" : path): \(reason)")
        }
    }

    /// - Throws: ``CommandFailure`` when it cannot be read or is not UTF-8.
    static func text(_ path: String) throws(CommandFailure) -> String {
        guard let text = String(validating: try bytes(path), as: UTF8.self) else {
            throw CommandFailure("\(path) is not UTF-8 text")
        }
        return text
    }

    /// - Throws: ``CommandFailure`` when it cannot be read or is not JSON.
    static func json(_ path: String) throws(CommandFailure) -> JSON {
        let bytes = try bytes(path)
        do {
            return try JSON(parsing: bytes)
        } catch {
            throw CommandFailure("\(path == "-" ? "standard input" : path) is not JSON: \(error)")
        }
    }
}
