import DocumentModel
import JSONSchema
import PluginKit
import Testing

@testable import table_of_contents

struct TableOfContentsTests {
    let context = ApplyContext(actor: Actor(kind: .plugin, id: "plg_1"), time: Timestamp(millisecondsSince1970: 0))

    @Test func headingsAtAnyDepthBecomeEntries() throws {
        let document = try make([
            heading("One"), NewBlock(type: "section", children: [heading("  Two\nlines ", level: 2)]),
            heading("Deep", level: 9), heading("   "), NewBlock(type: "paragraph", text: "no"),
        ])
        let table = TableOfContents(of: document)
        #expect(table.entries.map(\.text) == ["One", "Two lines", "Deep"])
        #expect(table.entries.map(\.level) == [1, 2, 6])
        #expect(table.entries.first?.block == document.blocks.first?.id)
        #expect(table.outline == "One\n  Two lines\n          Deep")
    }

    @Test func outlinesStartAtTheHighestLevelThereIs() throws {
        let table = TableOfContents(of: try make([heading("A", level: 3), heading("B", level: 2)]))
        #expect(table.outline == "  A\nB")
    }

    @Test func theTableIsInsertedAtTheTopOnce() throws {
        let document = try updated(make([heading("One"), heading("Two")]))
        #expect(document.blocks.map(\.type) == ["table-of-contents", "heading", "heading"])
        #expect(document.blocks[0].text == "One\nTwo")
        #expect(document.blocks[0].properties["entries"]?[1]?["text"] == "Two")
        #expect(try commands(for: document).isEmpty)
    }

    @Test func theTableFollowsItsHeadings() throws {
        var document = try updated(make([heading("One"), heading("Two")]))
        let table = document.blocks[0].id
        document = try apply(
            [
                .replaceText(.find("Two"), in: .block(document.blocks[2].id), with: "Zwei"),
                .insertBlock(heading("Three", level: 2)),
                .updateBlock(.block(document.blocks[1].id), properties: ["level": 2]),
            ],
            to: document
        )
        document = try updated(document)
        #expect(document.blocks[0].id == table)
        #expect(document.blocks[0].text == "  One\nZwei\n  Three")
        #expect(document.blocks[0].properties["entries"]?.arrayValue?.count == 3)
        #expect(try commands(for: document).isEmpty)
    }

    @Test func fewerThanTwoHeadingsHaveNoTable() throws {
        #expect(try commands(for: make([heading("One")])).isEmpty)
        #expect(try commands(for: make([])).isEmpty)
        var document = try updated(make([heading("One"), heading("Two")]))
        document = try apply([.deleteBlock(.block(document.blocks[2].id))], to: document)
        document = try updated(document)
        #expect(document.blocks.map(\.type) == ["heading"])
    }

    @Test func aMovedTableComesBackToTheTop() throws {
        var document = try updated(make([heading("One"), heading("Two")]))
        document = try apply([.moveBlock(.block(document.blocks[0].id), to: .end)], to: document)
        #expect(document.blocks.last?.type == "table-of-contents")
        document = try updated(document)
        #expect(document.blocks.map(\.type) == ["table-of-contents", "heading", "heading"])
    }

    @Test func copiesOfTheTableAreRemoved() throws {
        var document = try updated(make([heading("One"), heading("Two")]))
        document = try apply([.insertBlock(NewBlock(type: "table-of-contents", text: "copy"))], to: document)
        document = try updated(document)
        #expect(document.blocks.map(\.type) == ["table-of-contents", "heading", "heading"])
        #expect(document.blocks[0].text == "One\nTwo")
    }

    @Test func textsOutsideTheBasicPlaneAreReplacedWhole() throws {
        var document = try updated(make([heading("👩‍👩‍👧 e\u{301}"), heading("Two")]))
        document = try apply([.deleteText(.find("👩‍👩‍👧 "), in: .block(document.blocks[1].id))], to: document)
        document = try updated(document)
        #expect(document.blocks[0].text == "e\u{301}\nTwo")
        #expect(try commands(for: document).isEmpty)
    }

    @Test(arguments: [["--port"], ["--port", "x"], ["--port=70000"], ["--secret", "x"], ["--verbose"]])
    func wrongArgumentsAreRefused(arguments: [String]) {
        #expect(throws: Options.UsageError.self) { try Options(arguments: arguments, environment: [:]) }
    }

    @Test func argumentsWinOverTheEnvironment() throws {
        let (first, second) = (WebhookSecret.generate(), WebhookSecret.generate())
        let environment = ["PLUGINHOST_PLUGIN_SECRET": first.text]
        #expect(try Options(arguments: [], environment: environment).secret == first)
        let options = try Options(arguments: ["--port=80", "--secret", second.text], environment: environment)
        #expect(options.secret == second)
        #expect(options.port == 80)
    }

    private func heading(_ text: String, level: Int = 1) -> NewBlock {
        NewBlock(type: "heading", text: text, properties: ["level": .number(JSONNumber(level))])
    }

    private func make(_ blocks: [NewBlock]) throws -> Document {
        try apply([.createDocument(type: "note", title: "T", blocks: blocks)], to: nil)
    }

    private func commands(for document: Document) throws -> [Command] {
        try TableOfContents(of: document).commands(for: document)
    }

    private func updated(_ document: Document) throws -> Document {
        let commands = try commands(for: document)
        return try apply(commands, to: document)
    }

    private func apply(_ commands: [Command], to document: Document?) throws -> Document {
        try DocumentModel.apply(commands, to: document, context: context).document
    }
}
