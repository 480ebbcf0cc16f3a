extension JSONNumber: Comparable {
    /// Whether the left value is less than the right one, exactly; allocates nothing.
    public static func < (left: JSONNumber, right: JSONNumber) -> Bool {
        if case .int(let left) = left.storage, case .int(let right) = right.storage { return left < right }
        let sign = left.sign
        guard sign == right.sign else { return sign < right.sign }
        return sign < 0 ? right.hasLessMagnitude(than: left) : left.hasLessMagnitude(than: right)
    }

    /// -1, 0 or 1.
    var sign: Int {
        switch storage {
        case .int(let value): Int(value.signum())
        case .decimal(let mantissa, _): Int(mantissa.signum())
        case .big(let big): big.isNegative ? -1 : 1
        }
    }

    /// Compares without signs; neither is zero.
    private func hasLessMagnitude(than other: JSONNumber) -> Bool {
        if let (left, leftExponent) = small, let (right, rightExponent) = other.small {
            let leftCount = Self.digitCount(left)
            let rightCount = Self.digitCount(right)
            guard leftCount + leftExponent == rightCount + rightExponent else {
                return leftCount + leftExponent < rightCount + rightExponent
            }
            // As many digits on both sides, at most 19, so the mantissas compare as the values do.
            let shift = leftCount - rightCount
            return shift >= 0
                ? UInt128(left) < UInt128(right) * UInt128(Self.powersOfTen[shift])
                : UInt128(left) * UInt128(Self.powersOfTen[-shift]) < UInt128(right)
        }
        let left = Digits(self)
        let right = Digits(other)
        guard left.point == right.point else { return left.point < right.point }
        for position in 0..<max(left.count, right.count) where left[position] != right[position] {
            return left[position] < right[position]
        }
        return false
    }

    /// The magnitude as a mantissa and a power of ten, unless it is large.
    var small: (mantissa: UInt64, exponent: Int)? {
        switch storage {
        case .int(let value): (value.magnitude, 0)
        case .decimal(let mantissa, let exponent): (mantissa.magnitude, Int(exponent))
        case .big: nil
        }
    }

    /// How many digits a number is written with; 1 for zero.
    static func digitCount(_ value: UInt64) -> Int {
        // 1233 / 4096 is just above the logarithm of two.
        let guess = ((64 - value.leadingZeroBitCount) &* 1233) >> 12
        return guess < 20 && value >= powersOfTen[guess] ? guess + 1 : max(guess, 1)
    }

    /// 10 to the power of 0...19.
    static let powersOfTen: [UInt64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
        10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]

    /// The digits of any number, from the first that is not 0.
    private struct Digits {
        /// How many digits stand before the decimal point.
        let point: Int
        let count: Int
        private let mantissa: UInt64
        private let big: Big?

        init(_ number: JSONNumber) {
            if case .big(let value) = number.storage {
                big = value
                mantissa = 0
                count = value.digits.count
                point = value.point
            } else {
                let (mantissa, exponent) = number.small ?? (0, 0)
                self.mantissa = mantissa
                big = nil
                count = JSONNumber.digitCount(mantissa)
                point = count + exponent
            }
        }

        /// A digit, 0 beyond the last.
        subscript(position: Int) -> UInt8 {
            guard position < count else { return 0 }
            if let big { return big.digits[position] }
            return UInt8(truncatingIfNeeded: mantissa / JSONNumber.powersOfTen[count - 1 - position] % 10)
        }
    }
}
