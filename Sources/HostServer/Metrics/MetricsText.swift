/// Writes metrics as Prometheus reads them.
///
/// Source: Prometheus, "Exposition formats", text format 0.0.4.
struct MetricsText {
    /// What was written so far.
    private(set) var bytes: [UInt8] = []

    /// Starts a family of samples.
    mutating func family(_ name: String, _ type: String, _ help: String) {
        bytes.append(contentsOf: "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n".utf8)
    }

    /// Writes a sample.
    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Int) {
        line(name, labels, String(value))
    }

    /// Writes a sample that is given in thousandths.
    mutating func sample(_ name: String, _ labels: [(String, String)], thousandths: Int) {
        line(name, labels, Self.decimal(thousandths, digits: 3))
    }

    /// Writes a sample that is given in millionths.
    mutating func sample(_ name: String, _ labels: [(String, String)], millionths: Int) {
        line(name, labels, Self.decimal(millionths, digits: 6))
    }

    /// A number that is not negative, with so many digits after the point; without the last of them that are 0.
    static func decimal(_ value: Int, digits: Int) -> String {
        var one = 1
        for _ in 0..<digits { one *= 10 }
        var fraction = String(one + value % one).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return fraction.isEmpty ? String(value / one) : "\(value / one).\(fraction)"
    }

    private mutating func line(_ name: String, _ labels: [(String, String)], _ value: String) {
        bytes.append(contentsOf: name.utf8)
        if !labels.isEmpty {
            let list = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
            bytes.append(contentsOf: "{\(list)}".utf8)
        }
        bytes.append(contentsOf: " \(value)\n".utf8)
    }

    private static func escaped(_ label: String) -> String {
        var text = ""
        for scalar in label.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
