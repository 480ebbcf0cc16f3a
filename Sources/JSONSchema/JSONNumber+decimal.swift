extension JSONNumber {
    /// A number taken apart: its digits, and where the decimal point stands.
    struct Decimal {
        var isNegative: Bool
        /// Values from 0 to 9, neither the first nor the last 0, empty for zero.
        var digits: [UInt8]
        /// How many digits stand before the decimal point.
        var point: Int

        init(isNegative: Bool, digits: [UInt8], point: Int) {
            let first = digits.firstIndex { $0 != 0 } ?? digits.count
            let end = (digits.lastIndex { $0 != 0 } ?? -1) + 1
            self.isNegative = isNegative && first < end
            self.digits = first < end ? (first == 0 && end == digits.count ? digits : Array(digits[first..<end])) : []
            self.point = first < end ? point - first : 0
        }

        /// The digits ECMAScript prints for a double.
        ///
        /// Swift's description has the same digits: as few as identify the double, of those the nearest.
        init(shortest value: Double) {
            var digits: [UInt8] = []
            var point: Int?
            var exponent = 0
            var rest = Substring(value.magnitude.description)
            if let mark = rest.firstIndex(of: "e") {
                exponent = Int(rest[rest.index(after: mark)...]) ?? 0
                rest = rest[..<mark]
            }
            for byte in rest.utf8 {
                if byte == UInt8(ascii: ".") {
                    point = digits.count
                } else {
                    digits.append(byte - UInt8(ascii: "0"))
                }
            }
            self.init(isNegative: value < 0, digits: digits, point: (point ?? digits.count) + exponent)
        }
    }

    /// The number taken apart.
    var decimal: Decimal {
        switch storage {
        case .int(let value): Self.decimal(value, exponent: 0)
        case .decimal(let mantissa, let exponent): Self.decimal(mantissa, exponent: Int(exponent))
        case .big(let big): Decimal(isNegative: big.isNegative, digits: big.digits, point: big.point)
        }
    }

    private static func decimal(_ mantissa: Int64, exponent: Int) -> Decimal {
        var digits: [UInt8] = []
        var rest = mantissa.magnitude
        while rest > 0 {
            digits.append(UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        digits.reverse()
        return Decimal(isNegative: mantissa < 0, digits: digits, point: digits.count + exponent)
    }

    /// The one storage for a value.
    static func normalized(_ decimal: Decimal) -> Storage {
        let digits = decimal.digits
        guard !digits.isEmpty else { return .int(0) }
        if decimal.point >= digits.count, decimal.point <= 19 {
            var magnitude: UInt64 = 0
            for digit in digits { magnitude = magnitude * 10 + UInt64(digit) }
            for _ in digits.count..<decimal.point { magnitude *= 10 }
            if decimal.isNegative {
                if magnitude <= Int64.min.magnitude { return .int(Int64(truncatingIfNeeded: 0 &- magnitude)) }
            } else if let value = Int64(exactly: magnitude) {
                return .int(value)
            }
        }
        if digits.count <= 18 {
            var mantissa: Int64 = 0
            for digit in digits { mantissa = mantissa * 10 + Int64(digit) }
            return .decimal(
                mantissa: decimal.isNegative ? -mantissa : mantissa,
                exponent: Int32(clamping: decimal.point - digits.count)
            )
        }
        return .big(Big(isNegative: decimal.isNegative, digits: digits, point: decimal.point))
    }

    /// Reads a number whose grammar is known to be right, or fails if its power of ten exceeds ``exponentLimit``.
    ///
    /// - Parameter text: as RFC 8259, section 6, writes it.
    init?(grammatical text: UnsafeBufferPointer<UInt8>) {
        let isNegative = text.first == UInt8(ascii: "-")
        var position = isNegative ? 1 : 0
        // Up to 18 digits without fraction need no arrays.
        if text.count - position <= 18 {
            var value: Int64 = 0
            while position < text.count {
                let digit = text[position] &- UInt8(ascii: "0")
                guard digit <= 9 else { break }
                value = value &* 10 &+ Int64(digit)
                position += 1
            }
            if position == text.count {
                storage = .int(isNegative ? -value : value)
                return
            }
            position = isNegative ? 1 : 0
        }
        var digits: [UInt8] = []
        digits.reserveCapacity(text.count - position)
        var point: Int?
        var exponent = 0
        while position < text.count {
            let byte = text[position]
            position += 1
            if byte == UInt8(ascii: ".") {
                point = digits.count
            } else if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
                let isNegative = text[position] == UInt8(ascii: "-")
                if isNegative || text[position] == UInt8(ascii: "+") { position += 1 }
                while position < text.count {
                    // Saturates: what is this large is refused below, unless the number is zero.
                    exponent = min(exponent * 10 + Int(text[position] - UInt8(ascii: "0")), 1 << 40)
                    position += 1
                }
                if isNegative { exponent = -exponent }
            } else {
                digits.append(byte - UInt8(ascii: "0"))
            }
        }
        let decimal = Decimal(isNegative: isNegative, digits: digits, point: (point ?? digits.count) + exponent)
        guard abs(decimal.point) <= Self.exponentLimit, abs(decimal.point - decimal.digits.count) <= Self.exponentLimit
        else { return nil }
        storage = Self.normalized(decimal)
    }
}
