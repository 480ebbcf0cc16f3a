import JSONSchema

extension JSON {
    /// A string as it is, anything else as JSON.
    var plainText: String { stringValue ?? description }

    /// The JSON with a member or element a line, indented by two spaces.
    var indentedText: String {
        var result = ""
        Self.write(self, indent: "", into: &result)
        return result
    }

    private static func write(_ value: JSON, indent: String, into result: inout String) {
        let inner = indent + "  "
        switch value {
        case .array(let elements) where !elements.isEmpty:
            result += "[\n"
            for (index, element) in elements.enumerated() {
                result += inner
                write(element, indent: inner, into: &result)
                result += index + 1 < elements.count ? ",\n" : "\n"
            }
            result += indent + "]"
        case .object(let members) where !members.isEmpty:
            result += "{\n"
            for (index, member) in members.enumerated() {
                result += inner + JSON.string(member.key).description + ": "
                write(member.value, indent: inner, into: &result)
                result += index + 1 < members.count ? ",\n" : "\n"
            }
            result += indent + "}"
        default: result += value.description
        }
    }
}
