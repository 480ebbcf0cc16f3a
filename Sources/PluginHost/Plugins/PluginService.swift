public import DocumentModel
import JSONSchema
public import PluginProtocol

/// Registers, changes and stops plugins.
///
/// Part of the management plane: never waits on a plugin other than the one it is about, and no plugin is asked about it. `Sendable`.
public final class PluginService: Sendable {
    let store: any HostStore
    let registry: PluginRegistry
    let handshake: Handshake
    private let reactions: ReactionService
    let clock: HostClock
    private let ids: IdentifierSource
    let limits: Limits
    /// One act of management at a time: what is read, decided, stored and put in the registry must not be interleaved.
    private let turn = Bulkhead(places: 1, queueLimit: 1000)

    init(
        store: any HostStore,
        registry: PluginRegistry,
        handshake: Handshake,
        reactions: ReactionService,
        planner: CommitPlanner
    ) {
        self.store = store
        self.registry = registry
        self.handshake = handshake
        self.reactions = reactions
        self.clock = planner.clock
        self.ids = planner.ids
        self.limits = planner.limits
    }

    /// All plugins, oldest first.
    public func list() -> [Plugin] { registry.all.map(\.plugin) }

    /// One plugin.
    ///
    /// - Throws: ``HostError`` of code `not-found`.
    public func get(_ id: PluginID) throws(HostError) -> Plugin { try registered(id).plugin }

    /// Registers a plugin and leaves it pending.
    ///
    /// Pings it once, unless the registration skips the handshake: the plugin must answer the challenge, and says what it is
    /// by its manifest unless the registration brought one.
    ///
    /// - Returns: the plugin; its only secret is to be shown once.
    /// - Throws: ``HostError`` of code `plugin-url-refused`, `schema-violation`, `name-taken` or `handshake-failed`.
    public func register(_ registration: PluginRegistration, actor: Actor) async throws -> Plugin {
        if let dialect = registration.dialect, dialect != "native" {
            throw HostError.schema("dialect", "there is no dialect \"\(dialect)\"; the only one is \"native\"")
        }
        let url = try await checked(registration.url, pointer: "url")
        let secret = try self.secret(registration.secret)
        var manifest = try registration.manifest.map { try self.manifest($0) }
        let id: PluginID = ids.next()
        let now = clock.now()
        if registration.handshake == .skip, manifest == nil {
            throw HostError.schema("manifest", "a registration that skips the handshake must bring the manifest")
        }
        if registration.handshake == .ping {
            let draft = Plugin(
                id: id,
                url: url,
                name: registration.name ?? manifest?.name ?? url.description,
                manifest: try manifest ?? self.manifest(Self.unknownManifest),
                scopes: [],
                secrets: SigningSecrets(secret, createdAt: now),
                tls: registration.tls,
                createdAt: now,
                updatedAt: now
            )
            let answer = try await handshake.ping(draft)
            manifest = manifest ?? answer.manifest
            if manifest == nil {
                throw HostError.handshakeFailed(
                    draft,
                    "it answered the challenge without a manifest, and the registration brought none",
                    refusal: nil
                )
            }
        }
        guard let manifest else { throw HostError(.internalError, "A plugin without a manifest") }
        try manifest.checkSchemas()
        let plugin = Plugin(
            id: id,
            url: url,
            name: registration.name ?? manifest.name,
            handshake: registration.handshake,
            manifest: manifest,
            scopes: try scopes(registration.scopes, of: manifest),
            secrets: SigningSecrets(secret, createdAt: now),
            tls: registration.tls,
            createdAt: now,
            updatedAt: now
        )
        return try await inTurn {
            try checkOrder(of: plugin)
            try await save(plugin, .pluginRegistered, actor: actor)
            return plugin
        }
    }

    /// Changes a plugin; what it is asked from the next event on follows the change.
    ///
    /// A new URL makes it pending until it is enabled again; what waits for it waits on.
    public func update(_ id: PluginID, _ patch: PluginPatch, actor: Actor) async throws -> Plugin {
        _ = try get(id)
        let url: PluginURL? = if let text = patch.url { try await checked(text, pointer: "url") } else { nil }
        var hasMoved = false
        let changed = try await change(id, .pluginChanged, actor: actor) { plugin in
            let before = plugin.url
            try apply(patch, url: url, to: &plugin)
            try checkOrder(of: plugin)
            hasMoved = plugin.url != before
        }
        // What happened at another address says nothing of this one.
        if hasMoved { closeBreaker(of: changed) }
        return changed
    }

    /// Refuses what no order of a `before` chain can satisfy.
    private func checkOrder(of plugin: Plugin) throws(HostError) {
        let others = registry.all.map(\.plugin).filter { $0.id != plugin.id }
        guard let found = ChainOrder.contradiction(of: plugin, among: others) else { return }
        let names = found.names.joined(separator: ", then ")
        var error = HostError(
            .schemaViolation,
            found.isAboutJudge
                ? "The manifest asks for an order that cannot be: \(names), but judges (writes: []) are asked last"
                : "The manifest asks for an order that goes in a circle: \(names)",
            hint: "take a name out of runsAfter or runsBefore"
        )
        error.pointer = JSONPointer(tokens: ["manifest", "subscriptions", String(found.subscription)])
        error.rule = "order"
        error.actual = .array(found.names.map { .string($0) })
        throw error
    }

    private func apply(_ patch: PluginPatch, url: PluginURL?, to plugin: inout Plugin) throws {
        if let url, url != plugin.url {
            plugin.url = url
            plugin.state = .pending
            plugin.verifiesSignatures = nil
        }
        if let name = patch.name { plugin.name = name }
        if let tls = patch.tls { plugin.tls = tls }
        if let json = patch.manifest {
            plugin.manifest = try manifest(json)
            try plugin.manifest.checkSchemas()
            // What a plugin does not ask for any more, it does not keep.
            plugin.scopes.formIntersection(plugin.manifest.scopes)
        }
        if let scopes = patch.scopes { plugin.scopes = try self.scopes(scopes, of: plugin.manifest) }
    }

    /// Pings a plugin, tries it with a wrong signature, and lets it be asked from the next event on.
    ///
    /// - Throws: ``HostError`` of code `handshake-failed` when the genuine ping fails; the plugin stays as it was.
    public func enable(_ id: PluginID, actor: Actor) async throws -> Plugin {
        let pinged = try get(id)
        var verifies = pinged.verifiesSignatures
        if pinged.handshake == .ping {
            _ = try await handshake.ping(pinged)
            verifies = await handshake.refusesWrongSignature(pinged)
        }
        let enabled = try await change(id, .pluginEnabled, actor: actor) { [verifies] plugin in
            // The pings take time; what an administrator did meanwhile goes before.
            guard plugin.updatedAt == pinged.updatedAt else {
                throw HostError(
                    .conflict,
                    "The plugin was changed while it was pinged, so it was not enabled",
                    hint: "look at it again, then repeat"
                )
            }
            plugin.state = .enabled
            plugin.verifiesSignatures = verifies
        }
        // Whoever enables a plugin wants it asked from now on, whatever it did before.
        closeBreaker(of: enabled)
        reactions.wake(id)
        return enabled
    }

    /// Stops asking a plugin from the next event on; what waits for it is recorded as skipped.
    public func disable(_ id: PluginID, actor: Actor) async throws -> Plugin {
        let disabled = try await change(id, .pluginDisabled, actor: actor) { $0.state = .disabled }
        await reactions.drop(disabled, .pluginGone("disabled"))
        return disabled
    }

    /// Deletes a plugin; what it did stays in the ledger.
    public func delete(_ id: PluginID, actor: Actor) async throws {
        let deleted = try await inTurn {
            var plugin = try get(id)
            plugin.updatedAt = clock.now()
            let entry = self.entry(plugin, .pluginDeleted, actor: actor)
            let generation = registry.generation + 1
            try await store.write(document: nil) { _ in
                var writes = Writes()
                writes.pluginsDeleted = [id]
                writes.generation = generation
                writes.entries = [entry]
                return (writes, ())
            }
            registry.remove(id, generation: generation)
            return plugin
        }
        await reactions.drop(deleted, .pluginGone("deleted"))
    }

    /// Notes whether a plugin refused a wrong signature, if that is news and the plugin is still the one that was tried.
    func note(verifiesSignatures: Bool, of tried: Plugin, actor: Actor) async throws {
        guard tried.verifiesSignatures != verifiesSignatures else { return }
        guard try get(tried.id).updatedAt == tried.updatedAt else { return }
        _ = try await change(tried.id, .pluginChanged, actor: actor) { plugin in
            if plugin.url == tried.url { plugin.verifiesSignatures = verifiesSignatures }
        }
    }

    /// Stands for the manifest of a plugin that has yet to send it.
    private static let unknownManifest: JSON = [
        "protocol": ["1.0"], "name": "unknown", "version": "0", "description": "", "subscriptions": [], "scopes": [],
    ]

    private func registered(_ id: PluginID) throws(HostError) -> RegisteredPlugin {
        guard let registered = registry[id] else { throw HostError(.notFound, "There is no plugin \(id)") }
        return registered
    }

    private func checked(_ text: String, pointer: String) async throws -> PluginURL {
        let url: PluginURL
        do {
            url = try PluginURL(parsing: text)
        } catch {
            var refused = HostError(.pluginURLRefused, "The URL cannot be called: \(error)")
            refused.pointer = JSONPointer(tokens: [pointer])
            throw refused
        }
        do {
            try await handshake.runner.transport.check(url)
        } catch {
            var refused = HostError(
                .pluginURLRefused,
                "The URL cannot be called: \(error.message)",
                hint: error.kind == .addressRefused
                    ? "an operator can permit an address range with --allow-address" : nil
            )
            refused.pointer = JSONPointer(tokens: [pointer])
            throw refused
        }
        return url
    }

    func secret(_ text: String?) throws(HostError) -> WebhookSecret {
        guard let text else { return WebhookSecret.generate() }
        do {
            return try WebhookSecret(parsing: text)
        } catch {
            throw HostError.schema("secret", "\(error)")
        }
    }

    private func manifest(_ json: JSON) throws(HostError) -> Manifest {
        do {
            return try Manifest(json: json, limits: limits)
        } catch {
            var failure = HostError(.schemaViolation, "The manifest is not valid: \(error)", hint: error.hint)
            failure.pointer = JSONPointer(tokens: ["manifest"] + error.pointer.tokens)
            failure.rule = error.rule
            failure.limit = error.limit
            failure.actual = error.actual
            throw failure
        }
    }

    /// What to grant: what was named, or all that the manifest asks for.
    private func scopes(_ names: [String]?, of manifest: Manifest) throws(HostError) -> Set<Scope> {
        guard let names else { return Set(manifest.scopes) }
        var scopes: Set<Scope> = []
        for (index, name) in names.enumerated() {
            guard let scope = Scope(parsing: name) else {
                var error = HostError.schema("scopes", "there is no scope \"\(name)\"")
                error.pointer = JSONPointer(tokens: ["scopes", String(index)])
                error.hint = NearestName.hint(for: name, among: Scope.all.map(\.description))
                throw error
            }
            scopes.insert(scope)
        }
        return scopes
    }

    private func inTurn<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        do {
            try await turn.enter(timeout: .seconds(10), clock: clock)
        } catch {
            throw HostError(.overloaded, "Too many changes of plugins are under way", hint: "repeat in a second")
        }
        defer { turn.leave() }
        return try await body()
    }

    /// Changes the plugin as it is now, stores it and puts it in the registry, with nothing between.
    func change(
        _ id: PluginID,
        _ kind: LedgerEntry.Kind,
        actor: Actor,
        _ body: (inout Plugin) throws -> Void
    ) async throws -> Plugin {
        try await inTurn {
            var plugin = try get(id)
            let before = plugin.updatedAt
            try body(&plugin)
            // Later than before, also within one millisecond, so that a change is always seen as one.
            plugin.updatedAt = max(
                clock.now(),
                Timestamp(millisecondsSince1970: before.millisecondsSince1970 + 1)
            )
            try await save(plugin, kind, actor: actor)
            return plugin
        }
    }

    private func save(_ plugin: Plugin, _ kind: LedgerEntry.Kind, actor: Actor) async throws {
        if registry.isTaken(name: plugin.name, except: plugin.id) {
            throw HostError(
                .nameTaken,
                "There is a plugin named \"\(plugin.name)\" already",
                hint: "give this one another name"
            )
        }
        let entry = self.entry(plugin, kind, actor: actor)
        let generation = registry.generation + 1
        try await store.write(document: nil) { _ in
            var writes = Writes()
            writes.plugins = [plugin]
            writes.generation = generation
            writes.entries = [entry]
            return (writes, ())
        }
        registry.put(plugin, generation: generation)
    }

    private func entry(_ plugin: Plugin, _ kind: LedgerEntry.Kind, actor: Actor) -> LedgerEntry {
        var writer = JSONWriter(reserving: 1024)
        plugin.write(into: &writer) { plugin.secrets.write(into: &$0, now: plugin.updatedAt, trials: nil) }
        return LedgerEntry(
            kind: kind,
            time: plugin.updatedAt,
            actor: actor,
            plugin: plugin.id,
            payload: writer.bytes
        )
    }
}

extension HostError {
    /// The body's member is wrong.
    static func schema(_ member: String, _ message: String) -> HostError {
        var error = HostError(.schemaViolation, "/\(member): \(message)")
        error.pointer = JSONPointer(tokens: [member])
        return error
    }

    static func handshakeFailed(_ plugin: Plugin, _ message: String, refusal: Refusal?) -> HostError {
        var error = HostError(
            .handshakeFailed,
            "The handshake with \(plugin.url) failed: \(message)",
            hint: refusal?.hint
                ?? "a plugin answers an event of type plugin.ping with {\"protocol\": \"1.0\", \"challenge\": …, \"manifest\": {…}}"
        )
        error.plugin = plugin.name
        error.refusal = refusal
        return error
    }
}
