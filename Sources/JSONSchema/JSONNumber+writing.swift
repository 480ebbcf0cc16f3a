extension JSONNumber {
    /// Appends the exact decimal in ECMAScript's layout.
    func write(into bytes: inout [UInt8]) {
        switch storage {
        case .int(let value): Self.write(isNegative: value < 0, mantissa: value.magnitude, exponent: 0, into: &bytes)
        case .decimal(let mantissa, let exponent):
            Self.write(
                isNegative: mantissa < 0,
                mantissa: mantissa.magnitude,
                exponent: Int(exponent),
                into: &bytes
            )
        case .big(let big):
            big.digits.withUnsafeBufferPointer { digits in
                Self.write(isNegative: big.isNegative, digits, point: big.point, into: &bytes)
            }
        }
    }

    /// Appends the form of RFC 8785 where the number is a double, and the exact decimal where it is not.
    ///
    /// A fraction of up to 17 digits is how programs print a double, so it counts as that double. An
    /// integer, or a number of more digits or beyond a double's range, keeps its exact value.
    func writeCanonical(into bytes: inout [UInt8]) {
        if !isInteger, decimal.digits.count <= 17 {
            let double = self.double
            if double.isFinite, double != 0 {
                let decimal = Decimal(shortest: double)
                decimal.digits.withUnsafeBufferPointer { digits in
                    Self.write(isNegative: decimal.isNegative, digits, point: decimal.point, into: &bytes)
                }
                return
            }
        }
        write(into: &bytes)
    }

    private static func write(isNegative: Bool, mantissa: UInt64, exponent: Int, into bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var start = digits.count
            var end = digits.count
            var rest = mantissa
            while rest > 0 {
                start -= 1
                digits[start] = UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            let point = end - start + exponent
            while end > start, digits[end - 1] == 0 { end -= 1 }
            write(
                isNegative: isNegative,
                UnsafeBufferPointer(rebasing: digits[start..<end]),
                point: point,
                into: &bytes
            )
        }
    }

    /// Appends digits in the layout of ECMA-262, section 6.1.6.1.20 (Number::toString).
    ///
    /// The digits are values from 0 to 9, neither the first nor the last 0, and none for zero; so many of them as
    /// `point` says stand before the decimal point.
    private static func write(
        isNegative: Bool,
        _ digits: UnsafeBufferPointer<UInt8>,
        point: Int,
        into bytes: inout [UInt8]
    ) {
        let zero = UInt8(ascii: "0")
        guard !digits.isEmpty else {
            bytes.append(zero)
            return
        }
        // A sign, a point, up to 21 zeros, or an exponent of up to eleven characters.
        bytes.append(addingCapacity: digits.count + 24) { output in
            if isNegative { output.append(UInt8(ascii: "-")) }
            if digits.count <= point, point <= 21 {
                for digit in digits { output.append(digit + zero) }
                for _ in digits.count..<point { output.append(zero) }
            } else if point > 0, point <= 21 {
                for position in digits.indices {
                    if position == point { output.append(UInt8(ascii: ".")) }
                    output.append(digits[position] + zero)
                }
            } else if point > -6, point <= 0 {
                output.append(zero)
                output.append(UInt8(ascii: "."))
                for _ in point..<0 { output.append(zero) }
                for digit in digits { output.append(digit + zero) }
            } else {
                for position in digits.indices {
                    if position == 1 { output.append(UInt8(ascii: ".")) }
                    output.append(digits[position] + zero)
                }
                output.append(UInt8(ascii: "e"))
                output.append(UInt8(ascii: point > 0 ? "+" : "-"))
                let power = abs(point - 1)
                var unit = 1
                while unit <= power / 10 { unit *= 10 }
                while unit > 0 {
                    output.append(zero + UInt8(truncatingIfNeeded: power / unit % 10))
                    unit /= 10
                }
            }
        }
    }
}
