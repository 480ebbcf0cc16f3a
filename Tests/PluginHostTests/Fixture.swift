import DocumentModel
import JSONSchema
import Logging
import NIOConcurrencyHelpers
import PluginHost
import PluginProtocol
import TestSupport

/// A host over a store in memory and plugins that are closures.
struct Fixture {
    let store: MemoryStore
    let transport = FakeTransport()
    let host: Host
    let clock: HostClock
    let admin = Actor(kind: .user, id: "administrator", name: "administrator")

    init(
        limits: Limits = .default,
        store: MemoryStore = MemoryStore(),
        clock: HostClock = .system,
        pingInterval: Duration? = nil,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) {
        self.store = store
        self.clock = clock
        host = Host(
            store: store,
            transport: transport,
            configuration: HostConfiguration(
                publicURL: "http://host.test",
                version: "test",
                limits: limits,
                shutdownGrace: .milliseconds(200),
                pingInterval: pingInterval
            ),
            logger: logger,
            clock: clock,
            ids: .counting()
        )
    }

    /// Runs the host's loop for as long as the body runs.
    @discardableResult
    func running<Value: Sendable>(_ body: @escaping @Sendable (Fixture) async throws -> Value) async throws -> Value {
        try await host.start()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await host.run() }
            let value: Value
            do {
                value = try await body(self)
            } catch {
                host.stop()
                throw error
            }
            host.stop()
            try await group.waitForAll()
            return value
        }
    }

    /// Registers and enables a plugin with one subscription.
    @discardableResult
    func plugin(
        _ name: String,
        phase: Phase,
        events: [String] = ["document.changed"],
        order: Int = 100,
        timeoutMilliseconds: Int = 2000,
        onFailure: FailurePolicy = .skip,
        scopes: [String] = ["blocks:write", "tags:write", "properties:write"],
        extra: JSONObject = [:],
        more: [JSON] = [],
        answer: @escaping FakeTransport.Handler
    ) async throws -> Plugin {
        var subscription: JSONObject = [
            "events": .array(events.map { .string($0) }),
            "phase": .string(phase.rawValue),
            "order": .number(JSONNumber(order)),
            "timeoutMilliseconds": .number(JSONNumber(timeoutMilliseconds)),
            "onFailure": .string(onFailure.rawValue),
        ]
        for (key, value) in extra { subscription[key] = value }
        let url = "http://\(name).test/hook"
        var registration = PluginRegistration(url: url)
        registration.handshake = .skip
        registration.manifest = [
            "protocol": ["1.0"],
            "name": .string(name),
            "version": "1.0.0",
            "description": "A plugin of a test.",
            "subscriptions": .array([.object(subscription)] + more),
            "scopes": .array(scopes.map { .string($0) }),
        ]
        transport.handle(url, answer)
        let plugin = try await host.plugins.register(registration, actor: admin)
        return try await host.plugins.enable(plugin.id, actor: admin)
    }

    /// Makes a document of one paragraph.
    func document(
        _ text: String = "Hello wrold",
        type: String = "note",
        id: DocumentID = IdentifierSource.system.next()
    ) async throws -> DocumentSnapshot {
        var request = ChangeRequest(
            actor: admin,
            document: id,
            commands: [
                try command([
                    "op": "document.create", "id": .string(id.description), "type": .string(type), "title": "Title",
                    "blocks": [["type": "paragraph", "text": .string(text)]],
                ])
            ]
        )
        request.creates = true
        return try await change(request).document
    }

    /// Submits commands given as JSON.
    func submit(
        _ document: DocumentID,
        _ commands: JSON...,
        configure: (inout ChangeRequest) -> Void = { _ in }
    ) async throws -> ChangeResult {
        var request = ChangeRequest(actor: admin, document: document, commands: try commands.map(command))
        request.wait = .settled
        configure(&request)
        return try await change(request)
    }

    /// The code of the error that a change ends with; nil if it is made.
    func refusal(
        _ document: DocumentID,
        _ command: JSON,
        configure: @Sendable (inout ChangeRequest) -> Void = { $0.wait = .committed }
    ) async -> HostError.Code? {
        do {
            _ = try await submit(document, command, configure: configure)
            return nil
        } catch {
            return (error as? HostError)?.code
        }
    }

    /// Submits a request that is expected to be no repeat.
    func change(_ request: ChangeRequest) async throws -> ChangeResult {
        switch try await host.submit(request, render: nil) {
        case .changed(let result): return result
        case .repeated: throw HostError(.internalError, "a repeat")
        }
    }

    func command(_ json: JSON) throws -> Command { try Command(json: json, index: 0) }
}

/// A value that closures of several tasks change.
final class Shared<Value: Sendable>: Sendable {
    private let box: NIOLockedValueBox<Value>

    init(_ value: Value) { box = NIOLockedValueBox(value) }

    var value: Value { box.withLockedValue { $0 } }

    func change<Result>(_ body: (inout Value) -> Result) -> Result { box.withLockedValue { body(&$0) } }
}
