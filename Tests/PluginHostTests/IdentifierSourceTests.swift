import DocumentModel
import PluginHost
import Testing

struct IdentifierSourceTests {
    @Test func pooledIdentifiersAreUniqueAcrossThreadsAndOrderedByTime() async throws {
        let source = IdentifierSource.pooled()
        let early: DocumentID = source.next()
        let all = await withTaskGroup(of: [DocumentID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<2_000).map { _ in source.next() } } }
            return await group.reduce(into: Set<DocumentID>()) { $0.formUnion($1) }
        }
        #expect(all.count == 16_000)
        try await Task.sleep(for: .milliseconds(5))
        let late: DocumentID = source.next()
        #expect(early < late)
    }
}
