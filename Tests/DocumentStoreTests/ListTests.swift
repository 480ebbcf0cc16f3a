import DocumentModel
import DocumentStore
import JSONSchema
import PluginHost
import PluginProtocol
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ListTests {
    /// Follows the cursors to the end.
    private func pages<Item>(
        limit: Int,
        _ load: (PageRequest) async throws -> Page<Item>
    ) async throws -> [[Item]] {
        var pages: [[Item]] = []
        var request = PageRequest(limit: limit)
        repeat {
            let page = try await load(request)
            pages.append(page.items)
            request.cursor = page.nextCursor
        } while request.cursor != nil
        return pages
    }

    @Test func documentsComeNewestFirstByTypeAndTag() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            for number in 1...30 {
                try await store.advance(
                    Sample.document(number),
                    tags: number.isMultiple(of: 3) ? ["third"] : [],
                    type: number.isMultiple(of: 2) ? "even" : "odd"
                )
            }
            func numbers(_ type: String?, _ tag: String?) async throws -> [[UInt64]] {
                try await pages(limit: 4) { try await store.documents(type: type, tag: tag, page: $0) }
                    .map { $0.map(\.document.id.low) }
            }
            #expect(try await numbers(nil, nil).flatMap(\.self) == (1...30).reversed())
            #expect(
                try await numbers("even", nil) == [[30, 28, 26, 24], [22, 20, 18, 16], [14, 12, 10, 8], [6, 4, 2]]
            )
            #expect(try await numbers(nil, "third").flatMap(\.self) == [30, 27, 24, 21, 18, 15, 12, 9, 6, 3])
            #expect(try await numbers("odd", "third").flatMap(\.self) == [27, 21, 15, 9, 3])
            #expect(try await numbers("none", nil) == [[]])
        }
    }

    /// Two spellings of one letter are two tags, as they are two strings in JSON.
    @Test func tagsFollowTheDocument() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            let id = Sample.document(1)
            func found(_ tag: String) async throws -> Int {
                try await store.documents(type: nil, tag: tag, page: PageRequest()).items.count
            }
            try await store.advance(id, tags: ["a", "\u{e9}"])
            #expect(try await found("a") == 1)
            #expect(try await found("\u{e9}") == 1)
            #expect(try await found("e\u{301}") == 0)
            try await store.advance(id, tags: ["a", "e\u{301}"])
            #expect(try await found("\u{e9}") == 0)
            #expect(try await found("e\u{301}") == 1)
            try await store.advance(id, tags: [])
            #expect(try await found("a") == 0)
        }
    }

    @Test func historyGroupsByRevision() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            let id = Sample.document(1)
            for revision in 1...7 {
                try await store.write(document: id) { _ in
                    var writes = Writes()
                    writes.head = try Sample.snapshot(id, revision: revision)
                    writes.entries = try (0..<revision).map { try Sample.entry(id, revision: revision, tag: "t\($0)") }
                    writes.entries.append(try Sample.entry(id, kind: .documentFlagged))
                    return (writes, ())
                }
                try await store.advance(Sample.document(2))
            }
            let pages = try await pages(limit: 3) { try await store.history(of: id, page: $0) }
            #expect(pages.map { $0.map(\.revision) } == [[7, 6, 5], [4, 3, 2], [1]])
            for record in pages.joined() {
                #expect(record.mutations.count == record.revision)
                #expect(record.mutations.map(\.seq) == record.mutations.map(\.seq).sorted())
                #expect(record.mutations.allSatisfy { $0.entry.revision == record.revision })
            }
            #expect(try await store.history(of: Sample.document(9), page: PageRequest()).items.isEmpty)
        }
    }

    @Test func auditFiltersCombine() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            let plugin = Sample.plugin(1)
            let bot = Actor(kind: .plugin, id: plugin.description, name: "bot")
            try await store.write { writes in
                for number in 0..<40 {
                    var entry = try Sample.entry(
                        Sample.document(number % 4),
                        kind: number.isMultiple(of: 5) ? .exchangeRefused : .mutation,
                        actor: number.isMultiple(of: 2) ? bot : Sample.anna,
                        time: Sample.time(Int64(number))
                    )
                    if number.isMultiple(of: 8) { entry.exchange = Sample.exchange(1) }
                    writes.entries.append(entry)
                }
            }
            func numbers(_ change: (inout AuditFilter) -> Void) async throws -> [Int64] {
                var filter = AuditFilter()
                change(&filter)
                return try await pages(limit: 3) { try await store.audit(filter, page: $0) }
                    .joined().map { $0.seq - 1 }
            }
            func expected(_ matches: (Int64) -> Bool) -> [Int64] { (0..<40).reversed().filter(matches) }

            #expect(try await numbers { _ in } == expected { _ in true })
            #expect(try await numbers { $0.document = Sample.document(3) } == expected { $0 % 4 == 3 })
            // An act of a plugin concerns that plugin.
            #expect(try await numbers { $0.plugin = plugin } == expected { $0 % 2 == 0 })
            #expect(try await numbers { $0.actor = plugin.description } == expected { $0 % 2 == 0 })
            #expect(try await numbers { $0.actor = "usr_anna" } == expected { $0 % 2 == 1 })
            #expect(try await numbers { $0.actor = "usr_nobody" } == [])
            #expect(try await numbers { $0.kind = .exchangeRefused } == expected { $0 % 5 == 0 })
            #expect(try await numbers { $0.exchange = Sample.exchange(1) } == expected { $0 % 8 == 0 })
            #expect(
                try await numbers {
                    $0.from = Sample.time(10)
                    $0.to = Sample.time(20)
                } == expected { (10..<20).contains($0) }
            )
            #expect(
                try await numbers {
                    $0.actor = "usr_anna"
                    $0.document = Sample.document(1)
                    $0.kind = .mutation
                    $0.from = Sample.time(6)
                    $0.plugin = nil
                } == expected { $0 % 4 == 1 && $0 % 5 != 0 && $0 >= 6 }
            )
            #expect(
                try await numbers {
                    $0.plugin = plugin
                    $0.exchange = Sample.exchange(1)
                    $0.actor = plugin.description
                } == expected { $0 % 8 == 0 }
            )
        }
    }

    /// Before it was made, while it lived, with and without a new revision, after it was deleted and after a restart.
    @Test func allThatConcernsADocumentIsFound() async throws {
        let fixture = try StoreFixture()
        let id = Sample.document(1)
        let other = Sample.document(2)
        let plugin = Sample.plugin(1)
        for round in 0..<2 {
            try await fixture.withStore { store async throws in
                for number in 0..<5 {
                    let exchange = Sample.exchange(round * 100 + number, plugin: plugin, document: id)
                    try await store.write { writes in
                        writes.entries = [
                            try Sample.entry(id, kind: .changeDenied), try Sample.entry(other, kind: .changeDenied),
                        ]
                        writes.exchangesEnded = [exchange]
                    }
                    try await store.advance(other)
                }
                guard round == 0 else { return }
                for _ in 0..<3 { try await store.advance(id) }
                try await store.write { $0.entries = [try Sample.entry(id, kind: .documentFlagged)] }
                try await store.write(document: id) { _ in
                    var writes = Writes()
                    writes.head = try Sample.snapshot(id, revision: 4)
                    writes.deletesDocument = true
                    writes.entries = [
                        try Sample.entry(id, revision: 4), try Sample.entry(other, kind: .documentFlagged),
                    ]
                    return (writes, ())
                }
            }
        }
        try await fixture.withStore { store async throws in
            let everything = try await pages(limit: 1000) { try await store.audit(AuditFilter(), page: $0) }.joined()
            for document in [id, other, Sample.document(3)] {
                for kind in [nil, LedgerEntry.Kind.mutation, .changeDenied] {
                    var filter = AuditFilter()
                    filter.document = document
                    filter.kind = kind
                    let expected = everything.filter { item in
                        item.entry.document == document && (kind == nil || item.entry.kind == kind)
                    }
                    for limit in [1, 2, 1000] {
                        let found = try await pages(limit: limit) { [filter] in
                            try await store.audit(filter, page: $0)
                        }
                        #expect(found.joined().map(\.seq) == expected.map(\.seq))
                    }
                }
            }
            var filter = ExchangeFilter()
            filter.document = id
            let exchanges = try await pages(limit: 3) { [filter] in try await store.exchanges(filter, page: $0) }
            #expect(exchanges.joined().map(\.id.low) == [104, 103, 102, 101, 100, 4, 3, 2, 1, 0])

            // A cursor of the list without the filter keeps its place.
            let first = try await store.audit(AuditFilter(), page: PageRequest(limit: 7))
            let position = try #require(first.items.last?.seq)
            var onlyOne = AuditFilter()
            onlyOne.document = id
            let rest = try await store.audit(onlyOne, page: PageRequest(cursor: first.nextCursor, limit: 1000))
            #expect(
                rest.items.map(\.seq) == everything.filter { $0.seq < position && $0.entry.document == id }.map(\.seq)
            )
        }
    }

    @Test func pagesOfAThousandCoverThousands() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            try await store.write { writes in
                for number in 0..<3500 {
                    writes.entries.append(try Sample.entry(Sample.document(1), revision: number + 1))
                }
            }
            let pages = try await pages(limit: 1000) { try await store.audit(AuditFilter(), page: $0) }
            #expect(pages.map(\.count) == [1000, 1000, 1000, 500])
            #expect(pages.joined().map(\.seq) == (1...3500).reversed())
            let history = try await self.pages(limit: 1000) {
                try await store.history(of: Sample.document(1), page: $0)
            }
            #expect(history.map(\.count) == [1000, 1000, 1000, 500])
        }
    }

    @Test func pageKeepsItsPlaceWhileOthersWrite() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            for number in 1...10 { try await store.advance(Sample.document(number)) }
            let first = try await store.audit(AuditFilter(), page: PageRequest(limit: 4))
            for number in 11...20 { try await store.advance(Sample.document(number)) }
            let request = PageRequest(cursor: first.nextCursor, limit: 4)
            #expect(try await store.audit(AuditFilter(), page: request).items.map(\.seq) == [6, 5, 4, 3])
        }
    }

    @Test(arguments: ["", "x", "AAAA", "AwAAAAAAAAAKAAA", "ThisIsNoCursor_", "Ω", String(repeating: "A", count: 5000)])
    func malformedCursorsAreRefused(_ cursor: String) async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            let error = try await #require(throws: HostError.self) {
                try await store.audit(AuditFilter(), page: PageRequest(cursor: cursor))
            }
            #expect(error.code == .invalidParameter)
            #expect(error.rule == "cursor")
        }
    }

    @Test func cursorsOfOtherListsAreRefused() async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            for number in 1...3 { try await store.advance(Sample.document(number)) }
            let cursor = try #require(try await store.audit(AuditFilter(), page: PageRequest(limit: 1)).nextCursor)
            let error = try await #require(throws: HostError.self) {
                try await store.documents(type: nil, tag: nil, page: PageRequest(cursor: cursor))
            }
            #expect(error.code == .invalidParameter)
            // Every single changed letter is noticed.
            for index in cursor.indices {
                var damaged = cursor
                damaged.replaceSubrange(index...index, with: cursor[index] == "B" ? "C" : "B")
                await #expect(throws: HostError.self) {
                    try await store.audit(AuditFilter(), page: PageRequest(cursor: damaged))
                }
            }
        }
    }

    @Test(arguments: [0, -1, 1001])
    func limitsOutOfRangeAreRefused(_ limit: Int) async throws {
        let fixture = try StoreFixture()
        try await fixture.withStore { store async throws in
            let error = try await #require(throws: HostError.self) {
                try await store.exchanges(ExchangeFilter(), page: PageRequest(limit: limit))
            }
            #expect(error.code == .invalidParameter)
            #expect(error.actual?.intValue == limit)
        }
    }
}
