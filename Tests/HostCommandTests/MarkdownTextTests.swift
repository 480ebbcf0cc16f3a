import JSONSchema
import Testing

@testable import HostCommand

@Suite struct MarkdownTextTests {
    private static let source = """
        # The title

        ## Part one
        First line
        and the second.

        - one
        - two
        > said
        ```
        let x = 1

        ```
        Last.
        """

    @Test func firstHeadingIsTheTitle() {
        let text = MarkdownText(parsing: Self.source, hasTitle: false)
        #expect(text.title == "The title")
        #expect(
            text.blocks.map { $0.text("type") } == [
                "heading", "paragraph", "listItem", "listItem", "quote", "code", "paragraph",
            ]
        )
        #expect(text.blocks.first == ["type": "heading", "text": "Part one", "properties": ["level": 2]])
        #expect(text.blocks[1].text("text") == "First line and the second.")
        #expect(text.blocks[5].text("text") == "let x = 1\n")
    }

    @Test func headingStaysWhenTheTitleIsKnown() {
        let text = MarkdownText(parsing: Self.source, hasTitle: true)
        #expect(text.title == nil)
        #expect(text.blocks.first == ["type": "heading", "text": "The title", "properties": ["level": 1]])
    }

    @Test(arguments: ["", "\n\n", "  \n"])
    func emptyTextHasNoBlocks(source: String) {
        #expect(MarkdownText(parsing: source, hasTitle: false).blocks.isEmpty)
    }

    @Test func hashWithoutSpaceIsText() {
        #expect(
            MarkdownText(parsing: "#hashtag", hasTitle: false).blocks == [["type": "paragraph", "text": "#hashtag"]]
        )
    }

    @Test func carriageReturnsAreNoText() {
        #expect(MarkdownText(parsing: "a\r\nb\r\n", hasTitle: true).blocks == [["type": "paragraph", "text": "a b"]])
    }

    @Test func unclosedCodeIsKept() {
        #expect(MarkdownText(parsing: "```\nx", hasTitle: true).blocks == [["type": "code", "text": "x"]])
    }
}
