/// Text that came from somebody else, made fit for a terminal.
///
/// A title or a plugin's message may hold escape sequences that would move the cursor, hide lines or change the
/// window's title; so control characters and characters that turn the direction of writing are shown, not obeyed.
enum PrintableText {
    /// The text on one line: line breaks become spaces.
    static func line(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n", "\r", "\t": result.append(" ")
            default: append(scalar, to: &result)
            }
        }
        return result
    }

    /// The text with its line breaks and tabs.
    static func block(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n", "\t": result.unicodeScalars.append(scalar)
            default: append(scalar, to: &result)
            }
        }
        return result
    }

    private static func append(_ scalar: Unicode.Scalar, to result: inout String) {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069:
            result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
        default: result.unicodeScalars.append(scalar)
        }
    }

    /// Columns that the text takes on a screen: two for wide East Asian characters and emoji, none for marks.
    static func columns(_ text: String) -> Int {
        text.reduce(0) { $0 + columns($1) }
    }

    private static func columns(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        if first.value < 0x300 { return 1 }
        switch first.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF,
            0x20000...0x3FFFD:
            return 2
        default: break
        }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return 1
        }
    }

    /// The text, shortened with `…` to a number of columns.
    static func shortened(_ text: String, columns limit: Int) -> String {
        guard columns(text) > limit else { return text }
        guard limit > 1 else { return limit == 1 ? "…" : "" }
        var result = ""
        var used = 0
        for character in text {
            let next = columns(character)
            if used + next > limit - 1 { break }
            result.append(character)
            used += next
        }
        return result + "…"
    }

    /// The text in lines of at most `width` columns, broken at spaces; a longer word has a line of its own.
    static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = ""
            var used = 0
            for word in paragraph.split(separator: " ") {
                let next = columns(String(word))
                if used > 0, used + 1 + next > width {
                    lines.append(line)
                    line = ""
                    used = 0
                }
                if used > 0 {
                    line += " "
                    used += 1
                }
                line += word
                used += next
            }
            lines.append(line)
        }
        return lines
    }

    /// The text wrapped and moved in, each line with the prefix.
    static func indented(_ text: String, by prefix: String, width: Int) -> String {
        wrapped(text, width: max(width - columns(prefix), 20)).map { prefix + $0 }.joined(separator: "\n")
    }
}
