internal import JSONSchema

/// Checks answers against `response.json` and turns what is wrong into a refusal worth reading.
enum AnswerSchema {
    private static let response = ProtocolSchemas.schema(named: "response")
    private static let commandsPointer = JSONPointer(tokens: ["commands"])
    /// How many faults of one answer are named: enough to put an answer right in few rounds.
    private static let faultsLimit = 4

    /// Checks the whole answer.
    ///
    /// - Parameters:
    ///   - json: the answer.
    ///   - tape: the same, as it was read; a schema checks that without allocating.
    ///   - limits: for the number of commands and the state.
    /// - Throws: ``Refusal`` of kind `unknown-command`, `too-large` or `schema`.
    static func check(_ json: JSON, _ tape: JSONTape, limits: Limits) throws(Refusal) {
        try checkCount(json["commands"], at: commandsPointer, limits: limits)
        try checkState(json["state"], limits: limits)
        if response.isValid(tape) { return }
        // Only now is it worth asking what exactly is wrong; commands' faults come first because the
        // violation of `response.json` would only say that no definition fits.
        var faults: [Refusal] = []
        checkCommands(json["commands"], at: commandsPointer, &faults)
        for (index, reason) in (json["verdict"]?["reasons"]?.arrayValue ?? []).enumerated() {
            let place = JSONPointer(tokens: ["verdict", "reasons", String(index), "suggest"])
            checkCommands(reason["suggest"], at: place, &faults)
        }
        let judged = faults
        for violation in response.violations(in: json, limit: faultsLimit * 2) {
            // Of a command that was judged by its own definition, nothing more need be said.
            let isJudged = judged.contains { fault in
                fault.pointer.map { $0.tokens.starts(with: violation.instance.tokens.prefix(2)) } ?? false
            }
            if !isJudged { faults.append(Refusal(violation, at: .root)) }
        }
        guard var first = faults.first else {
            throw Refusal(.schema, "the answer breaks response.json", rule: "schema")
        }
        let others = faults.dropFirst().prefix(faultsLimit - 1).map {
            "\($0.pointer ?? .root) (\($0.rule ?? "schema"))"
        }
        if !others.isEmpty { first.message += "; also wrong: \(others.joined(separator: ", "))" }
        throw first
    }

    /// Checks each command of a list by the definition of its own `op`, as long as there is room for faults.
    private static func checkCommands(_ json: JSON?, at pointer: JSONPointer, _ faults: inout [Refusal]) {
        for (index, command) in (json?.arrayValue ?? []).enumerated() where faults.count < faultsLimit {
            if let fault = fault(in: command, index, at: pointer.appending(index)) { faults.append(fault) }
        }
    }

    private static func fault(in command: JSON, _ index: Int, at place: JSONPointer) -> Refusal? {
        guard let op = command["op"] else { return missingOp(command, index, place) }
        guard let name = op.stringValue else {
            return refusal(.schema, "expected a string, found \(op.brief)", index, place.appending("op"), "type")
        }
        guard let schema = ProtocolSchemas.commands[name] else {
            let place = place.appending("op")
            var refusal = refusal(.unknownCommand, "there is no command \(op.brief)", index, place, "op")
            refusal.actual = op.shortened
            refusal.hint = NearestName.hint(for: name, among: ProtocolSchemas.commandNames)
            return refusal
        }
        return schema.violations(in: command, limit: 1).first.map {
            Refusal($0, at: place, commandIndex: index, op: name)
        }
    }

    private static func missingOp(_ command: JSON, _ index: Int, _ place: JSONPointer) -> Refusal {
        guard let members = command.objectValue else {
            return refusal(
                .schema,
                "must be an object with \"op\", but is \(command.kindWithArticle)",
                index,
                place,
                "type"
            )
        }
        var refusal = refusal(
            .schema,
            "the member \"op\" is missing, which names the command",
            index,
            place,
            "required"
        )
        // Other protocols call it otherwise; then one of the members holds the name.
        let written = members.first { $0.value.stringValue.map { ProtocolSchemas.commands[$0] != nil } ?? false }
        refusal.hint = written.map { "did you mean \"op\" where it says \(JSON.string($0.key))?" }
        return refusal
    }

    private static func refusal(
        _ kind: FailureKind,
        _ detail: String,
        _ index: Int,
        _ pointer: JSONPointer,
        _ rule: String
    ) -> Refusal {
        Refusal(
            kind,
            Refusal.message(detail, commandIndex: index, op: nil, pointer: pointer),
            commandIndex: index,
            pointer: pointer,
            rule: rule
        )
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

extension Refusal {
    /// Refuses an answer for the first rule of a schema that it breaks.
    ///
    /// - Parameters:
    ///   - violation: found in the part of the answer at `place`.
    ///   - place: where that part is.
    ///   - commandIndex: which command it is, if it is one.
    ///   - op: that command's `op`.
    init(_ violation: SchemaViolation, at place: JSONPointer, commandIndex: Int? = nil, op: String? = nil) {
        let pointer = place.appending(violation.instance)
        self.init(
            .schema,
            Self.message(violation.message, commandIndex: commandIndex, op: op, pointer: pointer),
            commandIndex: commandIndex,
            pointer: pointer,
            rule: violation.keyword,
            limit: violation.limit,
            actual: violation.actual.map(\.shortened),
            hint: violation.hint
        )
    }
}
