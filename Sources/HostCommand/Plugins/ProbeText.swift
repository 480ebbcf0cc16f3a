import JSONSchema

/// What came of trying a plugin, as a person reads it.
enum ProbeText {
    /// A line for each thing that it was tried for, and the sum.
    static func table(_ report: JSON, width: Int?) -> String {
        var table = Table([
            .fixed(""), .fixed("PROBE"), .fixed("ABOUT"), .number("MS"), .flexible("SEEN", least: 20),
        ])
        for probe in probes(report) {
            table.add([
                mark(probe), probe.text("name"), probe.text("about"), ExchangeText.milliseconds(probe["microseconds"]),
                probe.text("remark"),
            ])
        }
        let failed = probes(report).count { $0.text("result") == "failed" }
        let sum = failed == 0 ? "nothing is wrong" : failed == 1 ? "1 thing is wrong" : "\(failed) things are wrong"
        return table.text(width: width) + "\n" + sum
    }

    /// The same, followed by the exchanges of what is not as it should be.
    static func details(_ report: JSON, width: Int?) -> String {
        let shown = probes(report).filter { ["failed", "warned"].contains($0.text("result")) }
        let exchanges = shown.flatMap { $0["exchanges"]?.arrayValue ?? [] }
        return ([table(report, width: width)] + exchanges.map { ExchangeText.details($0, width: width) })
            .joined(separator: "\n\n")
    }

    private static func probes(_ report: JSON) -> [JSON] { report["probes"]?.arrayValue ?? [] }

    private static func mark(_ probe: JSON) -> String {
        switch probe.text("result") {
        case "passed": "ok"
        case "failed": "FAILED"
        case "skipped": "-"
        case let other: other
        }
    }
}
