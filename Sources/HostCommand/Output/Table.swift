/// Rows and columns, aligned for a person.
struct Table {
    /// One column.
    struct Column {
        /// Heads it.
        var title: String
        /// Numbers stand at the right.
        var alignsRight = false
        /// The least columns of the screen that a narrow screen leaves it; nil: it is never shortened.
        var least: Int?

        /// A column that is never shortened.
        static func fixed(_ title: String) -> Column { Column(title: title) }
        /// A column of numbers.
        static func number(_ title: String) -> Column { Column(title: title, alignsRight: true) }
        /// A column that a narrow screen may shorten.
        static func flexible(_ title: String, least: Int = 8) -> Column { Column(title: title, least: least) }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    var isEmpty: Bool { rows.isEmpty }

    /// Adds a row; what is missing at its end is empty.
    mutating func add(_ cells: [String]) {
        let cells = cells.prefix(columns.count).map(PrintableText.line)
        rows.append(cells + Array(repeating: "", count: columns.count - cells.count))
    }

    /// The table as text, each line ended by a line break; nothing is shortened if `width`, the screen's columns, is nil.
    func text(width: Int?, indent: String = "") -> String {
        var widths = columns.indices.map { index in
            rows.reduce(PrintableText.columns(columns[index].title)) { max($0, PrintableText.columns($1[index])) }
        }
        if let width {
            shrink(&widths, to: width - PrintableText.columns(indent) - 2 * (columns.count - 1))
        }
        var result = ""
        for cells in [columns.map(\.title)] + rows {
            var line = indent
            for (index, cell) in cells.enumerated() {
                if index > 0 { line += "  " }
                let shown = PrintableText.shortened(cell, columns: widths[index])
                let padding = String(repeating: " ", count: widths[index] - PrintableText.columns(shown))
                line += columns[index].alignsRight ? padding + shown : shown + padding
            }
            while line.hasSuffix(" ") { line.removeLast() }
            result += line + "\n"
        }
        return result
    }

    /// Takes columns from the widest flexible one until the table fits, or nothing is left to take.
    private func shrink(_ widths: inout [Int], to available: Int) {
        while widths.reduce(0, +) > available {
            let widest = columns.indices
                .filter { index in columns[index].least.map { widths[index] > $0 } ?? false }
                .max { widths[$0] < widths[$1] }
            guard let widest else { return }
            widths[widest] -= 1
        }
    }
}
