public import JSONSchema

extension Command {
    /// Reads a command as anyone may send it.
    ///
    /// - Parameters:
    ///   - json: the shape that the body's type documents.
    ///   - index: the command's position in its list, for the error.
    ///   - list: where the list is, for the error; `/commands` unless given.
    /// - Throws: ``CommandError`` of the kind `invalid` or `unknownCommand`.
    public init(
        json: JSON,
        index: Int,
        list: JSONPointer = JSONPointer(tokens: ["commands"])
    ) throws(CommandError) {
        do { try self.init(json: json, isTrusted: false) } catch {
            throw CommandError(error, index: index, list: list)
        }
    }

    /// Reads a command; one that the host stored may be one of its inverses.
    init(json: JSON, isTrusted: Bool) throws(ShapeError) {
        guard case .object(let members) = json else {
            throw ShapeError("type", "a command must be an object, not \(json.typeName)")
        }
        guard let op = members["op"] else { throw ShapeError("required", at: ["op"], "the member op is missing") }
        guard case .string(let name) = op else {
            throw ShapeError("type", at: ["op"], "op must be a string, not \(op.typeName)")
        }
        guard let operation = Operation(rawValue: name), isTrusted || operation.isPublic else {
            let known = Operation.allCases.filter(\.isPublic).map(\.rawValue)
            throw ShapeError(
                "unknown-op",
                at: ["op"],
                "there is no such command",
                limit: .array(known.map { .string($0) }),
                actual: .string(String(String.UnicodeScalarView(name.unicodeScalars.prefix(64)))),
                hint: NearestName.suggestion(for: name, among: known)
            )
        }
        kind = try Self.kind(operation, json: json, isTrusted: isTrusted)
        if let json = members["expect"] {
            do { expect = try Expectation(json: json) } catch { throw error.inside("expect") }
        }
        if isTrusted, let json = members["restore"] {
            do { restore = try Restoration(json: json) } catch { throw error.inside("restore") }
        }
    }

    private static let publicNames = ["op", "expect"]
    private static let trustedNames = ["op", "expect", "restore"]

    private static func body<Body: CommandBody>(_ json: JSON, _ isTrusted: Bool) throws(ShapeError) -> Body {
        var reader = try MemberReader(json, known: Body.memberNames, also: isTrusted ? trustedNames : publicNames)
        reader.isTrusted = isTrusted
        return try Body(reader)
    }

    // One line per command; a table could not keep the types.
    private static func kind(_ operation: Operation, json: JSON, isTrusted: Bool) throws(ShapeError) -> Kind {
        switch operation {
        case .documentCreate: .documentCreate(try body(json, isTrusted))
        case .documentSetTitle: .documentSetTitle(try body(json, isTrusted))
        case .documentPatch: .documentPatch(try body(json, isTrusted))
        case .documentDelete: .documentDelete(try body(json, isTrusted))
        case .propertySet: .propertySet(try body(json, isTrusted))
        case .propertyRemove: .propertyRemove(try body(json, isTrusted))
        case .blockInsert: .blockInsert(try body(json, isTrusted))
        case .blockUpdate: .blockUpdate(try body(json, isTrusted))
        case .blockReplace: .blockReplace(try body(json, isTrusted))
        case .blockMove: .blockMove(try body(json, isTrusted))
        case .blockDelete: .blockDelete(try body(json, isTrusted))
        case .textInsert: .textInsert(try body(json, isTrusted))
        case .textReplace: .textReplace(try body(json, isTrusted))
        case .textDelete: .textDelete(try body(json, isTrusted))
        case .annotationSet: .annotationSet(try body(json, isTrusted))
        case .annotationRemove: .annotationRemove(try body(json, isTrusted))
        case .commentAdd: .commentAdd(try body(json, isTrusted))
        case .commentResolve: .commentResolve(try body(json, isTrusted))
        case .tagAdd: .tagAdd(try body(json, isTrusted))
        case .tagRemove: .tagRemove(try body(json, isTrusted))
        case .participantAdd: .participantAdd(try body(json, isTrusted))
        case .participantRemove: .participantRemove(try body(json, isTrusted))
        case .commentRemove: .commentRemove(try body(json, isTrusted))
        }
    }

    /// Writes the command; reading it again gives an equal one.
    ///
    /// - Parameter writer: where a value is due.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("op")
        writer.string(unescaped: op.utf8)
        switch kind {
        case .documentCreate(let body): body.writeMembers(into: &writer)
        case .documentSetTitle(let body): body.writeMembers(into: &writer)
        case .documentPatch(let body): body.writeMembers(into: &writer)
        case .documentDelete(let body): body.writeMembers(into: &writer)
        case .propertySet(let body): body.writeMembers(into: &writer)
        case .propertyRemove(let body): body.writeMembers(into: &writer)
        case .blockInsert(let body): body.writeMembers(into: &writer)
        case .blockUpdate(let body): body.writeMembers(into: &writer)
        case .blockReplace(let body): body.writeMembers(into: &writer)
        case .blockMove(let body): body.writeMembers(into: &writer)
        case .blockDelete(let body): body.writeMembers(into: &writer)
        case .textInsert(let body): body.writeMembers(into: &writer)
        case .textReplace(let body): body.writeMembers(into: &writer)
        case .textDelete(let body): body.writeMembers(into: &writer)
        case .annotationSet(let body): body.writeMembers(into: &writer)
        case .annotationRemove(let body): body.writeMembers(into: &writer)
        case .commentAdd(let body): body.writeMembers(into: &writer)
        case .commentResolve(let body): body.writeMembers(into: &writer)
        case .tagAdd(let body): body.writeMembers(into: &writer)
        case .tagRemove(let body): body.writeMembers(into: &writer)
        case .participantAdd(let body): body.writeMembers(into: &writer)
        case .participantRemove(let body): body.writeMembers(into: &writer)
        case .commentRemove(let body): body.writeMembers(into: &writer)
        }
        if let expect {
            writer.key("expect")
            expect.write(into: &writer)
        }
        if let restore {
            writer.key("restore")
            restore.write(into: &writer)
        }
        writer.endObject()
    }

    /// Its kind, without the parameters.
    public var operation: Operation {
        switch kind {
        case .documentCreate: .documentCreate
        case .documentSetTitle: .documentSetTitle
        case .documentPatch: .documentPatch
        case .documentDelete: .documentDelete
        case .propertySet: .propertySet
        case .propertyRemove: .propertyRemove
        case .blockInsert: .blockInsert
        case .blockUpdate: .blockUpdate
        case .blockReplace: .blockReplace
        case .blockMove: .blockMove
        case .blockDelete: .blockDelete
        case .textInsert: .textInsert
        case .textReplace: .textReplace
        case .textDelete: .textDelete
        case .annotationSet: .annotationSet
        case .annotationRemove: .annotationRemove
        case .commentAdd: .commentAdd
        case .commentResolve: .commentResolve
        case .tagAdd: .tagAdd
        case .tagRemove: .tagRemove
        case .participantAdd: .participantAdd
        case .participantRemove: .participantRemove
        case .commentRemove: .commentRemove
        }
    }

    /// Applies it to the draft that is at this command.
    func apply(to draft: inout Draft) throws(CommandError) {
        switch kind {
        case .documentCreate(let body): try body.apply(to: &draft)
        case .documentSetTitle(let body): try body.apply(to: &draft)
        case .documentPatch(let body): try body.apply(to: &draft)
        case .documentDelete(let body): try body.apply(to: &draft)
        case .propertySet(let body): try body.apply(to: &draft)
        case .propertyRemove(let body): try body.apply(to: &draft)
        case .blockInsert(let body): try body.apply(to: &draft)
        case .blockUpdate(let body): try body.apply(to: &draft)
        case .blockReplace(let body): try body.apply(to: &draft)
        case .blockMove(let body): try body.apply(to: &draft)
        case .blockDelete(let body): try body.apply(to: &draft)
        case .textInsert(let body): try body.apply(to: &draft)
        case .textReplace(let body): try body.apply(to: &draft)
        case .textDelete(let body): try body.apply(to: &draft)
        case .annotationSet(let body): try body.apply(to: &draft)
        case .annotationRemove(let body): try body.apply(to: &draft)
        case .commentAdd(let body): try body.apply(to: &draft)
        case .commentResolve(let body): try body.apply(to: &draft)
        case .tagAdd(let body): try body.apply(to: &draft)
        case .tagRemove(let body): try body.apply(to: &draft)
        case .participantAdd(let body): try body.apply(to: &draft)
        case .participantRemove(let body): try body.apply(to: &draft)
        case .commentRemove(let body): try body.apply(to: &draft)
        }
    }
}
