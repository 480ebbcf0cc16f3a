import Testing

@testable import HostCommand

@Suite struct PrintableTextTests {
    @Test(arguments: [
        ("\u{1B}[31mred", "\\u{1B}[31mred"),
        ("a\u{202E}b", "a\\u{202E}b"),
        ("bell\u{7}", "bell\\u{7}"),
        ("\u{9B}2J", "\\u{9B}2J"),
        ("one\ntwo", "one two"),
        ("café 👍🏽", "café 👍🏽"),
    ])
    func controlCharactersAreShown(text: String, expected: String) {
        #expect(PrintableText.line(text) == expected)
    }

    @Test func blockKeepsLineBreaks() {
        #expect(PrintableText.block("a\n\tb\u{1B}") == "a\n\tb\\u{1B}")
    }

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdefg", 6, "abcde…"), ("日本語", 5, "日本…"), ("abc", 1, "…"), ("abc", 0, ""),
    ])
    func shorteningCountsColumns(text: String, limit: Int, expected: String) {
        #expect(PrintableText.shortened(text, columns: limit) == expected)
    }

    @Test func wrappingBreaksAtSpaces() {
        #expect(PrintableText.wrapped("one two three four", width: 9) == ["one two", "three", "four"])
        #expect(PrintableText.wrapped("unbreakable", width: 4) == ["unbreakable"])
        #expect(PrintableText.wrapped("a\nb", width: 9) == ["a", "b"])
    }
}
