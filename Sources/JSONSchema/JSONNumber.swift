/// A JSON number as the exact decimal it was written as.
///
/// `1`, `1.0` and `10e-1` are one value, and `-0` is `0`. Numbers beyond 64 bits or beyond what a
/// `double` tells apart compare right: `9007199254740993` is more than `9007199254740992`, and `1e400`
/// less than `1e401`.
///
/// Sendable; a plain value.
public struct JSONNumber: Sendable {
    /// The largest power of ten a number may have: 999,999,999 in either direction.
    public static let exponentLimit = 999_999_999

    /// Each value has exactly one of these, so comparing them compares values.
    enum Storage: Hashable, Sendable {
        /// Every integer of 64 bits.
        case int(Int64)
        /// What is no such integer and has at most 18 digits: `mantissa` times 10 to the power of
        /// `exponent`; the mantissa's last digit is not 0.
        case decimal(mantissa: Int64, exponent: Int32)
        /// Everything else.
        case big(Big)
    }

    /// A number of more than 18 digits.
    final class Big: Hashable, Sendable {
        let isNegative: Bool
        /// Values from 0 to 9; neither the first nor the last is 0.
        let digits: [UInt8]
        /// How many digits stand before the decimal point.
        let point: Int

        init(isNegative: Bool, digits: [UInt8], point: Int) {
            self.isNegative = isNegative
            self.digits = digits
            self.point = point
        }

        static func == (left: Big, right: Big) -> Bool {
            left.isNegative == right.isNegative && left.point == right.point && left.digits == right.digits
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(isNegative)
            hasher.combine(point)
            hasher.combine(digits)
        }
    }

    let storage: Storage

    init(storage: Storage) { self.storage = storage }

    /// Makes an integer.
    public init(_ value: Int) { storage = .int(Int64(value)) }

    /// Makes the shortest decimal that denotes this double, as ECMAScript prints it.
    ///
    /// - Parameter value: finite; JSON has neither infinities nor NaN.
    public init(_ value: Double) {
        precondition(value.isFinite, "JSON has neither infinities nor NaN")
        // Not `Int64(exactly:)`: that calls the C library's `trunc`, which a program that imports nothing else lacks.
        if value.magnitude < 0x1p53, case let whole = Int64(value), Double(whole) == value {
            storage = .int(whole)
        } else {
            storage = Self.normalized(Decimal(shortest: value))
        }
    }

    /// The value as an integer, or `nil` if it has a fraction or does not fit.
    public var int: Int? {
        if case .int(let value) = storage { Int(value) } else { nil }
    }

    /// Whether the value has no fraction, however large it is.
    public var isInteger: Bool {
        switch storage {
        case .int: true
        case .decimal(_, let exponent): exponent >= 0
        case .big(let big): big.digits.count <= big.point
        }
    }

    /// The nearest double; infinite beyond its range.
    public var double: Double {
        switch storage {
        case .int(let value): return Double(value)
        case .decimal(let mantissa, let exponent):
            if mantissa.magnitude < 1 << 53, abs(exponent) <= 22 {
                // Both are exact doubles, so one operation rounds once: Clinger's fast path.
                let power = Self.exactPowersOfTen[Int(abs(exponent))]
                return exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
            }
        case .big: break
        }
        let decimal = self.decimal
        // Far beyond a double's range, but within what the conversion understands.
        if decimal.point > 400 { return decimal.isNegative ? -.infinity : .infinity }
        if decimal.point < -400 { return 0 }
        var text = decimal.isNegative ? "-0." : "0."
        for digit in decimal.digits { text.unicodeScalars.append(Unicode.Scalar(UInt8(ascii: "0") + digit)) }
        return Double(text + "e\(decimal.point)") ?? 0
    }

    private static let exactPowersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}

extension JSONNumber: Hashable {
    /// Whether both are the same value.
    public static func == (left: JSONNumber, right: JSONNumber) -> Bool { left.storage == right.storage }

    /// Feeds the value into a hasher.
    public func hash(into hasher: inout Hasher) { hasher.combine(storage) }
}

extension JSONNumber: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    /// Makes an integer.
    public init(integerLiteral value: Int) { self.init(value) }
    /// Makes the shortest decimal that denotes the literal's double.
    public init(floatLiteral value: Double) { self.init(value) }
}

extension JSONNumber: CustomStringConvertible {
    /// The number as JSON writes it.
    public var description: String {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
