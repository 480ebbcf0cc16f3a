import CAssets
import PluginHost

/// The files of `web/`, as embedded.
struct WebFiles: Sendable {
    /// The console's page.
    let console: [UInt8]
    /// Its style sheet.
    let style: [UInt8]
    /// Its script.
    let script: [UInt8]

    /// Takes the files out of the program.
    ///
    /// - Throws: ``HostError`` of code `internal-error` if one is missing.
    init() throws {
        console = try Self.bytes(of: "console.html")
        style = try Self.bytes(of: "console.css")
        script = try Self.bytes(of: "console.js")
    }

    /// The bytes of one file.
    ///
    /// - Throws: ``HostError`` of code `internal-error` if it is not embedded.
    static func bytes(of name: String) throws -> [UInt8] {
        for index in 0..<assets_web_count() {
            let file = assets_web(index)
            if String(cString: file.name) == name {
                return Array(UnsafeBufferPointer(start: file.bytes, count: file.length))
            }
        }
        throw HostError(.internalError, "The file \"\(name)\" of web/ is not embedded.")
    }
}
