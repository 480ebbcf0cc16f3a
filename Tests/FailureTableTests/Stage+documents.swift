/// Many documents at once.
extension Stage {
    /// Makes documents of a type, one after the other.
    func makeDocuments(_ count: Int, type: String = "note") async throws -> [String] {
        var documents: [String] = []
        for _ in 0..<count { documents.append(try await makeDocument(type)) }
        return documents
    }

    /// Changes all of them at once.
    func tag(_ documents: ArraySlice<String>) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for document in documents { group.addTask { _ = try await self.tag("asked", on: document) } }
            try await group.waitForAll()
        }
    }
}
