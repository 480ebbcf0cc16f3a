import JSONSchema
import Testing

struct JSONNumberTests {
    private func number(_ text: String) throws -> JSONNumber {
        try #require(try JSON(parsing: text).numberValue)
    }

    @Test(arguments: [
        ("1.0", "1"), ("-0", "0"), ("-0.0e5", "0"), ("10e-1", "1"), ("1e5", "100000"), ("0.1", "0.1"), ("1e-7", "1e-7"),
        ("0.000001", "0.000001"), ("1e400", "1e+400"),
        ("123456789012345678901234567890", "1.2345678901234567890123456789e+29"),
        ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
        ("9223372036854775808", "9223372036854775808"), ("100000000000000000000", "100000000000000000000"),
        ("1e21", "1e+21"), ("0.10000000000000000000000001", "0.10000000000000000000000001"),
    ])
    func isWrittenInOneForm(text: String, expected: String) throws {
        #expect(try number(text).description == expected)
        #expect(try number(text) == number(expected))
    }

    @Test func comparesExactly() throws {
        let ascending = [
            "-1e400", "-1e399", "-9223372036854775809", "-9223372036854775808", "-1", "-0.1", "-0.01", "0", "1e-400",
            "0.1",
            "0.10000000000000000001", "1", "1.5", "9007199254740992", "9007199254740993", "9223372036854775807",
            "9223372036854775808", "1e400", "1.1e400",
        ]
        for (left, right) in zip(ascending, ascending.dropFirst()) {
            #expect(try number(left) < number(right))
            #expect(try !(number(right) < number(left)))
            #expect(try number(left) != number(right))
        }
    }

    @Test func convertsToIntegersAndDoubles() throws {
        #expect(try number("1e2").int == 100)
        #expect(try number("1.5").int == nil)
        #expect(try number("9223372036854775808").int == nil)
        #expect(try number("0.1").double == 0.1)
        #expect(try number("1e400").double == .infinity)
        #expect(try number("-1e-500").double == 0)
        #expect(try number("5e-324").double == .leastNonzeroMagnitude)
        #expect(try number("1.7976931348623157e308").double == .greatestFiniteMagnitude)
        #expect(JSONNumber(0.1).description == "0.1")
        #expect(JSONNumber(1e23).description == "1e+23")
        #expect(JSONNumber(-3.0) == -3)
    }

    /// From the least to the greatest; whatever the form, each pair compares right.
    @Test func ordersAllFormsExactly() throws {
        let ascending = [
            "-1e999999998", "-123456789012345678901234567890", "-9223372036854775809", "-9223372036854775808",
            "-1000000000000000001", "-1e18", "-99.5", "-99.49999999999999999999", "-1", "-0.5", "-1e-400", "0",
            "1e-999999998", "1e-400", "0.1", "0.10000000000000000001", "0.1000000000000000001", "0.5", "1",
            "1.000000000000000000001", "9.99", "10", "10.5", "99", "100", "123456789012345678",
            "123456789012345678.00000000001", "123456789012345679", "999999999999999999", "1e18",
            "9223372036854775807", "9223372036854775808", "9.3e18", "1e19", "12345678901234567890123",
            "12345678901234567890123.5", "1e400", "1e401", "1e999999998",
        ]
        let numbers = try ascending.map { try #require(try JSON(parsing: $0).numberValue) }
        for (left, first) in numbers.enumerated() {
            for (right, second) in numbers.enumerated() {
                #expect((first < second) == (left < right), "\(ascending[left]) < \(ascending[right])")
                #expect((first == second) == (left == right), "\(ascending[left]) == \(ascending[right])")
            }
        }
    }

    @Test(arguments: [
        ("0.3", "0.1", true), ("0.35", "0.1", false), ("1e20", "3", false), ("3e20", "3", true),
        ("7e-20", "7e-21", true),
        ("1e999999998", "7", false), ("7e999999998", "7", true), ("1e999999998", "1e-999999998", true),
        ("1e-999999998", "1e999999998", false), ("9223372036854775807", "9223372036854775807", true),
        ("9223372036854775807", "0.7", true), ("9223372036854775808", "2048", true), ("-0.75", "0.25", true),
        ("120", "1.2e2", true), ("100", "1e2", true), ("100", "1e3", false), ("0", "1e3", true), ("4.5", "1.5", true),
        ("123456789012345678901234567890", "10", true), ("123456789012345678901234567891", "10", false),
        ("123456789012345678901234567890.5", "0.5", true), ("1e25", "1234567890123456789012345", false),
        ("2469135780246913578024690", "1234567890123456789012345", true), ("1e30", "1000000000000000000000000", true),
        ("5e40", "12500000000000000000000000000000000000000", true), ("1e40", "1.953125e30", true),
    ])
    func knowsMultiples(value: String, divisor: String, expected: Bool) throws {
        let value = try #require(try JSON(parsing: value).numberValue)
        let divisor = try #require(try JSON(parsing: divisor).numberValue)
        #expect(value.isMultiple(of: divisor) == expected)
    }

    @Test(arguments: [
        ("0.5", "0.5"), ("-0.0", "0"), ("1.50", "1.5"), ("100.00", "100"), ("0.000001", "0.000001"),
        ("0.0000001", "1e-7"), ("-1.5e-9", "-1.5e-9"), ("1e20", "100000000000000000000"), ("1e21", "1e+21"),
        ("12.5e30", "1.25e+31"), ("123456789.000000001", "123456789.000000001"),
        ("0.1234567890123456789", "0.1234567890123456789"), ("-9223372036854775808", "-9223372036854775808"),
        ("1e999999998", "1e+999999998"), ("1.000000000000000000", "1"), ("99999999999999999.5", "99999999999999999.5"),
    ])
    func writesTheSameValueShortly(text: String, expected: String) throws {
        let value = try JSON(parsing: text)
        #expect(value.description == expected)
        #expect(try JSON(parsing: value.description) == value)
    }
}
