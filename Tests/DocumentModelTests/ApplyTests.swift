import DocumentModel
import JSONSchema
import Testing

struct ApplyTests {
    @Test func textEditMakesRevisionAndMutation() throws {
        let document = try note("I saw teh cat.")
        let change = try document.applying([
            "op": "text.replace", "target": ["block": .string(block(1).description)], "find": "teh", "text": "the",
        ])
        #expect(change.document.texts == ["I saw the cat."])
        #expect(change.document.revision == 2)
        #expect(change.mutations.count == 1)
        #expect(change.mutations[0].pointer.description == "/blocks/0/text")
        #expect(change.mutations[0].before == "teh")
        #expect(change.document.blocks[0].updatedBy == bob)
        let back = try DocumentModel.apply(change.mutations[0].inverse, to: change.document, context: context())
        #expect(back.document.blocks == document.blocks)
    }

    @Test func documentRoundTripsThroughJSON() throws {
        let document = try note("a", "b \"c\" \u{1}")
        let read = try Document(json: try json(document))
        #expect(read == document)
        #expect(read.serialized() == document.serialized())
    }
}
