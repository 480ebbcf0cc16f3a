internal import DocumentModel
internal import JSONSchema
internal import NIOConcurrencyHelpers
internal import PluginHost
internal import PluginProtocol

/// The latest durable revision of a document, as the store knows it.
struct Head: Sendable {
    /// The row's key, which a change is written by without looking the id up again.
    let key: Int64
    let snapshot: DocumentSnapshot
    let isDeleted: Bool
    /// Where the chains of what concerns the document start.
    var links = Links()

    struct Links: Sendable, Equatable {
        var entry: Int64?
        var exchange: Int64?
    }
}

struct PluginStateKey: Sendable, Hashable {
    let plugin: PluginID
    let document: DocumentID
}

/// What is durable and likely to be asked for soon; filled by the writer after each commit, read by everybody.
final class StoreCaches: Sendable {
    private struct State {
        var heads: GenerationalCache<DocumentID, Head>
        // The absence of a state is worth remembering: most plugins have none.
        var pluginStates = GenerationalCache<PluginStateKey, JSON?>(limit: 4 << 20)
        // Counts commits, so that a reader does not put in what a commit has made stale meanwhile.
        var headEpoch = 0
        var stateEpoch = 0
    }

    private let state: NIOLockedValueBox<State>

    init(bytes: Int) { state = NIOLockedValueBox(State(heads: GenerationalCache(limit: bytes))) }

    func head(_ id: DocumentID) -> (found: Head?, epoch: Int) {
        state.withLockedValue { ($0.heads.value(id), $0.headEpoch) }
    }

    func keep(_ head: Head, of id: DocumentID, ifStill epoch: Int) {
        state.withLockedValue { state in
            guard state.headEpoch == epoch else { return }
            state.heads.set(head, cost: Self.cost(head), for: id)
        }
    }

    func pluginState(_ key: PluginStateKey) -> (found: JSON??, epoch: Int) {
        state.withLockedValue { ($0.pluginStates.value(key), $0.stateEpoch) }
    }

    func keep(_ value: JSON?, of key: PluginStateKey, ifStill epoch: Int) {
        state.withLockedValue { state in
            guard state.stateEpoch == epoch else { return }
            state.pluginStates.set(value, cost: 256, for: key)
        }
    }

    /// What a commit changed.
    struct News: Sendable {
        var heads: [DocumentID: DirtyHead] = [:]
        var states: [PluginStateKey] = []
        var pluginsDeleted = false
    }

    /// Takes over what a commit made durable.
    func publish(_ news: News) {
        let (states, pluginsDeleted) = (news.states, news.pluginsDeleted)
        guard !news.heads.isEmpty || !states.isEmpty || pluginsDeleted else { return }
        state.withLockedValue { state in
            if !news.heads.isEmpty { state.headEpoch += 1 }
            for (id, dirty) in news.heads { state.heads.set(dirty.head, cost: Self.cost(dirty.head), for: id) }
            if !states.isEmpty || pluginsDeleted { state.stateEpoch += 1 }
            // Not kept: a state can be 64 KiB, and the next exchange may be far away.
            for key in states { state.pluginStates.remove(key) }
            if pluginsDeleted { state.pluginStates.removeAll() }
        }
    }

    /// Forgets everything, after a commit that failed.
    func removeAll() {
        state.withLockedValue { state in
            state.heads.removeAll()
            state.pluginStates.removeAll()
            state.headEpoch += 1
            state.stateEpoch += 1
        }
    }

    private static func cost(_ head: Head) -> Int { head.snapshot.bytes.count + 256 }
}
