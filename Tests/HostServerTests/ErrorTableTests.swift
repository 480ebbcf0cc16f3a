import Foundation
import PluginHost
import Testing

@testable import HostServer

/// Table, codes and docs page say the same.
struct ErrorTableTests {
    @Test func everyCodeHasOneRowInOrder() {
        #expect(ErrorTable.rows.map(\.code.description) == HostError.Code.allCases.map(\.description).sorted())
    }

    @Test func everyRowIsAnErrorWithAdvice() {
        for row in ErrorTable.rows {
            #expect((400...599).contains(row.status), "\(row.code)")
            #expect(!row.title.isEmpty && !row.title.hasSuffix("."), "\(row.code)")
            #expect(row.advice.hasSuffix("."), "\(row.code)")
            #expect(ErrorTable.row(for: row.code).code == row.code)
        }
    }

    @Test func docsPageListsTheSameRows() throws {
        let page = try String(contentsOf: Repository.root.appending(path: "docs/errors.md"), encoding: .utf8)
        let listed = page.split(separator: "\n").filter { $0.hasPrefix("| `") && $0.split(separator: "|").count == 4 }
        let expected = ErrorTable.rows.map { "| `\($0.code)` | \($0.status) | \($0.title) | \($0.advice) |" }
        #expect(listed.map(String.init) == expected)
    }
}

/// Where the repository's files are, for tests that compare them with the program.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
}
