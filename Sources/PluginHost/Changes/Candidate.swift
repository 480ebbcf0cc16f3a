import DocumentModel
import PluginProtocol

/// A change as it stands while `before` plugins are asked: the caller's commands and what plugins added, all one revision to be.
///
/// Pure; `Sendable`.
struct Candidate: Sendable {
    /// The commands of one author within the change.
    struct Part: Sendable {
        var actor: Actor
        var plugin: PluginID?
        var exchange: ExchangeID?
        /// As they were sent, so that they can be moved forward and applied again.
        var commands: [Command]
        var mutations: [Mutation]

        /// The plugin that they are of, also if it sent them with a token of its own.
        var author: PluginID? { plugin ?? (actor.kind == .plugin ? PluginID(parsing: actor.id) : nil) }
    }

    /// The latest revision when the change began; 0 when it makes the document.
    var base: Int
    var document: Document
    var isDeletion = false
    /// The event that stands for the change, if plugins may have heard of it already.
    var event: EventID?
    /// The registry's generation in which it was looked who is to be asked before it; nil if nobody is.
    var generation: Int?
    var parts: [Part] = []

    var mutations: [Mutation] { parts.count == 1 ? parts[0].mutations : parts.flatMap(\.mutations) }

    /// Applies the first author's commands.
    init(
        _ commands: [Command],
        to snapshot: DocumentSnapshot?,
        actor: Actor,
        plugin: PluginID? = nil,
        exchange: ExchangeID? = nil,
        context: ApplyContext
    ) throws(CommandError) {
        let change = try DocumentModel.apply(commands, to: snapshot?.document, context: context)
        base = snapshot?.document.revision ?? 0
        document = change.document
        isDeletion = change.isDeletion
        parts = [
            Part(
                actor: actor,
                plugin: plugin,
                exchange: exchange,
                commands: commands,
                mutations: change.mutations
            )
        ]
    }

    /// Adds the commands of a plugin's answer (or the host's own).
    ///
    /// - Returns: how many of them changed something.
    mutating func add(
        _ commands: [Command],
        actor: Actor,
        plugin: PluginID?,
        exchange: ExchangeID?,
        context: ApplyContext
    ) throws(CommandError) -> Int {
        let change = try DocumentModel.apply(commands, to: document, context: context)
        guard !change.mutations.isEmpty else { return 0 }
        document = change.document
        // Everything that happens before the commit is one revision.
        document.revision = base + 1
        isDeletion = isDeletion || change.isDeletion
        parts.append(
            Part(
                actor: actor,
                plugin: plugin,
                exchange: exchange,
                commands: commands,
                mutations: change.mutations
            )
        )
        return change.mutations.count
    }

    /// The same change made again on a later revision, positions moved through what happened meanwhile.
    ///
    /// All parts are moved as one list, each command being made on what the ones before it leave. Where two wrote at the same place,
    /// what came first for one part must come first for the next, too: moving each part by itself does not promise that.
    func moved(
        to snapshot: DocumentSnapshot,
        through later: [Mutation],
        context: (Actor) -> ApplyContext
    ) throws(CommandError) -> Candidate {
        guard let first = parts.first else { return self }
        var commands = try DocumentModel.move(parts.flatMap(\.commands), through: later)[...]
        func next(_ part: Part) -> [Command] {
            defer { commands = commands.dropFirst(part.commands.count) }
            return Array(commands.prefix(part.commands.count))
        }
        var result = try Candidate(next(first), to: snapshot, actor: first.actor, context: context(first.actor))
        result.event = event
        result.generation = generation
        for part in parts.dropFirst() {
            _ = try result.add(
                next(part),
                actor: part.actor,
                plugin: part.plugin,
                exchange: part.exchange,
                context: context(part.actor)
            )
        }
        return result
    }
}
