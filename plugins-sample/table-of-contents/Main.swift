import Foundation
import Hummingbird
import Logging
import NIOCore
import PluginKit

/// Serves the plugin on 127.0.0.1 until SIGTERM or SIGINT.
@main
enum Main {
    static func main() async throws {
        let options: Options
        do {
            let process = ProcessInfo.processInfo
            options = try Options(arguments: Array(process.arguments.dropFirst()), environment: process.environment)
        } catch {
            FileHandle.standardError.write(Data("table-of-contents: \(error.message)\n\(Options.usage)\n".utf8))
            exit(64)
        }
        var logger = Logger(label: "table-of-contents") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        let log = logger
        let source = SecretSource(options)
        let plugin = try TableOfContentsPlugin.make(
            secrets: { source.secrets() },
            onError: { log.error("the plugin failed", metadata: ["error": "\($0)"]) }
        )

        let router = Router()
        router.post("/") { request, context in
            let body = try await request.body.collect(upTo: Limits.default.requestBytes)
            var headers: [String: String] = [:]
            for field in request.headers { headers[field.name.canonicalName] = field.value }
            let response = await plugin.respond(headers: headers, body: Array(body.readableBytesView), now: .now())
            return Response(response)
        }
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: options.port)),
            onServerRunning: { channel in
                // Other programs wait for this line, so it must not linger in a buffer.
                print("listening on http://127.0.0.1:\(channel.localAddress?.port ?? 0)/")
                fflush(nil)
            },
            logger: logger
        )
        try await application.runService()
    }
}

extension Response {
    fileprivate init(_ response: PluginHTTPResponse) {
        var headers = HTTPFields()
        if let contentType = response.contentType { headers[.contentType] = contentType }
        self.init(
            status: .init(code: response.status),
            headers: headers,
            body: response.body.isEmpty ? .init() : .init(byteBuffer: ByteBuffer(bytes: response.body))
        )
    }
}
