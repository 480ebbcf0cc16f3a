extension JSONNumber {
    /// Whether dividing by another number leaves no rest, exactly.
    ///
    /// - Parameter divisor: more than zero.
    /// - Returns: `false` for a divisor of zero, which has no multiples but zero.
    public func isMultiple(of divisor: JSONNumber) -> Bool {
        if case .int(let value) = storage, case .int(let divisor) = divisor.storage {
            if value == 0 { return true }
            return divisor != 0 && (divisor == -1 || value % divisor == 0)
        }
        let value = decimal
        var factor = divisor.decimal
        if value.digits.isEmpty { return true }
        if factor.digits.isEmpty { return false }
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
        return Self.rest(value.digits, by: factor.digits).isEmpty
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

    /// The rest of a division of whole numbers, without leading zeros.
    private static func rest(_ digits: [UInt8], by divisor: [UInt8]) -> [UInt8] {
        if divisor.count <= 17 {
            let small = divisor.reduce(0) { $0 * 10 + UInt64($1) }
            var rest: UInt64 = 0
            for digit in digits { rest = (rest * 10 + UInt64(digit)) % small }
            return rest == 0 ? [] : [1]
        }
        var rest: [UInt8] = []
        for digit in digits {
            if !rest.isEmpty || digit != 0 { rest.append(digit) }
            while rest.count > divisor.count || rest.count == divisor.count && !rest.lexicographicallyPrecedes(divisor)
            {
                subtract(divisor, from: &rest)
            }
        }
        return rest
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
