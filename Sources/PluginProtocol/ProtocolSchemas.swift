internal import CAssets
public import JSONSchema

/// The published JSON Schemas of the protocol, as they are embedded in the program.
///
/// Source: the files of `protocol/schemas`, byte for byte.
public enum ProtocolSchemas {
    /// What every schema's `$id` starts with; the file's name follows.
    public static let base = "https://pluginhost.example/schemas/1.0/"

    /// The names of all schemas, sorted; a file's name without `.json`.
    public static let names: [String] = files.keys.sorted()

    /// The text of a schema, nil if there is none of that name.
    public static func bytes(named name: String) -> [UInt8]? { files[name] }

    /// All schemas by `$id`, to resolve references between them.
    public static let resources: [String: JSON] = {
        var resources: [String: JSON] = [:]
        for (name, bytes) in files { resources["\(base)\(name).json"] = parse(bytes, name: name) }
        return resources
    }()

    /// A schema, compiled when it is first asked for.
    ///
    /// - Parameter name: one of ``names``; anything else is a programmer's error.
    /// - Returns: the compiled schema, the same one each time.
    public static func schema(named name: String) -> Schema {
        guard let schema = compiled[name] else { preconditionFailure("there is no schema named \(name)") }
        return schema
    }

    /// The schema of each command by its `op`.
    ///
    /// Checking a command by its own definition tells what is wrong with it, where the whole of
    /// `command.json` could only tell that none of its definitions fits.
    static let commands: [String: Schema] = {
        let id = "\(base)command.json"
        var schemas: [String: Schema] = [:]
        for (op, definition) in resources[id]?["$defs"]?.objectValue ?? [:]
        where definition["properties"]?["op"]?["const"]?.stringValue == op {
            schemas[op] = compile(["$ref": .string("\(id)#/$defs/\(op)")], name: "command.json#/$defs/\(op)")
        }
        return schemas
    }()

    /// The `op` of every command that there is.
    public static let commandNames: [String] = commands.keys.sorted()

    private static let files: [String: [UInt8]] = {
        var files: [String: [UInt8]] = [:]
        for index in 0..<assets_schema_count() {
            let asset = assets_schema(index)
            let bytes = UnsafeBufferPointer(start: asset.bytes, count: asset.length)
            files[String(cString: asset.name)] = Array(bytes)
        }
        return files
    }()

    private static let compiled: [String: Schema] = {
        var schemas: [String: Schema] = [:]
        for name in files.keys {
            // By reference, so that a schema's relative references start from its own `$id`.
            schemas[name] = compile(["$ref": .string("\(base)\(name).json")], name: name)
        }
        return schemas
    }()

    private static func parse(_ bytes: [UInt8], name: String) -> JSON {
        do {
            return try JSON(parsing: bytes)
        } catch {
            // The files are part of the program, and a test reads them all.
            preconditionFailure("the embedded schema \(name) is not JSON: \(error)")
        }
    }

    private static func compile(_ schema: JSON, name: String) -> Schema {
        do {
            return try Schema(compiling: schema, resources: resources)
        } catch {
            preconditionFailure("the embedded schema \(name) does not compile: \(error)")
        }
    }
}
