public import DocumentModel
public import JSONSchema
public import PluginProtocol

/// A made-up document and something that happened to it: what a plugin is asked when it is tried.
///
/// Asked as a dry run. The host and `pluginhost check` send the same ones. `Sendable`.
public struct ProbeSample: Sendable {
    /// What is being tried.
    public let subscription: Subscription
    /// What happened.
    public private(set) var event: Event
    /// What it happened to.
    public private(set) var document: Document
    /// What the plugin answered as its state before.
    public private(set) var state: JSON = [:]

    private static let actor = Actor(kind: .user, id: "usr_probe", name: "Probe")
    private let ids: IdentifierSource

    /// Makes an example of an event that a subscription asks for; nil if there is none of the type.
    ///
    /// - Parameters:
    ///   - type: one of the subscription's types.
    ///   - subscription: whose types of documents and tags the document has.
    ///   - manifest: where the subscription stands.
    ///   - ids: names everything.
    ///   - time: when it happened.
    public init?(
        _ type: EventType,
        for subscription: Subscription,
        of manifest: Manifest,
        ids: IdentifierSource,
        time: Timestamp
    ) {
        let block = ids.next(BlockIdentifierKind.self).description
        guard let document = Self.document(subscription.match, block: block, ids: ids, time: time),
            let data = Self.data(of: type, block: block, manifest: manifest, ids: ids)
        else { return nil }
        var commands: [Command] = []
        if type == .documentChanged,
            let command = try? Command(json: ["op": "document.setTitle", "title": .string(Self.title)], index: 0)
        {
            commands = [command]
        }
        self.subscription = subscription
        self.document = document
        self.ids = ids
        event = Event(
            id: ids.next(),
            type: type,
            phase: subscription.phase,
            time: time,
            commands: commands,
            data: data
        )
    }

    /// The request that asks a plugin about it.
    public func request(
        exchange: ExchangeID,
        host: PluginRequest.Host,
        plugin: PluginID,
        scopes: [Scope]
    ) -> PluginRequest {
        PluginRequest(
            exchange: exchange,
            dryRun: true,
            budget: subscription.timeout,
            host: host,
            plugin: PluginRequest.Recipient(id: plugin, scopes: scopes, state: state),
            actor: Self.actor,
            events: [event],
            document: subscription.selection.serialized(document)
        )
    }

    /// The same event on the document that a plugin's answer makes of this one.
    ///
    /// - Parameters:
    ///   - answer: to this sample.
    ///   - actor: the plugin.
    ///   - limits: for documents.
    /// - Returns: nil if the answer changes nothing.
    /// - Throws: ``CommandError`` if the answer does not apply.
    public func changed(
        by answer: PluginAnswer,
        actor: Actor,
        limits: DocumentLimits
    ) throws(CommandError) -> ProbeSample? {
        let context = ApplyContext(actor: actor, time: event.time, ids: ids, limits: limits)
        let change = try DocumentModel.apply(answer.commands, to: document, context: context)
        guard !change.mutations.isEmpty else { return nil }
        var sample = self
        sample.document = change.document
        sample.state = answer.state ?? state
        sample.event.id = ids.next()
        if event.type == .documentChanged {
            sample.event.commands = change.mutations.map(\.command)
            sample.event.data = [
                "fromRevision": .integer(document.revision), "revision": .integer(change.document.revision),
            ]
        }
        return sample
    }

    private static let title = "A document"

    /// A small document that a subscription is about, but for the text that it asks for.
    ///
    /// - Parameters:
    ///   - match: says the document's type and tags.
    ///   - block: the id of its paragraph; one of `ids` if nil.
    ///   - ids: names everything else.
    ///   - time: when it was made.
    /// - Returns: nil if the match names what no document can have.
    public static func document(
        _ match: Subscription.Match,
        block: String?,
        ids: IdentifierSource,
        time: Timestamp
    ) -> Document? {
        let block = block ?? ids.next(BlockIdentifierKind.self).description
        let creation: JSON = [
            "op": "document.create",
            "type": .string(match.types.first ?? "note"),
            "title": .string(title),
            "tags": .array(match.tags.map(JSON.string)),
            "blocks": [
                ["type": "heading", "text": "A heading", "properties": ["level": 1]],
                ["id": .string(block), "type": "paragraph", "text": "It says \"wil\" -- and more. Ça va? 👍🏽"],
                ["type": "heading", "text": "Another heading", "properties": ["level": 2]],
            ],
        ]
        let context = ApplyContext(actor: actor, time: time, ids: ids, limits: .default)
        guard let command = try? Command(json: creation, index: 0) else { return nil }
        return try? DocumentModel.apply([command], to: nil, context: context).document
    }

    private static func data(of type: EventType, block: String, manifest: Manifest, ids: IdentifierSource) -> JSON? {
        switch type {
        case .documentCreated, .documentDeleted: return [:]
        case .documentChanged: return ["fromRevision": 1, "revision": 1]
        case .blockCreated, .blockChanged, .blockDeleted: return ["block": .string(block)]
        case .commentAdded:
            let comment = ids.next(CommentIdentifierKind.self).description
            return ["comment": .string(comment), "block": .string(block)]
        case .participantAdded, .participantRemoved: return ["participant": ["type": "user", "id": "usr_probe"]]
        case .actionInvoked:
            guard let action = manifest.actions.first, action.parameters == nil else { return nil }
            return ["action": .string(action.name), "parameters": [:]]
        case .viewOpened, .viewAction, .pluginPing: return nil
        }
    }
}
