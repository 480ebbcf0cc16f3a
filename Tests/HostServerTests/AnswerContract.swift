import HTTPTypes
import JSONSchema
import Testing

@testable import HostServer

/// Compares answers with what the OpenAPI document promises: the status, the media type and the shape of the body.
final class AnswerContract: Sendable {
    /// Whether the validator is there, or something that stands in for it.
    static let validates = (try? Schema(compiling: false).isValid(1)) == false

    let document: JSON

    init() throws { document = try OpenAPIDocument().json }

    func check(_ method: HTTPRequest.Method, _ path: String, _ answer: Answer) {
        guard let operation = operation(method, path) else {
            // Outside of the document there are only three answers.
            #expect([401, 404, 405].contains(answer.status), "\(method) \(path) answers \(answer.status)")
            return
        }
        guard let found = operation["responses"]?[String(answer.status)] else {
            Issue.record(
                "\(method) \(path) answers \(answer.status), which is not documented: \(answer.text.prefix(300))"
            )
            return
        }
        let response = resolved(found)
        guard !answer.bytes.isEmpty else { return }
        let type = answer.header("content-type")?.split(separator: ";").first.map(String.init) ?? ""
        guard let media = response["content"]?[type] else {
            Issue.record("\(method) \(path) answers \(answer.status) with the undocumented type \(type)")
            return
        }
        if type.hasSuffix("json"), let schema = media["schema"] {
            checkBody(answer, schema, "\(method) \(path) \(answer.status)")
        }
    }

    private func checkBody(_ answer: Answer, _ schema: JSON, _ what: String) {
        do {
            let root: JSON = ["components": document["components"] ?? .null, "allOf": [schema]]
            let compiled = try Schema(compiling: root)
            for violation in compiled.violations(in: try JSON(parsing: answer.bytes), limit: 5) {
                Issue.record("\(what): \(violation.instance): \(violation.message) in \(answer.text.prefix(600))")
            }
        } catch {
            Issue.record("\(what): \(error)")
        }
    }

    /// The operation that documents a call.
    private func operation(_ method: HTTPRequest.Method, _ path: String) -> JSON? {
        let plain = path.split(separator: "?", maxSplits: 1)[0].split(separator: "/", omittingEmptySubsequences: false)
        for (template, item) in document["paths"]?.objectValue ?? JSONObject() {
            let parts = template.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == plain.count,
                zip(parts, plain).allSatisfy({ $0 == $1 || ($0.hasPrefix("{") && !$1.isEmpty) })
            else { continue }
            return item[(method == .head ? .get : method).rawValue.lowercased()]
        }
        return nil
    }

    /// The value itself, or what its `$ref` names.
    func resolved(_ value: JSON) -> JSON {
        guard let reference = value["$ref"]?.stringValue else { return value }
        return target(of: reference) ?? .null
    }

    /// What a reference within the document names.
    func target(of reference: String) -> JSON? {
        guard reference.hasPrefix("#"), let pointer = try? JSONPointer(parsing: String(reference.dropFirst())) else {
            return nil
        }
        return document.value(at: pointer)
    }
}
