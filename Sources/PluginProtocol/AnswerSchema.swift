internal import JSONSchema

/// Checks what the schema of answers leaves to the limits.
enum AnswerSchema {
    private static let commandsPointer = JSONPointer(tokens: ["commands"])

    /// Checks the whole answer.
    ///
    /// - Throws: ``Refusal`` of kind `too-large` or `schema`.
    static func check(_ json: JSON, limits: Limits) throws(Refusal) {
        try checkCount(json["commands"], at: commandsPointer, limits: limits)
        try checkState(json["state"], limits: limits)
    }

    private static func checkCount(_ json: JSON?, at pointer: JSONPointer, limits: Limits) throws(Refusal) {
        guard let count = json?.arrayValue?.count, count > limits.commandsPerAnswer else { return }
        throw Refusal(
            .schema,
            "\(pointer): at most \(limits.commandsPerAnswer) commands are allowed, found \(count)",
            pointer: pointer,
            rule: "maxItems",
            limit: .number(JSONNumber(limits.commandsPerAnswer)),
            actual: .number(JSONNumber(count))
        )
    }

    private static func checkState(_ json: JSON?, limits: Limits) throws(Refusal) {
        guard let json else { return }
        let size = json.serialized().count
        guard size > limits.stateBytes else { return }
        throw Refusal(
            .tooLarge,
            "/state: at most \(limits.stateBytes) bytes are allowed, found \(size)",
            pointer: JSONPointer(tokens: ["state"]),
            rule: "stateBytes",
            limit: .number(JSONNumber(limits.stateBytes)),
            actual: .number(JSONNumber(size))
        )
    }
}
