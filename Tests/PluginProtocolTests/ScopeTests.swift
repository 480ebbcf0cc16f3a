import DocumentModel
import PluginProtocol
import Testing

struct ScopeTests {
    @Test(arguments: Scope.all)
    func everyScopeReadsBackAndHasWords(scope: Scope) throws {
        #expect(try Scope(named: scope.description) == scope)
        #expect(!scope.summary.contains(":"))
    }

    @Test func unknownScopesHintAtTheNearest() {
        let error = #expect(throws: ScopeError.self) { try Scope(named: "block:write") }
        #expect(error?.hint == "did you mean \"blocks:write\"?")
        #expect(#expect(throws: ScopeError.self) { try Scope(named: "") }?.hint == nil)
    }
}
