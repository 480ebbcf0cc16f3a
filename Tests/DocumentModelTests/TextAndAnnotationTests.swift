import DocumentModel
import JSONSchema
import Testing

/// How annotations follow the text.
struct TextAndAnnotationTests {
    private static let one: JSON = ["block": .string(block(1).description)]

    /// `0123456789` with an annotation on `[3, 6)`.
    private func annotated() throws -> Document {
        try note("0123456789").applying([
            "op": "annotation.set", "target": Self.one, "name": "n", "value": 1, "start": 3, "end": 6,
        ]).document
    }

    @Test(arguments: [
        (0, 0, "ab", 5, 8), (3, 3, "ab", 5, 8), (4, 4, "ab", 3, 8), (6, 6, "ab", 3, 6), (9, 9, "ab", 3, 6),
        (0, 3, "", 0, 3), (2, 4, "", 2, 4), (4, 5, "", 3, 5), (5, 8, "", 3, 5), (6, 8, "", 3, 6),
        (2, 4, "xy", 4, 6), (5, 8, "xy", 3, 5), (4, 5, "xyz", 3, 8), (3, 4, "x", 4, 6), (5, 6, "x", 3, 5),
    ])
    func annotationMovesWithText(start: Int, end: Int, text: String, newStart: Int, newEnd: Int) throws {
        let document = try annotated()
        let change = try document.applying([
            "op": "text.replace", "target": Self.one, "start": .number(JSONNumber(start)),
            "end": .number(JSONNumber(end)), "text": .string(text),
        ])
        let annotation = try #require(change.document.blocks[0].annotations.first)
        #expect(annotation.start == newStart)
        #expect(annotation.end == newEnd)
    }

    @Test(arguments: [(3, 6, ""), (2, 7, ""), (3, 6, "xyz"), (0, 10, "abc")])
    func annotationGoesWithItsTextAndComesBack(start: Int, end: Int, text: String) throws {
        let document = try annotated()
        let change = try document.applying([
            "op": "text.replace", "target": Self.one, "start": .number(JSONNumber(start)),
            "end": .number(JSONNumber(end)), "text": .string(text),
        ])
        #expect(change.document.blocks[0].annotations.isEmpty)
        let undone = try DocumentModel.revert(change.mutations, in: change.document, context: context())
        #expect(undone.document.blocks == document.blocks)
    }

    @Test func positionsCountCodePoints() throws {
        let change = try note("e\u{301}😀x").applying([
            "op": "text.delete", "target": Self.one, "start": 1, "end": 3,
        ])
        #expect(change.document.texts[0].unicodeScalars.elementsEqual("ex".unicodeScalars))
    }

    @Test func occurrencesAreCountedWithoutOverlaps() throws {
        let document = try note("aaaa")
        let second: JSON = [
            "op": "text.replace", "target": Self.one, "find": "aa", "occurrence": 2, "text": "b",
        ]
        #expect(try document.applying(second).document.texts == ["aab"])
    }

    @Test func annotationIsSetByRangeOrById() throws {
        let document = try annotated()
        let id = document.blocks[0].annotations[0].id
        let same = try document.applying([
            "op": "annotation.set", "target": Self.one, "name": "n", "value": 2, "find": "345",
        ])
        #expect(same.document.blocks[0].annotations.map(\.id) == [id])
        #expect(same.document.blocks[0].annotations[0].value == 2)
        let moved = try document.applying([
            "op": "annotation.set", "target": Self.one, "name": "m", "value": 1, "start": 0, "end": 1,
            "id": .string(id.description),
        ])
        #expect(moved.document.blocks[0].annotations.map(\.start) == [0])
        let other = try document.applying([
            "op": "annotation.set", "target": Self.one, "name": "m", "value": 1, "start": 3, "end": 6,
        ])
        #expect(other.document.blocks[0].annotations.count == 2)
    }

    @Test func queriesFindByEverythingGiven() throws {
        let document = try note("an apple", "a pear", "an apple too")
        let all: JSON = [
            "op": "text.insert", "target": ["find": ["text": "apple", "limit": 9]], "start": 0, "text": "* ",
        ]
        let change = try document.applying(all)
        #expect(change.document.texts == ["* an apple", "a pear", "* an apple too"])
        #expect(change.mutations.count == 2)
        #expect(change.document.revision == 2)
        let first: JSON = ["op": "block.delete", "target": ["find": ["text": "apple", "type": "paragraph"]]]
        #expect(try document.applying(first).document.texts == ["a pear", "an apple too"])
        let both: JSON = ["op": "block.delete", "target": ["find": ["text": "apple", "annotation": "n"]]]
        #expect(commandError { try document.applying(both) }?.rule == "no-match")
    }
}
