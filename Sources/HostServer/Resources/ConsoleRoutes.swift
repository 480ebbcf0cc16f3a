import HTTPTypes

/// `/console`: a page that shows plugins, documents, exchanges and the audit trail.
///
/// The page itself holds nothing; it asks the API with the token that its user types in.
struct ConsoleRoutes: Sendable {
    let files: WebFiles

    /// Nothing but the host's own files; nothing inline, no forms, no frames.
    static let contentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// The routes.
    var routes: [Route] {
        [
            .anyone(.get, "/console") { _ in page(files.console, "text/html; charset=utf-8") },
            .anyone(.get, "/console/console.css") { _ in page(files.style, "text/css; charset=utf-8") },
            .anyone(.get, "/console/console.js") { _ in page(files.script, "text/javascript; charset=utf-8") },
        ]
    }

    private func page(_ bytes: [UInt8], _ type: String) -> Reply {
        var reply = Reply(contentType: type, body: bytes)
        // The files change with the program and have no names of their own per version.
        reply.cacheControl = "no-cache"
        if let policy = HTTPField.Name("content-security-policy") {
            reply.headers.append(HTTPField(name: policy, value: Self.contentSecurityPolicy))
        }
        reply.headers.append(HTTPField(name: .referrerPolicy, value: "no-referrer"))
        return reply
    }
}
