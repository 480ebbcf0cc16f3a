import JSONSchema
import Testing

@testable import DocumentModel

/// Over random documents and commands: what is done can be taken back to the byte.
@Suite(.timeLimit(.minutes(5)))
struct InversePropertyTests {
    @Test(arguments: 0..<8)
    func applyThenInverseGivesTheSameBytes(part: UInt64) throws {
        var applied = 0
        for seed in part * 500..<(part + 1) * 500 {
            var generator = Generator(seed: seed)
            let document = try Self.document(&generator)
            let (commands, expected) = try Self.applicable(&generator, for: document, count: generator.int(1...6))
            let ids = Counter(from: 5000).ids
            let change = try DocumentModel.apply(commands, to: document, context: context(bob, at: 5000, ids: ids))
            try Self.checkInvariants(change.document, seed)
            #expect(change.document.revision == document.revision + (change.mutations.isEmpty ? 0 : 1), "seed \(seed)")
            if expected == 0 { #expect(change.mutations.isEmpty, "seed \(seed)") }
            applied += change.mutations.count

            try Self.checkRoundTrips(commands, change, seed)

            // Someone else takes it back, later.
            let inverse = change.mutations.reversed().flatMap(\.inverse)
            let undone = try DocumentModel.apply(inverse, to: change.document, context: context(alice, at: 9000))
            try Self.checkInvariants(undone.document, seed)
            #expect(Self.difference(undone.document, document) == nil, "undo, seed \(seed)")

            // And takes that back.
            let redo = undone.mutations.reversed().flatMap(\.inverse)
            let redone = try DocumentModel.apply(redo, to: undone.document, context: context(alice, at: 9999))
            #expect(Self.difference(redone.document, change.document) == nil, "redo, seed \(seed)")

            // The resolved commands say the same as those sent; only patches do not hold the ids they gave.
            let resolved = change.mutations.map(\.command)
            guard !resolved.contains(where: { $0.op == "document.patch" }) else { continue }
            let again = try DocumentModel.apply(resolved, to: document, context: context(bob, at: 5000))
            #expect(Self.difference(again.document, change.document) == nil, "replay, seed \(seed)")
        }
        #expect(applied > 500)
    }

    static func document(_ generator: inout Generator) throws -> Document {
        var change = try DocumentModel.apply(
            commands(generator.creation()),
            to: nil,
            context: context(at: 1000, ids: Counter(from: 1).ids)
        )
        // Comments, participants and stamps of different times.
        let ids = Counter(from: 500).ids
        for step in 0..<generator.int(0...4) {
            let sent = generator.command(for: change.document)
            guard let command = try? Command(json: sent, index: 0) else { continue }
            let context = context(step % 2 == 0 ? bob : alice, at: 2000 + Int64(step), ids: ids)
            if let next = try? DocumentModel.apply([command], to: change.document, context: context) { change = next }
        }
        return change.document
    }

    /// Commands that apply one after the other, and how many mutations they make.
    static func applicable(
        _ generator: inout Generator,
        for document: Document,
        count: Int
    ) throws -> ([Command], Int) {
        var commands: [Command] = []
        var mutations = 0
        var scratch = document
        let counter = Counter(from: 5000)
        for _ in 0..<count {
            guard let command = try? Command(json: generator.command(for: scratch), index: 0) else { continue }
            let context = context(bob, at: 5000, ids: counter.ids)
            let start = counter.value
            do {
                let change = try DocumentModel.apply([command], to: scratch, context: context)
                scratch = change.document
                commands.append(command)
                mutations += change.mutations.count
            } catch {
                counter.value = start
                #expect(error.kind != .unknownCommand, "\(error)")
            }
        }
        return (commands, mutations)
    }

    static func checkInvariants(_ document: Document, _ seed: UInt64) throws {
        let bytes = document.serialized()
        #expect(document.size == DocumentSize(document), "seed \(seed)")
        #expect((document.size?.bytes ?? 0) + document.revision.digitCount == bytes.count, "seed \(seed)")
        let value = try JSON(parsing: bytes)
        #expect(value == document.json, "seed \(seed)")
        let read = try Document(json: value)
        #expect(read == document, "seed \(seed)")
        #expect(read.serialized() == bytes, "seed \(seed)")
        var ids: Set<BlockID> = []
        var annotations: Set<AnnotationID> = []
        for block in document.blocks {
            block.visit { block in
                #expect(ids.insert(block.id).inserted, "seed \(seed)")
                let count = block.text.unicodeScalars.count
                for annotation in block.annotations {
                    #expect(annotation.start >= 0 && annotation.start < annotation.end && annotation.end <= count)
                    #expect(annotations.insert(annotation.id).inserted, "seed \(seed)")
                }
            }
        }
    }

    static func checkRoundTrips(_ commands: [Command], _ change: Change, _ seed: UInt64) throws {
        for command in commands {
            var writer = JSONWriter()
            command.write(into: &writer)
            let again = try Command(json: JSON(parsing: writer.bytes), index: 0)
            #expect(again == command, "seed \(seed)")
        }
        for mutation in change.mutations {
            var writer = JSONWriter()
            mutation.write(into: &writer)
            let again = try Mutation(json: JSON(parsing: writer.bytes))
            #expect(again == mutation, "seed \(seed)")
        }
    }

    /// The bytes of a document, but for what says that there was a change: revision and the document's `updated*`.
    static func bytes(_ document: Document) -> String {
        var document = document
        document.revision = 1
        document.stamps.updated = document.stamps.created
        return String(decoding: document.serialized(), as: UTF8.self)
    }

    /// Where two documents differ, or `nil` if nowhere.
    static func difference(_ left: Document, _ right: Document) -> String? {
        let left = bytes(left)
        let right = bytes(right)
        guard !left.utf8.elementsEqual(right.utf8) else { return nil }
        let common = zip(left.utf8, right.utf8).prefix { $0 == $1 }.count
        func part(_ text: String) -> String {
            String(decoding: text.utf8.dropFirst(max(common - 80, 0)).prefix(200), as: UTF8.self)
        }
        return "\(part(left))\n instead of \n\(part(right))"
    }
}
