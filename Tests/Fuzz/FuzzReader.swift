import JSONSchema

/// libFuzzer's entry: what is read is written and read again as the same; what is refused has a place in the text.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReader(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    for duplicates in [JSONLimits.DuplicateKeys.refused, .keepLast] {
        let limits = JSONLimits(depth: 600, stringBytes: 2048, duplicateKeys: duplicates)
        do throws(JSONError) {
            let tape = try JSONTape(parsing: bytes, limits: limits)
            check(tape, try JSON(parsing: bytes, limits: limits))
        } catch {
            precondition((0...count).contains(error.offset), "the place is outside of the text")
            precondition(error.line >= 1 && error.column >= 1 && !error.description.isEmpty)
        }
    }
    return 0
}

private func check(_ tape: JSONTape, _ tree: JSON) {
    precondition(tape.root.json == tree, "tape and tree differ")
    precondition(JSONTape(tree).root.json == tree, "a tree changes on a tape")
    let limits = JSONLimits(depth: 600, numberBytes: 4096)
    for text in [tree.serialized(), tree.canonical()] {
        guard let again = try? JSON(parsing: text, limits: limits) else {
            preconditionFailure("what was written is refused")
        }
        // RFC 8785 rounds fractions to doubles.
        precondition(text == tree.canonical() || again == tree, "what was written is another value")
        precondition(again.canonical() == tree.canonical(), "equal values have two canonical forms")
        precondition(again.hashValue == again.hashValue)
    }
    var pointer = JSONPointer.root
    walk(tree, tape.root, &pointer, tree)
}

/// Every value is found by its pointer, in the tree and by name on the tape.
private func walk(_ value: JSON, _ entry: JSONTape.Value, _ pointer: inout JSONPointer, _ root: JSON) {
    precondition(root.value(at: pointer) == value, "a pointer leads elsewhere")
    switch value {
    case .array(let elements):
        for (index, element) in elements.enumerated().prefix(8) {
            guard let child = entry[index] else { preconditionFailure("an element is missing") }
            var inner = pointer.appending(index)
            walk(element, child, &inner, root)
        }
    case .object(let members):
        for (key, member) in members.prefix(8) {
            guard let child = entry[key] else { preconditionFailure("a member is missing") }
            var inner = pointer.appending(key)
            walk(member, child, &inner, root)
        }
    case .string(let text): precondition(entry.stringValue.map { Array($0.utf8) } == Array(text.utf8))
    case .number(let number): precondition(entry.numberValue == number && !(number < number))
    case .bool, .null: break
    }
}
