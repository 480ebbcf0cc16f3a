import JSONSchema
import Testing

@Suite(.timeLimit(.minutes(5)))
struct PatternTests {
    private func schema(_ pattern: String, steps: Int = 20_000_000) throws -> Schema {
        try Schema(
            compiling: ["pattern": .string(pattern)],
            options: SchemaOptions(limits: SchemaLimits(steps: steps))
        )
    }

    @Test(arguments: [
        ("^doc_[0-9a-hjkmnp-tv-z]{26}$", "doc_01k00000000000000000000000", true),
        ("^doc_[0-9a-hjkmnp-tv-z]{26}$", "doc_01k0000000000000000000000l", false),
        ("^doc_[0-9a-hjkmnp-tv-z]{26}$", "doc_01k", false), ("^(?:a|bc){2}$", "abc", true), ("b", "abc", true),
        ("^b", "abc", false), ("a.c", "a\nc", false), ("a.c", "aéc", true), ("^.$", "😀", true), ("^..$", "😀", false),
        ("[^a]", "a", false), ("[^a]", "é", true), ("[é-ü]", "ö", true), ("[é-ü]", "a", false),
        ("^[\\s\\S]$", "\u{2028}", true),
        ("\\bcat\\b", "a cat.", true), ("\\bcat\\b", "concat", false), ("\\Bcat", "concat", true),
        ("^\\u00e9$", "é", true),
        ("^\\u{1F600}$", "😀", true), ("^\\uD83D\\uDE00$", "😀", true), ("^\\x41$", "A", true),
        ("^\\p{Lu}+$", "ÀB", true),
        ("^\\P{L}+$", "12", true), ("^\\p{Alphabetic}$", "é", true), ("^a{2,3}$", "aaaa", false),
        ("^a{2,}$", "aaaa", true),
        ("^(a*)*$", "aab", false), ("^(?:)$", "", true), ("x*", "", true), ("^a|b$", "cb", true), ("[]", "a", false),
        ("[^]", "a", true), ("a{", "a{", true), ("^[\\w.-]+@x$", "a.b-c@x", true), ("$^", "", true),
        ("a$b", "ab", false),
        // What needs looking around or back.
        ("^(?=.*\\d)(?=.*[a-z]).{4,}$", "abc1", true), ("^(?=.*\\d)(?=.*[a-z]).{4,}$", "abcd", false),
        ("^(?!foo)", "foobar", false), ("^(?!foo)", "barfoo", true), ("(?<=a)b", "ab", true), ("(?<=a)b", "cb", false),
        ("(?<!a)b", "ab", false), ("^(a+)-\\1$", "aa-aa", true), ("^(a+)-\\1$", "aa-a", false),
        ("^(?<q>['\"]).*\\k<q>$", "'a'", true), ("^(?<q>['\"]).*\\k<q>$", "'a\"", false),
    ])
    func matches(pattern: String, text: String, expected: Bool) throws {
        let schema = try schema(pattern)
        #expect(schema.isValid(.string(text)) == expected)
        #expect((schema.output(for: .string(text), format: .basic)["valid"] == true) == expected)
    }

    @Test(arguments: [
        "(a", "a)", "[a", "*a", "a**", "[b-a]", "a{3,2}", "\\", "\\q", "(?<n>a)(?<n>b)", "\\k<none>", "\\2(a)", "(?x)",
        "\\u12",
        "\\p{Nothing}", "\\x4", "\\c1", "a{99999999}", "((a{1000}){1000}){1000}", "\\01", "[\\d-z]",
    ])
    func refuses(pattern: String) {
        let error = #expect(throws: SchemaError.self) { try schema(pattern) }
        // The meta-schema may assert formats; either way the pattern is what is named.
        #expect(error?.code == .invalidPattern)
        #expect(error?.location.hasSuffix("/pattern") == true)
    }

    @Test(arguments: [
        "^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*=", "^(.*?,){11}P",
    ])
    func takesTimeInProportionToTheText(pattern: String) throws {
        let text = JSON.string(String(repeating: "a", count: 100_000) + "!")
        #expect(try !schema(pattern).isValid(text))
    }

    @Test func boundsWhatNeedsBacktracking() throws {
        let text = JSON.string(String(repeating: "a", count: 5000) + "!")
        let schema = try schema("^(?=(a+)+$)", steps: 200_000)
        #expect(!schema.isValid(text))
        #expect(schema.violations(in: text).first?.keyword == "limit")
    }

    @Test func simulatesWhatIsTooLargeForATable() throws {
        let schema = try schema("a.{60}b")
        #expect(schema.isValid(.string("xxa" + String(repeating: "é", count: 60) + "b")))
        #expect(!schema.isValid(.string("xxa" + String(repeating: "é", count: 59) + "b")))
        let long = JSON.string(String(repeating: "a", count: 200_000))
        #expect(!schema.isValid(long))
    }

    @Test func refusesDeepGroups() {
        let pattern = String(repeating: "(", count: 100_000)
        #expect(throws: SchemaError.self) { try schema(pattern) }
    }
}
