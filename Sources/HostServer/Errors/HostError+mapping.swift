import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol

extension HostError {
    /// The error as a caller should see it, or nil if it is none of those a caller can cause.
    static func presentable(_ error: any Error) -> HostError? {
        switch error {
        case let error as HostError: error
        case let error as CommandError: HostError(error)
        case let error as ManifestError: HostError(error)
        case let error as JSONError: HostError(error)
        default: nil
        }
    }

    /// A manifest that breaks a rule, as the caller who sent it should see it.
    init(_ error: ManifestError) {
        self.init(.schemaViolation, error.message, hint: error.hint)
        pointer = error.pointer
        rule = error.rule
        limit = error.limit
        actual = error.actual
    }

    /// A body that is not JSON, as the caller who sent it should see it.
    init(_ error: JSONError) {
        switch error.code {
        case .invalidEncoding, .byteOrderMark: self.init(.invalidEncoding, "The body is not UTF-8: \(error).")
        case .tooLarge: self.init(.bodyTooLarge, "The body is too large: \(error).")
        case .duplicateKey:
            self.init(.invalidJSON, "The body is not valid JSON: \(error).")
            rule = "unique names"
            actual = error.key.map { .string($0) }
        default: self.init(.invalidJSON, "The body is not valid JSON: \(error).")
        }
        limit = error.limit.map { .number(JSONNumber($0)) }
        if let measured = error.actual { actual = .number(JSONNumber(measured)) }
    }

    /// A call for a thing that is not there.
    static func notFound(_ what: String, _ id: String) -> HostError {
        HostError(.notFound, "There is no \(what) \"\(id.prefix(80))\".")
    }

    /// A query parameter, header or part of the path that is not of its form.
    static func invalidParameter(
        _ name: String,
        _ problem: String,
        actual: String? = nil,
        hint: String? = nil
    ) -> HostError {
        var error = HostError(.invalidParameter, "\(name) \(problem).", hint: hint)
        error.rule = name
        error.actual = actual.map { .string(String($0.prefix(200))) }
        return error
    }
}

extension HostError {
    /// An error of the one command that a whole body stands for: its pointer starts at the body.
    init(inBody error: CommandError) {
        self.init(error)
        commandIndex = nil
        if error.pointer.tokens.starts(with: ["commands", "0"]) {
            pointer = JSONPointer(tokens: Array(error.pointer.tokens.dropFirst(2)))
        }
    }
}
