import PluginKit

/// What the command line and the environment say.
struct Options {
    /// Where to listen on 127.0.0.1; 0 lets the system choose.
    var port = 0
    /// The secret, if it is known at the start.
    var secret: WebhookSecret?
    /// A file that holds the secret, or will.
    var secretFile: String?

    static let usage = """
        usage: table-of-contents [--port PORT] [--secret whsec_… | --secret-file PATH]

          --port PORT         listen on 127.0.0.1 at this port (default: one that is free)
          --secret SECRET     the secret that the host showed at registration;
                              PLUGINHOST_PLUGIN_SECRET in the environment does the same
          --secret-file PATH  a file with the secret; it may come later, and is read again until it is there
        """

    /// What is wrong with the command line.
    struct UsageError: Error {
        var message: String
    }

    init(arguments: [String], environment: [String: String]) throws(UsageError) {
        var rest = arguments[...]
        var secretText = environment["PLUGINHOST_PLUGIN_SECRET"]
        while let argument = rest.popFirst() {
            // Both `--port 80` and `--port=80`.
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            guard let name = parts.first, ["--port", "--secret", "--secret-file"].contains(name) else {
                throw UsageError(message: "unknown argument \(argument)")
            }
            guard let value = parts.count > 1 ? parts[1] : rest.popFirst() else {
                throw UsageError(message: "\(name) needs a value")
            }
            switch name {
            case "--port":
                guard let port = Int(value), (0...65_535).contains(port) else {
                    throw UsageError(message: "--port takes a number from 0 to 65535, found \(value)")
                }
                self.port = port
            case "--secret": secretText = value
            default: secretFile = value
            }
        }
        if let secretText, !secretText.isEmpty {
            do {
                secret = try WebhookSecret(parsing: secretText)
            } catch {
                throw UsageError(message: "\(error)")
            }
        }
    }
}
