import Testing

@testable import HostCommand

@Suite struct TableTests {
    private static func table() -> Table {
        var table = Table([.fixed("NAME"), .number("N"), .flexible("TEXT", least: 6)])
        table.add(["a", "7", "short"])
        table.add(["bcd", "1234", "a text that is rather long"])
        return table
    }

    @Test func columnsAreAligned() {
        let expected = """
            NAME     N  TEXT
            a        7  short
            bcd   1234  a text that is rather long

            """
        #expect(Self.table().text(width: nil) == expected)
    }

    @Test func narrowScreenShortensFlexibleColumns() {
        let lines = Self.table().text(width: 24).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 24 })
        #expect(lines[2] == "bcd   1234  a text that…")
    }

    @Test func flexibleColumnKeepsItsLeast() {
        #expect(Self.table().text(width: 10).contains("a tex…"))
    }

    @Test func missingCellsAreEmpty() {
        var table = Table([.fixed("A"), .fixed("B")])
        table.add(["x"])
        #expect(table.text(width: nil) == "A  B\nx\n")
    }

    @Test func wideCharactersTakeTwoColumns() {
        var table = Table([.fixed("A"), .fixed("B")])
        table.add(["日本", "x"])
        table.add(["abcd", "y"])
        #expect(table.text(width: nil) == "A     B\n日本  x\nabcd  y\n")
    }
}
