internal import JSONSchema
public import PluginProtocol

/// What to send back to the host.
///
/// `Sendable`.
public struct PluginHTTPResponse: Sendable, Hashable {
    /// The status, such as 200.
    public var status: Int
    /// The `content-type` header; nil where there is no body.
    public var contentType: String?
    /// The body; empty for none.
    public var body: [UInt8]

    /// The answer that says nothing: 204.
    public static let nothing = PluginHTTPResponse(status: 204, contentType: nil, body: [])

    /// An answer as JSON; 204 if it says nothing, 202 if it only says that it comes later.
    public static func answer(_ answer: PluginAnswer) -> PluginHTTPResponse {
        if answer.isNothing { return .nothing }
        if answer == PluginAnswer(defer: PluginAnswer.Deferral()) {
            return PluginHTTPResponse(status: 202, contentType: nil, body: [])
        }
        var writer = JSONWriter(reserving: 1024)
        answer.write(into: &writer)
        return PluginHTTPResponse(status: 200, contentType: "application/json", body: writer.bytes)
    }

    /// A refusal: `{"error": message}`.
    static func failure(_ status: Int, _ message: String) -> PluginHTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("error")
        writer.string(message)
        writer.endObject()
        return PluginHTTPResponse(status: status, contentType: "application/json", body: writer.bytes)
    }
}
