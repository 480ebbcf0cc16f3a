import JSONSchema
import Testing

struct JSONWriterTests {
    @Test func putsCommasAndColons() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("a")
        writer.beginArray()
        for value in [0, 9, 10, -1, -10, Int.max, Int.min] { writer.int(value) }
        writer.beginObject()
        writer.endObject()
        writer.bool(true)
        writer.null()
        writer.endArray()
        writer.key("b")
        writer.string(unescaped: "plain".utf8)
        writer.key(String("c"))
        writer.string(unescaped: "not contiguous".utf8.lazy.map { $0 })
        writer.key("d")
        writer.raw(Array("[1,2]".utf8))
        writer.endObject()
        let expected =
            #"{"a":[0,9,10,-1,-10,9223372036854775807,-9223372036854775808,{},true,null],"b":"plain","#
            + #""c":"not contiguous","d":[1,2]}"#
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    }

    /// Whatever the byte and wherever it stands, what is escaped is what must be.
    @Test func escapesWhatMustBeWhereverItStands() throws {
        let scalars = (0...0xFF).compactMap(Unicode.Scalar.init) + ["\u{7FF}", "\u{2028}", "\u{FFFD}", "\u{1F600}"]
        for scalar in scalars {
            for before in 0...17 {
                for after in [0, 1, 7, 8] {
                    let text =
                        String(repeating: "x", count: before) + String(scalar) + String(repeating: "é", count: after)
                    var writer = JSONWriter()
                    writer.beginObject()
                    writer.key(text)
                    writer.string(text)
                    writer.endObject()
                    let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
                    try #require(writer.bytes.contains(UInt8(ascii: "\\")) == mustEscape)
                    try #require(JSON(parsing: writer.bytes) == .object([text: .string(text)]))
                }
            }
        }
    }
}
