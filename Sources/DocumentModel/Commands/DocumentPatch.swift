public import JSONSchema

extension Command {
    /// Changes the document's JSON by a list of operations, all or none.
    ///
    /// JSON: `{"op": "document.patch", "patch": [{"op": "add|remove|replace|move|copy|test", "path": string, …}]}`; scope
    /// `documents:write` and that of each path touched.
    ///
    /// Sendable; a plain value.
    ///
    /// Source: RFC 6902.
    public struct DocumentPatch: CommandBody {
        static let memberNames = ["patch"]

        /// The operations.
        public var patch: [JSON]

        /// Makes the parameters.
        ///
        /// - Parameter patch: operations of RFC 6902.
        public init(patch: [JSON]) { self.patch = patch }

        init(_ reader: MemberReader) throws(ShapeError) {
            patch = try reader.list("patch") { (json) throws(ShapeError) in json }
        }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("patch")
            writer.value(.array(patch))
        }

        var scopes: Set<Scope> { [.documentsWrite] }

        func apply(to draft: inout Draft) throws(CommandError) {
            throw draft.error(.doesNotApply, at: ["patch"], rule: "unfinished", "not yet")
        }
    }
}
