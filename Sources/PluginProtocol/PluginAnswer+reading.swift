internal import DocumentModel
public import JSONSchema

extension PluginAnswer {
    /// Reads a plugin's HTTP answer; nothing in it is trusted.
    ///
    /// Checked in this order: status, content type, size, encoding, JSON, version of the protocol,
    /// schema, commands. What the plugin was granted, and whether the commands apply, is not checked here.
    ///
    /// - Parameters:
    ///   - status: 204, or any other 2xx without a body, says nothing; 202 announces a later answer,
    ///     whatever its body; any other 2xx is read; the rest are failures.
    ///   - contentType: the header as it came, nil if there was none.
    ///   - body: the whole body, decompressed.
    ///   - limits: for the size, the depth, the strings and the number of commands.
    /// - Returns: what the plugin answered.
    /// - Throws: ``Refusal``.
    ///
    /// Source: RFC 9110, section 15 (a status outside 100...599 counts as 5xx).
    public static func read(
        status: Int,
        contentType: String?,
        body: [UInt8],
        limits: Limits
    ) throws(Refusal) -> PluginAnswer {
        switch status {
        case 202: return PluginAnswer(defer: Deferral())
        case 204: return .nothing
        case 200...299:
            if body.isEmpty { return .nothing }
        case 300...399:
            throw Refusal(
                .redirect,
                "the plugin answered \(status); redirects are not followed",
                rule: "status",
                actual: .number(JSONNumber(status)),
                hint: "register the URL that it redirects to"
            )
        case 400...499:
            throw Refusal(
                .clientError,
                "the plugin answered \(status)",
                rule: "status",
                actual: .number(JSONNumber(status)),
                hint: status == 401 ? "does the plugin have the secret that the host signs with?" : nil
            )
        default:
            throw Refusal(
                .serverError,
                "the plugin answered \(status)",
                rule: "status",
                actual: .number(JSONNumber(status))
            )
        }
        try checkContentType(contentType)
        guard body.count <= limits.answerBytes else {
            throw Refusal(
                .tooLarge,
                "the answer has \(body.count) bytes; at most \(limits.answerBytes) are allowed",
                rule: "answerBytes",
                limit: .number(JSONNumber(limits.answerBytes)),
                actual: .number(JSONNumber(body.count))
            )
        }
        let tape: JSONTape
        do {
            tape = try JSONTape(parsing: body, limits: limits.answerJSON)
        } catch {
            throw Refusal(error, in: body)
        }
        return try read(tape.root.json, tape, limits: limits)
    }

    /// Reads an answer that is JSON already, as one that came later at the continuation URL.
    ///
    /// - Parameters:
    ///   - json: the whole answer.
    ///   - limits: for the number of commands and the state.
    /// - Returns: what the plugin answered.
    /// - Throws: ``Refusal`` for the version of the protocol, the schema or the commands.
    public static func read(_ json: JSON, limits: Limits) throws(Refusal) -> PluginAnswer {
        try read(json, JSONTape(json), limits: limits)
    }

    /// Reads an answer given twice: as a tree to take things out of, and as the tape that the schema is checked on.
    private static func read(_ json: JSON, _ tape: JSONTape, limits: Limits) throws(Refusal) -> PluginAnswer {
        try checkProtocol(json)
        try AnswerSchema.check(json, tape, limits: limits)
        return try PluginAnswer(checked: json)
    }

    private static func checkContentType(_ contentType: String?) throws(Refusal) {
        guard let contentType else {
            throw Refusal(
                .wrongContentType,
                "the answer has no content-type; expected application/json",
                rule: "content-type",
                limit: "application/json"
            )
        }
        guard MediaType.isJSON(contentType) else {
            throw Refusal(
                .wrongContentType,
                "the answer's content-type is \"\(contentType.prefix(80))\"; "
                    + "expected application/json, with no charset but utf-8",
                rule: "content-type",
                limit: "application/json",
                actual: .string(String(contentType.prefix(80)))
            )
        }
    }

    private static func checkProtocol(_ json: JSON) throws(Refusal) {
        guard let members = json.objectValue else {
            throw Refusal(
                .wrongProtocol,
                "expected an object with \"protocol\": \"\(PluginRequest.protocolVersion)\", "
                    + "found \(json.kindWithArticle)",
                pointer: .root,
                rule: "protocol",
                limit: .string(PluginRequest.protocolVersion)
            )
        }
        let version = members["protocol"]
        guard version?.stringValue != PluginRequest.protocolVersion else { return }
        throw Refusal(
            .wrongProtocol,
            "/protocol: expected \"\(PluginRequest.protocolVersion)\", found \(version.map(\.brief) ?? "no such member")",
            pointer: JSONPointer(tokens: ["protocol"]),
            rule: "protocol",
            limit: .string(PluginRequest.protocolVersion),
            actual: version.map(\.shortened),
            hint: version == nil
                ? NearestName.hint(for: "protocol", among: members.keys.filter { $0.utf8.count < 16 }) : nil
        )
    }

    /// Decodes what the schema has already let pass.
    private init(checked json: JSON) throws(Refusal) {
        self.init()
        commands = try Self.commands(json["commands"], at: JSONPointer(tokens: ["commands"]))
        if let verdict = json["verdict"] { self.verdict = try Verdict(checked: verdict) }
        view = json["view"].flatMap { $0.isNull ? nil : $0 }
        warnings = (json["warnings"]?.arrayValue ?? []).compactMap(\.stringValue)
        notes = json["notes"]?.objectValue ?? [:]
        state = json["state"]
        if let deferral = json["defer"] {
            `defer` = Deferral(
                seconds: deferral["seconds"]?.numberValue?.double,
                reason: deferral["reason"]?.stringValue
            )
        }
        challenge = json["challenge"]?.stringValue
        if let manifest = json["manifest"] {
            do {
                self.manifest = try Manifest(json: manifest)
            } catch {
                throw Refusal(error, at: JSONPointer(tokens: ["manifest"]))
            }
        }
    }

    fileprivate static func commands(_ json: JSON?, at pointer: JSONPointer) throws(Refusal) -> [Command] {
        guard let elements = json?.arrayValue else { return [] }
        var commands: [Command] = []
        commands.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            do {
                commands.append(try Command(json: element, index: index, list: pointer))
            } catch {
                throw Refusal(error, op: element["op"]?.stringValue)
            }
        }
        return commands
    }
}

extension Verdict {
    /// Decodes what the schema has already let pass.
    fileprivate init(checked json: JSON) throws(Refusal) {
        self.init(allow: json["allow"]?.boolValue ?? false)
        for (index, reason) in (json["reasons"]?.arrayValue ?? []).enumerated() {
            let place = JSONPointer(tokens: ["verdict", "reasons", String(index)])
            var pointer: JSONPointer?
            if let text = reason["pointer"]?.stringValue {
                do {
                    pointer = try JSONPointer(parsing: text)
                } catch {
                    throw Refusal(
                        .schema,
                        "\(place)/pointer: \"\(text.prefix(80))\" is not a JSON Pointer",
                        pointer: place.appending("pointer"),
                        rule: "format"
                    )
                }
            }
            reasons.append(
                Reason(
                    pointer: pointer,
                    message: reason["message"]?.stringValue ?? "",
                    suggest: try PluginAnswer.commands(reason["suggest"], at: place.appending("suggest"))
                )
            )
        }
    }
}

extension Refusal {
    /// Refuses a body that is not the JSON it should be.
    fileprivate init(_ error: JSONError, in body: [UInt8]) {
        let kind: FailureKind
        switch error.code {
        case .byteOrderMark, .invalidEncoding, .loneSurrogate: kind = .badEncoding
        case .duplicateKey: kind = .duplicateKeys
        case .tooDeep: kind = .tooDeep
        case .tooLarge, .stringTooLong, .numberTooLong, .exponentTooLarge: kind = .tooLarge
        default: kind = .notJSON
        }
        // Encoding comes before JSON: what is not UTF-8 throughout is refused as that, even if a fault
        // of another kind comes first.
        if kind != .badEncoding, let offset = UTF8Check.firstInvalidOffset(in: body) {
            let rule = JSONError.Code.invalidEncoding.description
            self.init(.badEncoding, "the answer is not UTF-8: invalid byte at offset \(offset)", rule: rule)
            return
        }
        var message = "the answer is not accepted as JSON: \(error)"
        if let key = error.key { message += ": \"\(key.prefix(80))\"" }
        self.init(
            kind,
            message,
            rule: error.code.description,
            limit: error.limit.map { .number(JSONNumber($0)) },
            actual: error.actual.map { .number(JSONNumber($0)) }
        )
    }

    /// Refuses an answer whose manifest is wrong.
    fileprivate init(_ error: ManifestError, at place: JSONPointer) {
        let pointer = place.appending(error.pointer)
        self.init(
            .schema,
            "\(pointer): \(error.message)",
            pointer: pointer,
            rule: error.rule,
            limit: error.limit,
            actual: error.actual,
            hint: error.hint
        )
    }
}
