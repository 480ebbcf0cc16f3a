import DocumentModel
import JSONSchema
import Testing

struct ValueTests {
    @Test func identifierIsItsText() throws {
        let id = BlockID(high: .max, low: .max)
        #expect(id.description == "blk_7zzzzzzzzzzzzzzzzzzzzzzzzz")
        #expect(BlockID(parsing: id.description) == id)
        for _ in 0..<1000 {
            let id: DocumentID = IdentifierSource.system.next()
            #expect(DocumentID(parsing: id.description) == id)
        }
    }

    @Test(arguments: [
        "", "blk_", "blk_8zzzzzzzzzzzzzzzzzzzzzzzzz", "blk_0000000000000000000000000",
        "blk_000000000000000000000000000",
        "BLK_00000000000000000000000000", "doc_00000000000000000000000000", "blk_0000000000000000000000000i",
        "blk_0000000000000000000000000A", "blk_00000000000000000000000000\u{0}",
    ])
    func identifierIsStrict(text: String) { #expect(BlockID(parsing: text) == nil) }

    @Test func systemIdentifiersAreOrderedByTime() {
        let time = UInt64(bitPattern: Timestamp.now().millisecondsSince1970)
        let id: BlockID = IdentifierSource.system.next()
        #expect(id.high >> 16 >= time && id.high >> 16 < time + 5000)
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-24T13:23:55.123Z", 1_795_526_635_123),
            ("2026-11-24T14:23:55.123999+01:00", 1_795_526_635_123), ("1969-12-31T23:59:59.999Z", -1),
            ("2000-02-29t00:00:00z", 951_782_400_000), ("1990-12-31T23:59:60Z", 662_688_000_000),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)]
    )
    func timeIsRead(text: String, expected: Int64) throws {
        let time = try #require(Timestamp(parsing: text))
        #expect(time.millisecondsSince1970 == expected)
        #expect(Timestamp(parsing: time.description) == time)
    }

    @Test(arguments: [
        "", "2026-11-24", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Z ", "2026-01-01T00:00:61Z", "2026-01-01T00:00:00+24:00",
        "0000-01-01T00:00:00+01:00",
    ])
    func timeIsStrict(text: String) { #expect(Timestamp(parsing: text) == nil) }

    @Test func everyOperationHasAScope() {
        for operation in Command.Operation.allCases { #expect(Scope(parsing: operation.scope.description) != nil) }
        #expect(Scope.all.count == 11)
        #expect(!Scope.answersLate.implies(.documentsRead))
        #expect(Scope.blocksWrite.implies(.documentsRead))
        #expect(!Scope.documentsWrite.implies(.blocksWrite))
    }

    @Test func stringsDifferByCodePoint() throws {
        let document = try note("caf\u{E9}")
        let change = try document.applying([
            "op": "text.replace", "target": ["block": .string(block(1).description)], "find": "\u{E9}",
            "text": "e\u{301}",
        ])
        #expect(change.mutations.count == 1)
        #expect(change.document != document)
        #expect(change.document.texts[0].unicodeScalars.count == 5)
    }
}
