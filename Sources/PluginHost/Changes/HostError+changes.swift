import DocumentModel
import JSONSchema

extension HostError {
    static func noDocument(_ id: DocumentID) -> HostError {
        HostError(.notFound, "There is no document \(id), or it was deleted")
    }

    static func exists(_ id: DocumentID) -> HostError {
        HostError(.nameTaken, "There is a document \(id) already", hint: "leave the id out to get a new one")
    }

    static func revisionMismatch(expected: Int, actual: Int) -> HostError {
        var error = HostError(
            .revisionMismatch,
            "The document is at revision \(actual), the request expected \(expected)",
            hint: "read the document again, or send baseRevision to have positions moved forward"
        )
        error.limit = .integer(expected)
        error.actual = .integer(actual)
        error.currentRevision = actual
        return error
    }

    static func hopsSpent(_ limit: Int) -> HostError {
        var error = HostError(
            .limitExceeded,
            "The change is a reaction to a reaction, more than \(limit) deep; the chain ends here",
            hint: "a plugin should answer with nothing when its work is done already"
        )
        error.rule = "hops"
        error.limit = .integer(limit)
        error.actual = .integer(limit + 1)
        return error
    }

    static func futureRevision(_ base: Int, latest: Int) -> HostError {
        var error = HostError(
            .invalidParameter,
            "baseRevision is \(base), but the document is at revision \(latest) only"
        )
        error.pointer = JSONPointer(tokens: ["baseRevision"])
        error.limit = .integer(latest)
        error.actual = .integer(base)
        error.currentRevision = latest
        return error
    }
}
