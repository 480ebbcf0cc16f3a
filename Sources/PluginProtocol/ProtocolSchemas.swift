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

    private static let files: [String: [UInt8]] = {
        var files: [String: [UInt8]] = [:]
        for index in 0..<assets_schema_count() {
            let asset = assets_schema(index)
            let bytes = UnsafeBufferPointer(start: asset.bytes, count: asset.length)
            files[String(cString: asset.name)] = Array(bytes)
        }
        return files
    }()

    private static func parse(_ bytes: [UInt8], name: String) -> JSON {
        do {
            return try JSON(parsing: bytes)
        } catch {
            // The files are part of the program, and a test reads them all.
            preconditionFailure("the embedded schema \(name) is not JSON: \(error)")
        }
    }
}
