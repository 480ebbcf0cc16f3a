import JSONSchema
import Testing

struct JSONTests {
    @Test func readsWhatItWrites() throws {
        let text = #"{"a":[1,-2.5,1e+30,true,false,null,"é\n\"\\😀"],"b":{},"c":[],"":0.000001}"#
        #expect(try JSON(parsing: text).description == text)
    }

    @Test(arguments: [
        (#""\ud83d\ude00""#, "😀"), (#""\/\b\f\n\r\t\u0041""#, "/\u{8}\u{c}\n\r\tA"), (#""""#, ""),
    ])
    func unescapesStrings(text: String, expected: String) throws {
        #expect(try JSON(parsing: text).stringValue == expected)
    }

    @Test func comparesStringsByCodePoint() throws {
        #expect(JSON.string("é") != .string("e\u{301}"))
        let both = try JSON(parsing: "{\"é\":1,\"e\u{301}\":2}")
        #expect(both["e\u{301}"] == 2)
        #expect(both.objectValue?.count == 2)
    }

    @Test func comparesObjectsWithoutOrder() {
        let left: JSON = ["a": 1, "b": [2]]
        let right: JSON = ["b": [2], "a": 1.0]
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(left.description != right.description)
        #expect(left.canonical() == right.canonical())
        #expect(left != ["a": 1, "b": [3]])
    }

    @Test func keepsOrderThroughEdits() {
        var object = JSONObject()
        for number in 0..<40 { object["k\(number)"] = .number(JSONNumber(number)) }
        object.removeValue(forKey: "k3")
        object["k5"] = nil
        object["k7"] = "seven"
        #expect(object.count == 38)
        #expect(object["k5"] == nil)
        #expect(object["k39"] == 39)
        #expect(object.keys.prefix(6) == ["k0", "k1", "k2", "k4", "k6", "k7"])
        #expect(object["k7"] == "seven")
    }

    @Test func followsPointers() throws {
        let json: JSON = ["a": [10, ["b/c": 1, "~": 2]], "": 3]
        #expect(json.value(at: try JSONPointer(parsing: "/a/1/b~1c")) == 1)
        #expect(json.value(at: try JSONPointer(parsing: "/a/1/~0")) == 2)
        #expect(json.value(at: try JSONPointer(parsing: "/")) == 3)
        #expect(json.value(at: .root) == json)
        for text in ["/a/2", "/a/01", "/a/-", "/a/0/x", "/b"] {
            #expect(json.value(at: try JSONPointer(parsing: text)) == nil)
        }
        #expect(throws: JSONError.self) { try JSONPointer(parsing: "a") }
        #expect(throws: JSONError.self) { try JSONPointer(parsing: "/a~2") }
        #expect(JSONPointer.root.appending("b/c").appending(1).description == "/b~1c/1")
        #expect(!JSONPointer(tokens: ["ab"]).hasPrefix(JSONPointer(tokens: ["a"])))
    }
}
