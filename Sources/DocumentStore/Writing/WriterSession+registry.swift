internal import DocumentModel
internal import JSONSchema
internal import PluginHost
internal import PluginProtocol

/// What changes seldom: plugins, clients, answers to repeat.
extension WriterSession {
    func put(_ answer: IdempotentAnswer) throws {
        let expired = answer.time.millisecondsSince1970 - SQLiteStore.idempotencyLifetime
        statements.pruneIdempotency.bind(expired)
        try statements.pruneIdempotency.run()
        statements.deleteExpiredKey.bind(answer.client)
        statements.deleteExpiredKey.bind(answer.key)
        statements.deleteExpiredKey.bind(expired)
        try statements.deleteExpiredKey.run()
        let statement = statements.insertIdempotency
        statement.bind(answer.client)
        statement.bind(answer.key)
        statement.bind(blob: answer.digest)
        statement.bind(answer.status)
        statement.bind(answer.time)
        statement.bind(blob: answer.body)
        do {
            try statement.run()
        } catch let failure as SQLFailure where failure.isDuplicate {
            throw HostError(
                .requestInFlight,
                "another request with the same idempotency key was carried out meanwhile",
                hint: "send it again to get its answer"
            )
        }
    }

    func writePlugins(_ writes: Writes) throws {
        for id in writes.pluginsDeleted {
            let version = statements.putPluginVersion
            version.bind(id)
            version.bind(writes.generation)
            try version.run()
            for statement in [statements.deletePlugin, statements.deletePluginStates, statements.deletePluginWork] {
                statement.bind(id)
                try statement.run()
            }
            deletedPlugins = true
        }
        for plugin in writes.plugins {
            try put(plugin)
            let version = statements.putPluginVersion
            version.bind(plugin.id)
            version.bind(writes.generation)
            version.bind(plugin.name)
            version.bind(plugin.state.rawValue)
            version.bind(text: plugin.manifest.json.serialized())
            try version.run()
        }
    }

    private func put(_ plugin: Plugin) throws {
        let statement = statements.putPlugin
        statement.bind(plugin.id)
        statement.bind(plugin.name)
        statement.bind(plugin.url.description)
        statement.bind(plugin.dialect)
        statement.bind(plugin.state.rawValue)
        statement.bind(plugin.handshake.rawValue)
        statement.bind(plugin.verifiesSignatures.map { $0 ? 1 : 0 })
        statement.bind(plugin.createdAt)
        statement.bind(plugin.updatedAt)
        statement.bind(text: plugin.encodedScopes())
        statement.bind(text: plugin.manifest.json.serialized())
        statement.bind(blob: try plugin.sealedTLS(key))
        do {
            try statement.run()
        } catch let failure as SQLFailure where failure.isDuplicate {
            throw HostError(
                .nameTaken,
                "another plugin is called \"\(plugin.name)\"",
                hint: "give it a name of its own"
            )
        }
        statements.deleteSecrets.bind(plugin.id)
        try statements.deleteSecrets.run()
        for (position, member) in plugin.secrets.live(at: plugin.updatedAt).enumerated() {
            let context = Self.secretContext(plugin.id, position)
            let sealed = try key.seal(Array(member.secret.text.utf8), for: .pluginSecret, context: context)
            statements.insertSecret.bind(plugin.id)
            statements.insertSecret.bind(position)
            statements.insertSecret.bind(blob: sealed)
            statements.insertSecret.bind(member.createdAt)
            statements.insertSecret.bind(member.endsAt?.millisecondsSince1970)
            try statements.insertSecret.run()
        }
    }

    /// Ties a sealed secret to its row.
    static func secretContext(_ plugin: PluginID, _ position: Int) -> String { "\(plugin) \(position)" }

    func put(_ type: DocumentType) throws {
        statements.putDocumentType.bind(type.name)
        statements.putDocumentType.bind(text: type.schema.serialized())
        try statements.putDocumentType.run()
    }

    func insert(_ client: APIClient) throws {
        let statement = statements.insertClient
        statement.bind(client.id)
        statement.bind(client.name)
        statement.bind(client.actor.kind.rawValue)
        statement.bind(client.actor.id)
        statement.bind(client.actor.name)
        statement.bind(blob: client.tokenDigest)
        statement.bind(client.createdAt)
        do {
            try statement.run()
        } catch let failure as SQLFailure where failure.isDuplicate {
            throw HostError(.nameTaken, "there is another API client with the token of \"\(client.id)\" already")
        }
    }
}
