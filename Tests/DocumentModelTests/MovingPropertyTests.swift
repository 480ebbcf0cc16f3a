import JSONSchema
import Testing

@testable import DocumentModel

/// Two authors change one document at once: what either wrote is there afterwards, or there is a conflict.
@Suite(.timeLimit(.minutes(5)))
struct MovingPropertyTests {
    /// Every scalar is used once, so that each can be followed.
    private struct Writer {
        var generator: Generator
        var next: UInt32

        mutating func text(_ count: Int) -> String {
            var text = ""
            for _ in 0..<count {
                text.unicodeScalars.append(Unicode.Scalar(next) ?? "?")
                next += 1
            }
            return text
        }

        /// Random edits of the texts of a document's blocks, each made on what the ones before it left.
        mutating func edits(_ document: Document, _ count: Int) throws -> ([Command], Change) {
            var commands: [Command] = []
            var change = Change(document: document, mutations: [], isDeletion: false)
            for _ in 0..<count {
                guard let block = generator.pick(change.document.blocks) else { break }
                let length = block.text.scalarCount
                let start = generator.int(0...length)
                let end = min(length, start + generator.int(0...3))
                let target = Target.block(block.id)
                let kind: Command.Kind =
                    switch generator.int(0...3) {
                    case 0: .textDelete(Command.TextDelete(target: target, range: .positions(start, end)))
                    case 1:
                        .textReplace(
                            Command.TextReplace(target: target, range: .positions(start, end), text: text(2))
                        )
                    default: .textInsert(Command.TextInsert(target: target, start: start, text: text(2)))
                    }
                let command = Command(kind)
                let next = try DocumentModel.apply([command], to: change.document, context: context(bob))
                commands.append(command)
                change.document = next.document
                change.mutations += next.mutations
            }
            return (commands, change)
        }
    }

    private static func scalars(_ document: Document) -> [Unicode.Scalar] { document.texts.flatMap(\.unicodeScalars) }

    @Test(arguments: 0..<4)
    func noTextIsLost(part: UInt64) throws {
        var moved = 0
        var conflicts = 0
        for seed in part * 1000..<(part + 1) * 1000 {
            var writer = Writer(generator: Generator(seed: seed), next: 0x1_0000)
            let base = try note(writer.text(12), writer.text(8))
            let (_, theirs) = try writer.edits(base, writer.generator.int(1...4))
            let (commands, ours) = try writer.edits(base, writer.generator.int(1...4))
            let forward: [Command]
            do { forward = try DocumentModel.move(commands, through: theirs.mutations) } catch {
                #expect(error.kind == .conflict, "seed \(seed)")
                conflicts += 1
                continue
            }
            moved += 1
            let both = try DocumentModel.apply(forward, to: theirs.document, context: context(alice))
            let start = Set(Self.scalars(base))
            let left = Self.scalars(theirs.document)
            let right = Self.scalars(ours.document)
            let result = Self.scalars(both.document)
            let (leftSet, rightSet) = (Set(left), Set(right))
            let expected = leftSet.union(rightSet).filter {
                !start.contains($0) || leftSet.contains($0) && rightSet.contains($0)
            }
            #expect(Set(result) == expected, "seed \(seed)")
            #expect(result.count == expected.count, "seed \(seed)")
            // Each author's order is kept.
            #expect(result.filter(leftSet.contains) == left.filter(expected.contains), "seed \(seed)")
            #expect(result.filter(rightSet.contains) == right.filter(expected.contains), "seed \(seed)")
        }
        #expect(moved > 200)
        #expect(conflicts > 50)
    }

    @Test(arguments: 0..<4)
    func revertingSomeKeepsTheOthersText(part: UInt64) throws {
        var reverted = 0
        for seed in part * 1000..<(part + 1) * 1000 {
            var writer = Writer(generator: Generator(seed: seed), next: 0x1_0000)
            let base = try note(writer.text(12), writer.text(8))
            let (_, change) = try writer.edits(base, writer.generator.int(2...6))
            let history = change.mutations
            let chosen = Set(history.indices.filter { _ in writer.generator.chance(50) })
            let result: Change
            do {
                result = try DocumentModel.revert(history, only: chosen, in: change.document, context: context(alice))
            } catch {
                #expect(error.kind == .conflict, "seed \(seed): \(error)")
                continue
            }
            reverted += 1
            // A scalar is there if those kept put it in (or it was there) and none of them took it away.
            var expected = Set(Self.scalars(base))
            for (index, mutation) in history.enumerated() where !chosen.contains(index) {
                expected.subtract(mutation.before.stringValue?.unicodeScalars.map { $0 } ?? [])
                expected.formUnion(mutation.after.stringValue?.unicodeScalars.map { $0 } ?? [])
            }
            let scalars = Self.scalars(result.document)
            #expect(Set(scalars) == expected, "seed \(seed)")
            #expect(scalars.count == expected.count, "seed \(seed)")
        }
        #expect(reverted > 300)
    }

    /// Over all commands: what moves forward applies or is refused, and never breaks the document.
    @Test(arguments: 0..<4)
    func anyCommandsMoveOrConflict(part: UInt64) throws {
        var applied = 0
        for seed in part * 500..<(part + 1) * 500 {
            var generator = Generator(seed: seed)
            let base = try InversePropertyTests.document(&generator)
            let (theirs, _) = try InversePropertyTests.applicable(&generator, for: base, count: 3)
            let (ours, _) = try InversePropertyTests.applicable(&generator, for: base, count: 3)
            let change = try DocumentModel.apply(
                theirs,
                to: base,
                context: context(bob, at: 5000, ids: Counter(from: 5000).ids)
            )
            guard let moved = try? DocumentModel.move(ours, through: change.mutations) else { continue }
            let ids = Counter(from: 90_000).ids
            do {
                let result = try DocumentModel.apply(moved, to: change.document, context: context(at: 6000, ids: ids))
                try InversePropertyTests.checkInvariants(result.document, seed)
                applied += 1
            } catch let error as CommandError {
                #expect(error.kind == .doesNotApply || error.kind == .preconditionFailed, "seed \(seed): \(error)")
            }
        }
        #expect(applied > 20)
    }

    @Test(arguments: 0..<4)
    func revertingAllGivesTheSameBytes(part: UInt64) throws {
        for seed in part * 500..<(part + 1) * 500 {
            var generator = Generator(seed: seed)
            let base = try InversePropertyTests.document(&generator)
            let (commands, _) = try InversePropertyTests.applicable(&generator, for: base, count: 4)
            let change = try DocumentModel.apply(
                commands,
                to: base,
                context: context(bob, at: 5000, ids: Counter(from: 5000).ids)
            )
            let undone = try DocumentModel.revert(change.mutations, in: change.document, context: context(at: 7000))
            #expect(InversePropertyTests.difference(undone.document, base) == nil, "seed \(seed)")
            // Some of them: either a conflict or a sound document.
            let chosen = Set(change.mutations.indices.filter { _ in generator.chance(50) })
            do {
                let part = try DocumentModel.revert(
                    change.mutations,
                    only: chosen,
                    in: change.document,
                    context: context(at: 7000)
                )
                try InversePropertyTests.checkInvariants(part.document, seed)
                let redone = try DocumentModel.revert(part.mutations, in: part.document, context: context(at: 8000))
                #expect(InversePropertyTests.difference(redone.document, change.document) == nil, "redo, seed \(seed)")
            } catch let error as CommandError { #expect(error.kind == .conflict, "seed \(seed): \(error)") }
        }
    }
}
