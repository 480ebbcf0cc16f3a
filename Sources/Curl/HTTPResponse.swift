/// An answer that came whole, of any status.
///
/// `Sendable`. A 3xx is an answer like any other: redirects are never followed.
public struct HTTPResponse: Sendable {
    /// The version of HTTP that the answer came by.
    public enum Version: Sendable, Hashable {
        /// HTTP/1.0.
        case http10

        /// HTTP/1.1.
        case http11

        /// HTTP/2.
        case http2

        /// HTTP/3.
        case http3
    }

    /// 200...599.
    public let status: Int

    /// The version of HTTP.
    public let version: Version

    /// The header fields of the final response.
    public let headers: HeaderFields

    /// The content, decompressed.
    public let body: [UInt8]

    /// Where the time went.
    public let timings: TransferTimings

    /// The address that answered, as text; empty if unknown.
    public let primaryIP: String

    /// True if the request went by a connection that an earlier one had opened.
    public let connectionWasReused: Bool

    /// The end of the peer's certificate, in seconds since 1970, if the request had a connection of its own by TLS.
    public let certificateEnd: Int64?

    /// The value of `Content-Type`, if there is one.
    public var contentType: String? { headers.first("content-type") }
}
