import JSONSchema
import Testing

struct JSONReaderTests {
    @Test(arguments: [
        ("", JSONError.Code.unexpectedEnd, 0), ("[1,", .unexpectedEnd, 3), ("\"a", .unexpectedEnd, 2),
        ("[1}", .unexpectedCharacter, 2), ("{\"a\" 1}", .unexpectedCharacter, 5), ("[1,]", .unexpectedCharacter, 3),
        ("tru", .unexpectedEnd, 3), ("1 2", .trailingContent, 2), ("\u{FEFF}1", .byteOrderMark, 0),
        ("\"\n\"", .controlCharacter, 1), (#""\x""#, .invalidEscape, 1), (#""\u12g4""#, .invalidEscape, 1),
        (#""\ud800""#, .loneSurrogate, 1), (#""\ud800\u0041""#, .loneSurrogate, 1), (#""\udc00""#, .loneSurrogate, 1),
        ("01", .invalidNumber, 1), ("-", .unexpectedEnd, 1), ("1.e", .invalidNumber, 2),
        ("1e9999999999", .exponentTooLarge, 0),
        (#"{"a":1,"a":2}"#, .duplicateKey, 7), (#"{"a":1,"\u0061":2}"#, .duplicateKey, 7),
    ])
    func refuses(text: String, code: JSONError.Code, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: text) }
        #expect(error?.code == code)
        #expect(error?.offset == offset)
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xFF],
        ] as [[UInt8]]
    )
    func refusesWhatIsNotUTF8(bytes: [UInt8]) {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: [0x22] + bytes + [0x22]) }
        #expect(error?.code == .invalidEncoding)
        #expect(error?.offset == 1)
    }

    @Test func namesLineAndColumn() {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: "{\n  \"é\": ?}") }
        #expect(error?.line == 2)
        #expect(error?.column == 8)
        #expect(error?.offset == 10)
    }

    @Test func enforcesLimits() {
        let limits = JSONLimits(depth: 2, sizeBytes: 20, stringBytes: 3, numberBytes: 4)
        for (text, code, limit, actual) in [
            ("[[[]]]", JSONError.Code.tooDeep, 2, 3), ("[1, 2, 3, 4, 5, 6, 7]", .tooLarge, 20, 21),
            ("\"abcd\"", .stringTooLong, 3, 4), ("12345", .numberTooLong, 4, 5),
        ] {
            let error = #expect(throws: JSONError.self) { try JSON(parsing: text, limits: limits) }
            #expect(error?.code == code)
            #expect(error?.limit == limit)
            #expect(error?.actual == actual)
        }
        #expect(throws: Never.self) { try JSON(parsing: "[[\"abc\",1234]]", limits: limits) }
    }

    @Test func keepsTheLastDuplicateOnRequest() throws {
        let limits = JSONLimits(duplicateKeys: .keepLast)
        #expect(try JSON(parsing: #"{"a":1,"b":2,"a":3}"#, limits: limits).description == #"{"a":3,"b":2}"#)
    }
}
