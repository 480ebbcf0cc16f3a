import HTTPTypes
import JSONSchema
import TestSupport
import Testing

@testable import HostServer

/// `/v1/documents` and what is below it.
struct DocumentTests {
    @Test func creationAnswersTheDocument() async throws {
        try await API.run { api in
            let answer = try await api.call(
                .post,
                "/v1/documents",
                #"{"type":"note","title":"Minutes","tags":["a"],"blocks":[{"type":"paragraph","text":"One."}],"properties":{"x":1}}"#
            )
            #expect(answer.status == 201)
            let id = try #require(answer.json["id"]?.stringValue)
            #expect(answer.header("location") == "/v1/documents/\(id)")
            #expect(answer.header("etag") == "\"1\"")
            #expect(answer.json["revision"]?.intValue == 1)
            #expect(answer.json["blocks"]?[0]?["text"]?.stringValue == "One.")
            #expect(answer.json["tags"]?[0]?.stringValue == "a")
            let read = try await api.call(.get, "/v1/documents/\(id)")
            #expect(read.bytes == answer.bytes)
            #expect(read.header("etag") == "\"1\"")
        }
    }

    @Test func anIdMayBeChosenOnce() async throws {
        try await API.run { api in
            let body = #"{"id":"doc_01kabcdefghjkmnpqrstvwxyz0","type":"note","title":"x"}"#
            #expect(
                try await api.call(.post, "/v1/documents", body).json["id"]?.stringValue
                    == "doc_01kabcdefghjkmnpqrstvwxyz0"
            )
            let again = try await api.call(.post, "/v1/documents", body)
            #expect(again.status == 409)
            #expect(again.code == "name-taken")
        }
    }

    @Test func unchangedDocumentsAreNotSentAgain() async throws {
        try await API.run { api in
            let path = "/v1/documents/\(try await api.document())"
            for tag in ["\"1\"", "W/\"1\"", "\"7\", \"1\"", "*"] {
                let answer = try await api.call(.get, path, headers: ["if-none-match": tag])
                #expect(answer.status == 304, "\(tag)")
                #expect(answer.bytes.isEmpty)
                #expect(answer.header("etag") == "\"1\"")
            }
            for tag in ["\"2\"", "\"x\"", "1", "\"01\""] {
                #expect(try await api.call(.get, path, headers: ["if-none-match": tag]).status == 200, "\(tag)")
            }
        }
    }

    @Test func whatIsNotThereIsNotFound() async throws {
        try await API.run { api in
            let id = "doc_01kabcdefghjkmnpqrstvwxyz0"
            for path in ["/v1/documents/\(id)", "/v1/documents/\(id)/history"] {
                let answer = try await api.call(.get, path)
                #expect(answer.status == 404)
                #expect(answer.json["detail"]?.stringValue?.contains(id) == true)
            }
            let change = try await api.call(
                .post,
                "/v1/documents/\(id)/commands",
                #"{"commands":[{"op":"tag.add","tag":"a"}]}"#
            )
            #expect(change.status == 404)
            #expect(try await api.call(.get, "/v1/documents/doc_short").code == "invalid-parameter")
        }
    }

    @Test func listsAreFilteredAndPaged() async throws {
        try await API.run { api in
            for number in 0..<5 {
                let tag = number.isMultiple(of: 2) ? "even" : "odd one"
                _ = try await api.document(#"{"type":"t\#(number % 3)","title":"\#(number)","tags":["\#(tag)"]}"#)
            }
            func titles(_ query: String) async throws -> [String] {
                let answer = try await api.call(.get, "/v1/documents?\(query)")
                return answer.json["items"]?.arrayValue?.compactMap { $0["title"]?.stringValue } ?? []
            }
            #expect(try await titles("limit=50") == ["4", "3", "2", "1", "0"])
            #expect(try await titles("tag=odd+one") == ["3", "1"])
            #expect(try await titles("tag=odd%20one&type=t0") == ["3"])
            let first = try await api.call(.get, "/v1/documents?limit=3")
            let cursor = try #require(first.json["nextCursor"]?.stringValue)
            let second = try await api.call(.get, "/v1/documents?limit=3&cursor=\(cursor)")
            #expect(second.json["items"]?.arrayValue?.count == 2)
            #expect(second.json["nextCursor"] == nil)
            #expect(!first.text.contains("blocks"))
        }
    }

    @Test func historyShowsRevisionsWithMutations() async throws {
        try await API.run { api in
            let id = try await api.document()
            let change = #"{"commands":[{"op":"document.setTitle","title":"Tuesday"},{"op":"tag.add","tag":"a"}]}"#
            #expect(try await api.call(.post, "/v1/documents/\(id)/commands", change).status == 200)
            let answer = try await api.call(.get, "/v1/documents/\(id)/history")
            #expect(answer.status == 200)
            let items = try #require(answer.json["items"]?.arrayValue)
            #expect(items.map { $0["revision"]?.intValue } == [2, 1])
            #expect(
                items[0]["mutations"]?.arrayValue?.map { $0["op"]?.stringValue } == ["document.setTitle", "tag.add"]
            )
            #expect(items[0]["mutations"]?[0]?["before"]?.stringValue == "Minutes")
            #expect(items[0]["mutations"]?[0]?["after"]?.stringValue == "Tuesday")
            #expect(items[0]["actor"]?["id"]?.stringValue == "administrator")
        }
    }

    @Test(.enabled(if: AnswerContract.validates)) func typesAreSetAndHold() async throws {
        try await API.run { api in
            let path = "/v1/document-types/note"
            #expect(try await api.call(.get, path).status == 404)
            let set = try await api.call(.put, path, #"{"properties":{"title":{"minLength":1}}}"#)
            #expect(set.status == 200, "\(set.text)")
            #expect(try await api.call(.get, path).bytes == set.bytes)
            #expect(try await api.call(.get, "/v1/document-types").json["items"]?[0]?["name"]?.stringValue == "note")
            let refused = try await api.call(.post, "/v1/documents", #"{"type":"note","title":""}"#)
            #expect(refused.status == 422)
            #expect(refused.code == "document-type-violated")
            #expect(try await api.call(.post, "/v1/documents", #"{"type":"other","title":""}"#).status == 201)
            let bad = try await api.call(.put, path, #"{"type":"no-such-type"}"#)
            #expect(bad.status == 422, "\(bad.text)")
        }
    }
}
