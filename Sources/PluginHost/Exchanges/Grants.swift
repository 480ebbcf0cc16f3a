import DocumentModel
import JSONSchema
import PluginProtocol

/// Compares what a plugin's commands need with what it was granted.
///
/// Pure.
enum Grants {
    /// Refuses the answer at the first command that needs more than was granted; nil if none does.
    static func refusal(of commands: [Command], plugin: Plugin) -> Refusal? {
        for (index, command) in commands.enumerated() {
            let missing = command.scopes.filter { needed in
                !plugin.scopes.contains { $0.implies(needed) }
            }
            guard let scope = missing.map(\.description).min() else { continue }
            let pointer = JSONPointer(tokens: ["commands", String(index), "op"])
            return Refusal(
                .notGranted,
                "command \(index) (\(command.op)): needs the scope \(scope), which \(plugin.name) was not granted",
                commandIndex: index,
                pointer: pointer,
                rule: "scope",
                limit: .array(plugin.sortedScopes.map { .string($0.description) }),
                actual: .string(scope),
                hint: "an administrator can grant it: PATCH /v1/plugins/\(plugin.id) with \"scopes\""
            )
        }
        return nil
    }
}

extension Plugin {
    /// The granted scopes, by name.
    var sortedScopes: [Scope] { scopes.sorted { $0.description < $1.description } }
}

extension HostConfiguration {
    /// What outbound requests name as their sender.
    var userAgent: String { "pluginhost/\(version)" }
}
