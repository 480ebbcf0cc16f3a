import DocumentModel
import Foundation
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// Two people and three plugins edit one document, and nothing that any of them wrote is lost.
///
/// `EDITING_REVISIONS` and `EDITING_SEED` choose another course of events than the default.
@Suite(.timeLimit(.minutes(10)))
struct SharedEditingTests {
    private static func setting(_ name: String, default value: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? value
    }

    @Test func nothingIsLostAndTheDocumentIsWhatItsHistorySays() async throws {
        let seed = Self.setting("EDITING_SEED", default: 1)
        let editing = SharedEditing(
            seed: UInt64(seed),
            revisions: Self.setting("EDITING_REVISIONS", default: 10_000)
        )
        let document = try editing.run()
        let store = editing.fixture.store
        let snapshot = try #require(try await store.document(document))
        let notes = editing.notes.value
        let entries = store.entries.map(\.entry)
        let parts = Self.parts(entries)

        // Each part of the history is what one author meant, whole, and each edit of which the author heard that it was made is there.
        var text = EditedText()
        var alive: Set<Unicode.Scalar> = []
        var made: Set<Int> = []
        var applied: Set<ExchangeID> = []
        for part in parts {
            let before = text
            for command in part.commands { try text.apply(command) }
            guard part.revision > 1 else {
                alive = text.scalars
                continue
            }
            let edit: Edit?
            if let exchange = part.exchange {
                edit = notes.answers[exchange]
                #expect(applied.insert(exchange).inserted)
            } else {
                edit = notes.acknowledged[part.revision]
                #expect(made.insert(part.revision).inserted)
            }
            let meant = try #require(edit, "revision \(part.revision) was made by nobody who heard so")
            let (old, new) = (before.scalars, text.scalars)
            #expect(new.subtracting(old) == meant.inserted, "revision \(part.revision)")
            #expect(old.subtracting(new) == meant.deleted, "revision \(part.revision)")
            #expect(Self.keepsOrder(text, meant.after), "revision \(part.revision)")
            alive.formUnion(meant.inserted)
            alive.subtract(meant.deleted)
        }
        #expect(made == Set(notes.acknowledged.keys))
        #expect(text.scalars == alive)
        #expect(text == EditedText(document: try JSON(parsing: snapshot.bytes)))
        #expect(parts.last?.revision == snapshot.document.revision)
        let isReplayed = try Self.replayed(entries).map(Self.withoutTimes) == Self.withoutTimes(snapshot.bytes)
        #expect(isReplayed)

        // Every answer came to an end that says what became of it.
        let exchanges = store.allExchanges
        #expect(Set(exchanges.filter { $0.outcome == .applied }.map(\.id)) == applied)
        #expect(applied.isSubset(of: notes.answers.keys))
        let refused = exchanges.filter { $0.outcome == .refused }
        let onRecord = Set(entries.filter { $0.kind == .exchangeRefused }.compactMap(\.exchange))
        for exchange in refused {
            let refusal = try #require(exchange.refusal)
            #expect(refusal.kind == .conflict || refusal.kind == .doesNotApply, "\(refusal)")
            #expect(!refusal.message.isEmpty)
            #expect(onRecord.contains(exchange.id))
        }
        for error in notes.refused {
            let codes: [HostError.Code] = [.conflict, .doesNotApply, .storeUnavailable]
            #expect(codes.contains(error.code), "\(error)")
        }

        // What was to be tried was tried.
        print(
            "\(snapshot.document.revision) revisions, \(exchanges.count) exchanges (\(applied.count) applied, \(refused.count) refused),",
            "\(notes.refused.count) of \(notes.refused.count + made.count) changes by people refused,",
            "\(editing.simulation.steps) steps, \(editing.simulation.now / 1_000_000) s of simulated time"
        )
        #expect(made.count * 10 > parts.count)
        #expect(applied.count * 10 > parts.count)
        #expect(refused.count * 100 > parts.count)
        #expect(notes.refused.contains { $0.code == .conflict })
        #expect(notes.refused.contains { $0.code == .storeUnavailable })
    }

    @Test func sameSeedMakesTheSameHistory() async throws {
        var documents: [[UInt8]?] = []
        for seed: UInt64 in [7, 7, 8] {
            let editing = SharedEditing(seed: seed, revisions: 60)
            let id = try editing.run()
            documents.append(try await editing.fixture.store.document(id)?.bytes)
        }
        // As one value, since a failure would print all of it.
        let areEqual = [documents[0] == documents[1], documents[1] == documents[2]]
        #expect(areEqual == [true, false])
    }

    /// What one author did in one revision.
    private struct Part {
        var revision: Int
        var exchange: ExchangeID?
        var commands: [JSON]
    }

    private static func parts(_ entries: [LedgerEntry]) -> [Part] {
        var parts: [Part] = []
        for entry in entries where entry.kind == .mutation {
            let command = (try? JSON(parsing: entry.payload))?["command"] ?? .null
            let revision = entry.revision ?? 0
            if let last = parts.last, last.revision == revision, last.exchange == entry.exchange {
                parts[parts.count - 1].commands.append(command)
            } else {
                parts.append(Part(revision: revision, exchange: entry.exchange, commands: [command]))
            }
        }
        return parts
    }

    /// Whether text that an author saw, or wrote, stands in the order in which they saw it.
    private static func keepsOrder(_ text: EditedText, _ seen: EditedText) -> Bool {
        seen.blocks.allSatisfy { block in
            guard let now = text.block(block.id)?.text else { return true }
            let common = Set(now).intersection(block.text)
            return now.filter(common.contains) == block.text.filter(common.contains)
        }
    }

    /// The document as the recorded mutations make it, from nothing.
    private static func replayed(_ entries: [LedgerEntry]) throws -> [UInt8]? {
        var document: Document?
        for entry in entries where entry.kind == .mutation {
            let mutation = try Mutation(json: JSON(parsing: entry.payload))
            let context = ApplyContext(actor: entry.actor, time: entry.time, ids: .counting())
            document = try DocumentModel.apply([mutation.command], to: document, context: context).document
            document?.revision = entry.revision ?? 0
        }
        return document.map { DocumentSnapshot($0).bytes }
    }

    /// A document but for its times of day: an entry has the time of its revision, the parts of which were made one after the other.
    private static func withoutTimes(_ document: [UInt8]) throws -> JSON {
        func strip(_ json: JSON) -> JSON {
            switch json {
            case .object(let object):
                var rest: JSONObject = [:]
                for (key, value) in object where key != "createdAt" && key != "updatedAt" { rest[key] = strip(value) }
                return .object(rest)
            case .array(let items): return .array(items.map(strip))
            default: return json
            }
        }
        return strip(try JSON(parsing: document))
    }
}
