import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport

/// Two people and three plugins who edit one document at once, on a host whose time and order of steps a seed decides.
///
/// People write on what they saw some time ago; plugins answer late, about what they were shown; commits take their time, are shared and
/// fail now and then.
struct SharedEditing: Sendable {
    /// What was meant, and what became of it as far as the authors were told.
    struct Notes: Sendable {
        /// People's acknowledged edits, by revision.
        var acknowledged: [Int: Edit] = [:]
        /// What plugins answered.
        var answers: [ExchangeID: Edit] = [:]
        /// Why people's edits were refused.
        var refused: [HostError] = []
        var isOver = false
    }

    let simulation: Simulation
    let fixture: Fixture
    let notes = Shared(Notes())
    private let editor: Shared<Editor>
    private let revisions: Int

    init(seed: UInt64, revisions: Int) {
        simulation = Simulation(seed: seed)
        fixture = Fixture(clock: simulation.hostClock)
        editor = Shared(Editor(seed: seed &+ 1))
        self.revisions = revisions
    }

    /// Lets them work until the document has so many revisions and all that was under way has ended.
    ///
    /// - Returns: the document.
    func run() throws -> DocumentID {
        try simulation.run { [self] in
            try await fixture.running { _ in
                let document = try await begin()
                fixture.store.pause()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await commit() }
                    for name in ["anna", "ben"] {
                        group.addTask { try await person(Actor(kind: .user, id: name, name: name), document) }
                    }
                    // The one who commits goes on until the last reaction is stored.
                    for _ in 0..<2 { try await group.next() }
                    while try await isAnythingUnderWay() { try await pause(20_000...50_000) }
                    notes.change { $0.isOver = true }
                    try await group.waitForAll()
                }
                fixture.store.resume()
                return document
            }
        }
    }

    private func begin() async throws -> DocumentID {
        for (name, phase) in [("before", Phase.before), ("first", .after), ("second", .after)] {
            try await fixture.plugin(name, phase: phase, timeoutMilliseconds: 10_000) { request in
                try await answer(request, phase)
            }
        }
        let text = editor.change { $0.text(20) }
        return try await fixture.document(text, id: DocumentID(high: 1, low: 1)).document.id
    }

    private func commit() async throws {
        while !notes.value.isOver {
            try await pause(200...3000)
            let queued = fixture.store.queued
            guard queued > 0 else { continue }
            let (count, fails) = editor.change { ($0.random.int(1...queued), $0.random.chance(1)) }
            fixture.store.commit((count, fails ? HostError(.storeUnavailable, "the disk is full") : nil))
        }
    }

    private func person(_ actor: Actor, _ document: DocumentID) async throws {
        var seen = try await latest(document)
        while seen.revision < revisions {
            try await pause(500...25_000)
            // Others' changes are not seen at once.
            if editor.change({ $0.random.chance(60) }) { seen = try await latest(document) }
            let edit = try editor.change { [text = seen.text] editor in Result { try editor.edit(text) } }.get()
            let commands = try edit.commands.map(fixture.command)
            var request = ChangeRequest(actor: actor, document: document, commands: commands)
            request.baseRevision = seen.revision
            do {
                let result = try await fixture.change(request)
                let revision = result.document.document.revision
                notes.change { $0.acknowledged[revision] = edit }
                seen = (revision, try Self.text(result.document))
            } catch let error as HostError {
                notes.change { $0.refused.append(error) }
                seen = try await latest(document)
            }
        }
    }

    private func answer(_ request: WebhookRequest, _ phase: Phase) async throws -> WebhookReply {
        let body = try JSON(parsing: request.body)
        let (time, isSilent, fails) = editor.change { editor in
            let isSlow = editor.random.chance(phase == .before ? 10 : 3)
            let time = editor.random.int(isSlow ? 20_000...400_000 : 100...15_000)
            return (time, editor.random.chance(30), editor.random.chance(2))
        }
        try await pause(time...time)
        if fails { throw WebhookFailure(kind: .headersLate, message: "too late", requestWasSent: true) }
        guard !isSilent, let document = body["document"], let exchange = body["exchange"]?.stringValue,
            let id = ExchangeID(parsing: exchange)
        else { return .json(#"{"protocol": "1.0"}"#) }
        let seen = EditedText(document: document)
        let edit = try editor.change { editor in Result { try editor.edit(seen) } }.get()
        notes.change { $0.answers[id] = edit }
        let answer: JSON = ["protocol": "1.0", "commands": .array(edit.commands)]
        return .json(String(decoding: answer.serialized(), as: UTF8.self))
    }

    private func latest(_ document: DocumentID) async throws -> (revision: Int, text: EditedText) {
        guard let snapshot = try await fixture.store.document(document) else { throw HostError(.notFound, "gone") }
        return (snapshot.document.revision, try Self.text(snapshot))
    }

    private static func text(_ snapshot: DocumentSnapshot) throws -> EditedText {
        EditedText(document: try JSON(parsing: snapshot.bytes))
    }

    private func isAnythingUnderWay() async throws -> Bool {
        let hasWork = try await !fixture.store.pendingWork().isEmpty
        return hasWork || fixture.store.queued > 0 || fixture.store.allExchanges.contains { $0.outcome == nil }
    }

    private func pause(_ microseconds: ClosedRange<Int>) async throws {
        let time = editor.change { $0.random.int(microseconds) }
        try await simulation.hostClock.sleep(.microseconds(time))
    }
}
