extension JSONNumber {
    /// Whether dividing by another number leaves no rest, exactly.
    ///
    /// Allocates nothing, unless the divisor has more than 18 digits.
    ///
    /// - Parameter divisor: more than zero.
    /// - Returns: `false` for a divisor of zero, which has no multiples but zero.
    public func isMultiple(of divisor: JSONNumber) -> Bool {
        if sign == 0 { return true }
        if divisor.sign == 0 { return false }
        guard let (factor, factorExponent) = divisor.small else { return isMultiple(ofLarge: divisor.decimal) }
        switch storage {
        case .big(let big):
            let power = big.point - big.digits.count - factorExponent
            // The last digit is not 0, so this is no multiple of a higher power of ten.
            guard power >= 0 else { return false }
            var rest: UInt64 = 0
            for digit in big.digits { rest = Self.product(rest, 10, plus: UInt64(digit), modulo: factor) }
            return Self.product(rest, Self.powerOfTen(power, modulo: factor), modulo: factor) == 0
        default:
            let (mantissa, exponent) = small ?? (0, 0)
            let power = exponent - factorExponent
            if power >= 0 {
                return Self.product(mantissa % factor, Self.powerOfTen(power, modulo: factor), modulo: factor) == 0
            }
            // A mantissa has at most 19 digits, so it is no multiple of 10 to the power of 20.
            guard -power < Self.powersOfTen.count else { return false }
            return UInt128(mantissa) % (UInt128(factor) * UInt128(Self.powersOfTen[-power])) == 0
        }
    }

    private static func product(_ left: UInt64, _ right: UInt64, plus rest: UInt64 = 0, modulo: UInt64) -> UInt64 {
        UInt64(truncatingIfNeeded: (UInt128(left) * UInt128(right) + UInt128(rest)) % UInt128(modulo))
    }

    /// The rest of a power of ten; by squaring, so that a power of a thousand million takes thirty steps.
    private static func powerOfTen(_ power: Int, modulo: UInt64) -> UInt64 {
        var result = 1 % modulo
        var square = 10 % modulo
        var power = power
        while power > 0 {
            if power & 1 == 1 { result = product(result, square, modulo: modulo) }
            square = product(square, square, modulo: modulo)
            power >>= 1
        }
        return result
    }

    private func isMultiple(ofLarge divisor: Decimal) -> Bool {
        let value = decimal
        var factor = divisor
        // Both as whole numbers times a power of ten; what is left of that power makes the value larger.
        let power = (value.point - value.digits.count) - (factor.point - factor.digits.count)
        // The last digit of the value is not 0, so it is no multiple of a higher power of ten.
        guard power >= 0 else { return false }
        // Twos and fives of the divisor cancel against the power of ten.
        for prime: UInt8 in [2, 5] {
            var left = power
            while left > 0, let quotient = Self.quotient(factor.digits, by: prime) {
                factor.digits = quotient
                left -= 1
            }
        }
        return Self.leavesNoRest(value.digits, by: factor.digits)
    }

    /// Divides a whole number by a small one, or returns `nil` if that leaves a rest.
    private static func quotient(_ digits: [UInt8], by divisor: UInt8) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(digits.count)
        var rest: UInt8 = 0
        for digit in digits {
            let value = rest * 10 + digit
            if !result.isEmpty || value >= divisor { result.append(value / divisor) }
            rest = value % divisor
        }
        return rest == 0 ? result : nil
    }

    /// Whether a division of whole numbers leaves no rest.
    private static func leavesNoRest(_ digits: [UInt8], by divisor: [UInt8]) -> Bool {
        var rest: [UInt8] = []
        for digit in digits {
            if !rest.isEmpty || digit != 0 { rest.append(digit) }
            while rest.count > divisor.count || rest.count == divisor.count && !rest.lexicographicallyPrecedes(divisor)
            {
                subtract(divisor, from: &rest)
            }
        }
        return rest.isEmpty
    }

    private static func subtract(_ other: [UInt8], from digits: inout [UInt8]) {
        var borrow: Int8 = 0
        for offset in 1...digits.count {
            let subtrahend = offset <= other.count ? Int8(other[other.count - offset]) : 0
            var difference = Int8(digits[digits.count - offset]) - subtrahend - borrow
            borrow = difference < 0 ? 1 : 0
            if difference < 0 { difference += 10 }
            digits[digits.count - offset] = UInt8(difference)
        }
        let zeros = digits.prefix { $0 == 0 }.count
        digits.removeFirst(zeros)
    }
}
