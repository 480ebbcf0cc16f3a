import Foundation
import PluginKit

/// Gives the plugin its secret: from the command line, or from a file as soon as that is there.
final class SecretSource: Sendable {
    private let known: WebhookSecret?
    private let path: String?

    init(_ options: Options) {
        known = options.secret
        path = options.secretFile
    }

    /// The secret, or none while nobody has written it down yet.
    ///
    /// The file is read at each request: it is small, and a secret that was rotated is taken up at once.
    func secrets() -> [WebhookSecret] {
        if let known { return [known] }
        guard let path, let data = FileManager.default.contents(atPath: path) else { return [] }
        let text = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        return text.compactMap { try? WebhookSecret(parsing: $0) }
    }
}
