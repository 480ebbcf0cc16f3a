/// Dates, times and durations.
///
/// Source: RFC 3339, section 5.6 and appendix A.
enum TimeFormats {
    static func isDateTime(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var scanner = TextScanner(text)
        return date(&scanner) && scanner.take("T", anyCase: true) && time(&scanner) && scanner.isAtEnd
    }

    static func isDate(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var scanner = TextScanner(text)
        return date(&scanner) && scanner.isAtEnd
    }

    static func isTime(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var scanner = TextScanner(text)
        return time(&scanner) && scanner.isAtEnd
    }

    private static func date(_ scanner: inout TextScanner) -> Bool {
        guard let year = scanner.digits(4), scanner.take("-"), let month = scanner.digits(2), scanner.take("-"),
            let day = scanner.digits(2), (1...12).contains(month)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
        return (1...days).contains(day)
    }

    private static func time(_ scanner: inout TextScanner) -> Bool {
        guard let hour = scanner.digits(2), scanner.take(":"), let minute = scanner.digits(2), scanner.take(":"),
            let second = scanner.digits(2), hour < 24, minute < 60, second <= 60
        else { return false }
        if scanner.take(".") {
            guard scanner.takeAll(where: ASCII.isDigit) > 0 else { return false }
        }
        var offset = 0
        if !scanner.take("Z", anyCase: true) {
            let isWest = scanner.take("-")
            guard isWest || scanner.take("+") else { return false }
            guard let hours = scanner.digits(2), scanner.take(":"), let minutes = scanner.digits(2), hours < 24,
                minutes < 60
            else { return false }
            offset = (hours * 60 + minutes) * (isWest ? -1 : 1)
        }
        // Leap seconds are inserted at the end of a day in UTC.
        return second < 60 || (hour * 60 + minute - offset + 2880) % 1440 == 1439
    }

    private enum Unit {
        case weeks
        case others
    }

    static func isDuration(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var scanner = TextScanner(text)
        guard scanner.take("P") else { return false }
        var parts = 0
        if let units = chain("YMD", &scanner, &parts) {
            if units == .weeks { return parts == 1 && scanner.isAtEnd }
        } else {
            return false
        }
        if scanner.take("T") {
            let before = parts
            guard let units = chain("HMS", &scanner, &parts), units == .others, parts > before else { return false }
        }
        return parts > 0 && scanner.isAtEnd
    }

    /// Reads parts whose units follow each other without a gap, as the grammar of RFC 3339 has it.
    ///
    /// - Returns: which it were, since weeks stand alone, or `nil` if it is wrong.
    private static func chain(_ units: StaticString, _ scanner: inout TextScanner, _ parts: inout Int) -> Unit? {
        let letters = UnsafeBufferPointer(start: units.utf8Start, count: units.utf8CodeUnitCount)
        let allowsWeeks = letters.first == UInt8(ascii: "Y")
        var expected: Int?
        while let next = scanner.next, ASCII.isDigit(next) {
            _ = scanner.takeAll(where: ASCII.isDigit)
            guard let unit = scanner.next else { return nil }
            if unit == UInt8(ascii: "W"), allowsWeeks, parts == 0 {
                _ = scanner.take("W")
                parts += 1
                return .weeks
            }
            guard let index = letters.firstIndex(of: unit), expected == nil || index == expected else { return nil }
            _ = scanner.takeAll(atMost: 1) { _ in true }
            expected = index + 1
            parts += 1
        }
        return .others
    }
}
