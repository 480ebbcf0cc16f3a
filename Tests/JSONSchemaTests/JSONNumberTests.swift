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
}
