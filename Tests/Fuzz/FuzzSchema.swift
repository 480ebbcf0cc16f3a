import JSONSchema

/// libFuzzer's entry: of a line with a schema and an instance after it, all ways to validate must say the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSchema(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeBufferPointer(start: start, count: count)
    guard let end = bytes.firstIndex(of: 0x0A), let schema = try? JSON(parsing: Array(bytes[..<end])),
        let tape = try? JSONTape(parsing: Array(bytes[(end + 1)...]))
    else { return -1 }
    let options = SchemaOptions(
        formats: count & 1 == 0 ? .asserted : .asDialectSays,
        limits: SchemaLimits(subschemas: 2000, steps: 200_000, depth: 200)
    )
    do throws(SchemaError) {
        try check(Schema(compiling: schema, options: options), tape)
    } catch {
        precondition(!error.description.isEmpty)
    }
    return 0
}

private func check(_ schema: Schema, _ tape: JSONTape) {
    let tree = tape.root.json
    let isValid = schema.isValid(tape)
    precondition(schema.isValid(tree) == isValid, "tree and tape differ")
    let violations = schema.violations(in: tape)
    precondition(violations.isEmpty == isValid, "the reasons say another thing than the verdict")
    for violation in violations {
        precondition(!violation.description.isEmpty && violation.schemaLocation.contains("#"))
    }
    let isLimited = violations.contains { $0.keyword == "limit" }
    for format in [SchemaOutput.flag, .basic, .detailed] {
        let output = schema.output(for: tree, format: format)
        precondition(output["valid"] == .bool(isValid) || isLimited, "the output says another thing than the verdict")
        precondition(isValid || format == .flag || isLimited || output["errors"]?.arrayValue?.isEmpty == false)
    }
}
