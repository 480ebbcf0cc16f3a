import JSONSchema

extension Command {
    /// Changes the document's JSON by a list of operations, all or none.
    ///
    /// JSON: `{"op": "document.patch", "patch": JSONPatch}`; scope `documents:write` and that of each path touched, see
    /// ``Command/scopes``.
    ///
    /// The operations work on the JSON form of the ``Document``; what comes out must be one again. Blocks, annotations and
    /// comments are known by their ids: one of the same id stays itself wherever it is afterwards, one without an id or with
    /// an unused one is new. Read-only are, in what stays, ids, `type`, `revision`, `created*`, `updated*` and who resolved
    /// a comment when; the host writes them. Annotations do not follow a text that is patched: patch them as well. A `test` that fails is a failed precondition. A patch is made on the latest
    /// revision: it is never moved forward.
    ///
    /// Sendable; a plain value.
    ///
    /// Source: RFC 6902.
    public struct DocumentPatch: CommandBody {
        static let memberNames = ["patch"]

        /// The operations.
        public var patch: JSONPatch

        /// Makes the parameters.
        ///
        /// - Parameter patch: works on the JSON form of the document.
        public init(patch: JSONPatch) { self.patch = patch }

        init(_ reader: MemberReader) throws(ShapeError) { patch = try reader.nested("patch", JSONPatch.init(json:)) }

        func writeMembers(into writer: inout JSONWriter) {
            writer.key("patch")
            patch.write(into: &writer)
        }

        func apply(to draft: inout Draft) throws(CommandError) {
            try draft.refuseExpected(text: true, value: true)
            let isExact = draft.command.restore?.isExact ?? false
            if !isExact { try refuseReadOnly(draft) }
            let old = draft.document
            var view = PatchView(old, patch)
            do throws(JSONPatch.Fault) { try patch.apply(to: &view.json) } catch {
                throw draft.error(
                    error.rule == "test" ? .preconditionFailed : .doesNotApply,
                    at: ["patch", String(error.operation)],
                    rule: error.rule,
                    error.message
                )
            }
            var reader = PatchedReader(old: old, stamp: draft.stamp, ids: draft.context.ids, isExact: isExact)
            let new: Document
            do throws(ShapeError) { new = try reader.read(view) } catch {
                throw draft.error(
                    error.rule == "read-only" ? .readOnly : .invalid,
                    at: ["patch"],
                    rule: error.rule,
                    "after the patch, at \(error.pointer.isRoot ? "the document" : "\(error.pointer)"): \(error.message)",
                    limit: error.limit,
                    actual: error.actual,
                    hint: error.hint
                )
            }
            let changes = DocumentDifference(from: old, to: new)
            guard !changes.isEmpty else { return }
            try draft.checkChanged(from: old, to: new)
            draft.replaceDocument(with: new)
            draft.record(
                .documentPatch(self),
                restore: draft.command.restore,
                pointer: changes.pointer.tokens,
                before: changes.before,
                after: changes.after,
                inverse: [
                    Command(.documentPatch(DocumentPatch(patch: changes.inverse)), restore: Restoration(isExact: true))
                ],
                effects: changes.effects
            )
        }

        /// Refuses operations on what only the host writes, before anything is done.
        private func refuseReadOnly(_ draft: Draft) throws(CommandError) {
            for (index, operation) in patch.operations.enumerated() {
                for (member, path) in operation.written {
                    guard let name = DocumentPath(path).readOnlyMember else { continue }
                    throw draft.error(
                        .readOnly,
                        at: ["patch", String(index), member],
                        rule: "read-only",
                        "only the host writes \(name)",
                        actual: .string(path.description)
                    )
                }
            }
        }
    }
}

extension JSONPatch.Operation {
    /// The pointers to what the operation changes, by the member that gives them.
    var written: [(member: String, path: JSONPointer)] {
        switch self {
        case .add(let path, _), .remove(let path), .replace(let path, _), .copy(_, let path): [("path", path)]
        case .move(let from, let path): [("from", from), ("path", path)]
        case .test: []
        }
    }

    /// The pointers that the operation follows.
    var paths: [JSONPointer] {
        switch self {
        case .add(let path, _), .remove(let path), .replace(let path, _), .test(let path, _): [path]
        case .move(let from, let path), .copy(let from, let path): [from, path]
        }
    }
}
