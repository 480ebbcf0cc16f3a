import JSONSchema

/// The findings of a check as a person, or a program, reads them.
enum CheckText {
    /// A line for each finding, and the sum.
    static func table(_ findings: [CheckFinding], output: Terminal) -> String {
        var table = Table([.fixed(""), .fixed("LEVEL"), .flexible("RULE", least: 30), .flexible("SEEN", least: 20)])
        for finding in findings {
            let mark =
                switch finding.verdict {
                case .kept: "ok"
                case .broken: "BROKEN"
                case .open: "?"
                }
            table.add([mark, finding.level.rawValue, finding.rule, finding.remark])
        }
        let kept = findings.count { $0.verdict == .kept }
        let broken = findings.count { $0.verdict == .broken }
        let failures = findings.filter(\.isFailure)
        var text = table.text(width: output.width)
        for failure in failures {
            let line = "\(failure.rule): \(PrintableText.line(failure.remark))"
            text += "\n" + PrintableText.indented(line, by: "", width: output.width ?? 100) + "\n"
        }
        text += "\n\(kept) kept, \(broken) broken: "
        text += failures.isEmpty ? "the plugin keeps to the protocol" : "the plugin does NOT keep to the protocol"
        return text
    }

    /// `{"conformant", "findings": [{"level", "rule", "verdict", "remark"}]}`.
    static func json(_ findings: [CheckFinding]) -> JSON {
        [
            "conformant": .bool(!findings.contains(where: \.isFailure)),
            "findings": .array(
                findings.map {
                    [
                        "level": .string($0.level.rawValue), "rule": .string($0.rule),
                        "verdict": .string($0.verdict.rawValue),
                        "remark": .string($0.remark),
                    ]
                }
            ),
        ]
    }
}
