import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// Answers that a plugin announces by status 202 or `defer` and posts later.
@Suite(.timeLimit(.minutes(1)))
struct LateAnswerTests {
    /// A fixture with one plugin that defers whatever it is asked, and where the host told it to answer.
    private struct Deferring {
        let fixture: Fixture
        let plugin: Plugin
        let document: Document
        let exchange: ExchangeID
        let token: String

        init(
            _ fixture: Fixture,
            scopes: [String] = ["blocks:write", "tags:write"],
            onFailure: FailurePolicy = .skip,
            extra: JSONObject = [:],
            reply: WebhookReply = WebhookReply(status: 202, contentType: nil, body: [])
        ) async throws {
            self.fixture = fixture
            plugin = try await fixture.plugin(
                "slow",
                phase: .after,
                onFailure: onFailure,
                scopes: scopes,
                extra: extra
            ) { _ in reply }
            let id = try await fixture.document().document.id
            let result = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            document = result.document.document
            let body = try #require(fixture.transport.bodies("http://slow.test/hook").first)
            let url = try #require(body["continuation"]?["url"]?.stringValue)
            let parts = url.split(separator: "/").map(String.init)
            #expect(url.hasPrefix("http://host.test/continuations/"))
            exchange = try #require(ExchangeID(parsing: parts[parts.count - 2]))
            token = parts[parts.count - 1]
            #expect(result.exchanges.first?.id == exchange)
        }

        func post(_ json: String) async throws -> LateAnswers.Receipt {
            try await fixture.host.lateAnswers.take(
                exchange,
                token: token,
                contentType: "application/json",
                body: Array(json.utf8)
            )
        }

        func refusal(_ json: String) async -> HostError? {
            do {
                _ = try await post(json)
                return nil
            } catch {
                return error as? HostError
            }
        }

        var record: ExchangeRecord? { fixture.store.allExchanges.first { $0.id == exchange } }

        var latest: Document? {
            get async throws { try await fixture.store.document(document.id)?.document }
        }

        /// An answer that puts "Big " before the sixth character of the only paragraph.
        var insertion: String {
            #"{"protocol": "1.0", "commands": [{"op": "text.insert", "target": {"block": "\#(document.blocks[0].id)"}, "#
                + #""start": 6, "text": "Big "}], "warnings": ["slow"], "notes": {"took": "long"}, "state": {"n": 1}}"#
        }
    }

    private static let tag = #"{"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "late"}]}"#

    @Test(
        arguments: [
            WebhookReply(status: 202, contentType: nil, body: []),
            .json(#"{"protocol": "1.0", "defer": {"seconds": 60, "reason": "much to read"}}"#),
        ]
    )
    func deferredExchangeIsLateAndSettles(reply: WebhookReply) async throws {
        try await Fixture().running { fixture in
            let deferring = try await Deferring(fixture, reply: reply)
            let record = try #require(deferring.record)
            #expect(record.outcome == .late)
            #expect(record.refusal == nil)
            let expires = try #require(
                fixture.transport.bodies("http://slow.test/hook").first?["continuation"]?["expires"]?.stringValue
            )
            let time = try #require(Timestamp(parsing: expires))
            #expect(time.millisecondsSince1970 - record.time.millisecondsSince1970 == 900_000)
            let entry = try #require(fixture.store.entries.first { $0.entry.kind == .exchangeDeferred }).entry
            #expect(entry.exchange == deferring.exchange)
            #expect(entry.actor == deferring.plugin.actor)
        }
    }

    @Test func answerBecomesAProposalThatAPersonAccepts() async throws {
        try await Fixture().running { fixture in
            let deferring = try await Deferring(fixture)
            guard case .proposed(let id) = try await deferring.post(deferring.insertion) else {
                Issue.record("no proposal")
                return
            }
            #expect(try await deferring.latest?.blocks[0].text == "Hello wrold")
            #expect(deferring.record?.outcome == .late)
            #expect(deferring.record?.proposal == id)
            #expect(deferring.record?.warnings == ["slow"])
            #expect(try await fixture.store.pluginState(deferring.plugin.id, deferring.document.id) == ["n": 1])
            // The document moves on before anyone decides.
            let block = deferring.document.blocks[0].id.description
            _ = try await fixture.submit(
                deferring.document.id,
                ["op": "text.insert", "target": ["block": .string(block)], "start": 0, "text": "Oh! "]
            )
            let ada = Actor(kind: .user, id: "usr_ada", name: "Ada")
            let proposal = try await fixture.host.proposals.accept(id, baseRevision: nil, actor: ada)
            #expect(proposal.state == .accepted)
            #expect(proposal.decision?.actor == ada)
            let latest = try #require(try await deferring.latest)
            #expect(latest.blocks[0].text == "Oh! Hello Big wrold")
            #expect(proposal.decision?.revision == latest.revision)
            #expect(deferring.record?.outcome == .applied)
            #expect(deferring.record?.mutations == 1)
            let mutation = try #require(fixture.store.entries.last { $0.entry.kind == .mutation }).entry
            #expect(mutation.actor == deferring.plugin.actor)
            #expect(mutation.exchange == deferring.exchange)
            let accepted = try #require(fixture.store.entries.first { $0.entry.kind == .proposalAccepted }).entry
            #expect(accepted.actor == ada)
            #expect(accepted.revision == latest.revision)
            let again = await #expect(throws: HostError.self) {
                try await fixture.host.proposals.accept(id, baseRevision: nil, actor: ada)
            }
            #expect(again?.code == .alreadyDecided)
            // The plugin does not hear of its own commands: what would ask it began in the same transaction.
            #expect(fixture.store.allExchanges.count == 2)
        }
    }

    @Test func declinedProposalKeepsItsRecord() async throws {
        try await Fixture().running { fixture in
            let deferring = try await Deferring(fixture)
            guard case .proposed(let id) = try await deferring.post(Self.tag) else {
                Issue.record("no proposal")
                return
            }
            _ = try await fixture.host.proposals.decline(id, reason: "not now", actor: fixture.admin)
            let kept = try #require(try await fixture.store.proposal(id))
            #expect(kept.state == .declined)
            #expect(kept.decision?.reason == "not now")
            #expect(kept.commands.count == 1)
            #expect(try await deferring.latest?.tags.isEmpty == true)
            #expect(fixture.store.entries.contains { $0.entry.kind == .proposalDeclined })
        }
    }

    @Test func answerIsAppliedAtOnceWhereThatWasGranted() async throws {
        try await Fixture().running { fixture in
            let deferring = try await Deferring(fixture, scopes: ["blocks:write", "answers:late"])
            let block = deferring.document.blocks[0].id.description
            _ = try await fixture.submit(
                deferring.document.id,
                ["op": "text.insert", "target": ["block": .string(block)], "start": 0, "text": "Oh! "]
            ) { $0.wait = .committed }
            guard case .applied(mutations: 1) = try await deferring.post(deferring.insertion) else {
                Issue.record("not applied")
                return
            }
            #expect(try await deferring.latest?.blocks[0].text == "Oh! Hello Big wrold")
            #expect(deferring.record?.outcome == .applied)
            #expect(deferring.record?.notes == ["took": "long"])
            #expect(try await fixture.store.proposals(ProposalFilter(), page: PageRequest()).items.isEmpty)
        }
    }

    @Test func firstValidAnswerWins() async throws {
        try await Fixture().running { fixture in
            let deferring = try await Deferring(fixture)
            #expect(await deferring.refusal("not json")?.refusal?.kind == .notJSON)
            _ = try await deferring.post(Self.tag)
            #expect(await deferring.refusal(Self.tag)?.code == .alreadyAnswered)
            #expect(try await fixture.store.proposals(ProposalFilter(), page: PageRequest()).items.count == 1)
        }
    }

    @Test func nothingToSayIsAnAnswerToo() async throws {
        try await Fixture().running { fixture in
            let deferring = try await Deferring(fixture)
            guard case .applied(mutations: 0) = try await deferring.post(#"{"protocol": "1.0"}"#) else {
                Issue.record("not taken")
                return
            }
            #expect(deferring.record?.outcome == .nothing)
            #expect(await deferring.refusal(Self.tag)?.code == .alreadyAnswered)
        }
    }

    @Test func fivePostsAreLookedAt() async throws {
        try await Fixture().running { fixture in
            let deferring = try await Deferring(fixture, onFailure: .flag)
            let wrong: [(String, FailureKind)] = [
                (#"{"protocol": "1.0", "comands": []}"#, .schema),
                (#"{"protocol": "1.0", "commands": [{"op": "document.setTitle", "title": "x"}]}"#, .notGranted),
                (
                    #"{"protocol": "1.0", "commands": [{"op": "text.insert", "target": {"block": "blk_00000000000000000000000000"}, "start": 0, "text": "x"}]}"#,
                    .doesNotApply
                ),
                (#"{"protocol": "1.0", "defer": {"seconds": 1}}"#, .schema),
                (#"{"protocol": "2.0"}"#, .wrongProtocol),
            ]
            for (number, (body, kind)) in wrong.enumerated() {
                let error = try #require(await deferring.refusal(body))
                #expect(error.code == .answerRefused)
                #expect(error.refusal?.kind == kind)
                #expect(deferring.record?.outcome == (number < 4 ? .late : .refused))
            }
            #expect(await deferring.refusal(Self.tag)?.code == .continuationSpent)
            #expect(fixture.store.entries.filter { $0.entry.kind == .exchangeRefused }.count == 5)
            // What the policy says of a failure holds once no answer can come any more.
            #expect(try await deferring.latest?.tags == ["needs-review"])
        }
    }

    @Test func nobodyAnswersInAnothersName() async throws {
        try await Fixture().running { fixture in
            let deferring = try await Deferring(fixture)
            let body = Array(Self.tag.utf8)
            let other: ExchangeID = IdentifierSource.system.next()
            let guessed = deferring.token.map { $0 == "0" ? "1" : "0" }.joined()
            for (exchange, token) in [
                (deferring.exchange, guessed), (deferring.exchange, ""), (other, deferring.token),
                (deferring.exchange, deferring.token + "0"),
            ] {
                let error = await #expect(throws: HostError.self) {
                    try await fixture.host.lateAnswers.take(
                        exchange,
                        token: token,
                        contentType: "application/json",
                        body: body
                    )
                }
                #expect(error?.code == .notFound)
            }
            _ = try await deferring.post(Self.tag)
        }
    }

    @Test func answerThatNeverComesIsRecorded() async throws {
        var limits = Limits.default
        limits.continuationTime = .milliseconds(300)
        try await Fixture(limits: limits).running { fixture in
            let deferring = try await Deferring(fixture, onFailure: .flag)
            while deferring.record?.refusal == nil { try await Task.sleep(for: .milliseconds(20)) }
            #expect(deferring.record?.outcome == .late)
            #expect(deferring.record?.refusal?.rule == "continuationTime")
            #expect(await deferring.refusal(Self.tag)?.code == .continuationExpired)
            #expect(try await fixture.store.deferredExchange(deferring.exchange) == nil)
            #expect(try await deferring.latest?.tags == ["needs-review"])
        }
    }

    @Test func aRestartForgetsNothing() async throws {
        let store = MemoryStore()
        let deferring = try await Fixture(store: store).running { try await Deferring($0) }
        try await Fixture(store: store).running { fixture in
            let receipt = try await fixture.host.lateAnswers.take(
                deferring.exchange,
                token: deferring.token,
                contentType: "application/json",
                body: Array(Self.tag.utf8)
            )
            guard case .proposed(let id) = receipt else {
                Issue.record("no proposal")
                return
            }
            _ = try await fixture.host.proposals.accept(id, baseRevision: nil, actor: fixture.admin)
            #expect(try await store.document(deferring.document.id)?.document.tags == ["late"])
        }
    }

    @Test func answerAfterTheTimeOutIsNeverApplied() async throws {
        try await Fixture().running { fixture in
            let url = Shared("")
            try await fixture.plugin("late", phase: .after, timeoutMilliseconds: 50) { request in
                let body = try JSON(parsing: request.body)
                url.change { $0 = body["continuation"]?["url"]?.stringValue ?? "" }
                throw WebhookFailure(kind: .headersLate, message: "the time was up", requestWasSent: true)
            }
            let id = try await fixture.document().document.id
            _ = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            let parts = url.value.split(separator: "/").map(String.init)
            let exchange = try #require(ExchangeID(parsing: parts[parts.count - 2]))
            let error = await #expect(throws: HostError.self) {
                try await fixture.host.lateAnswers.take(
                    exchange,
                    token: parts[parts.count - 1],
                    contentType: "application/json",
                    body: Array(Self.tag.utf8)
                )
            }
            #expect(error?.code == .notDeferred)
            #expect(try await fixture.store.document(id)?.document.tags.isEmpty == true)
        }
    }

    @Test func aPostMayComeBeforeTheAnswerThatDefers() async throws {
        try await Fixture().running { fixture in
            let posted = Shared<Task<LateAnswers.Receipt, any Error>?>(nil)
            let host = fixture.host
            try await fixture.plugin("hasty", phase: .after) { request in
                let url = try JSON(parsing: request.body)["continuation"]?["url"]?.stringValue ?? ""
                let parts = url.split(separator: "/").map(String.init)
                let exchange = try #require(ExchangeID(parsing: parts[parts.count - 2]))
                posted.change {
                    $0 = Task {
                        try await host.lateAnswers.take(
                            exchange,
                            token: parts[parts.count - 1],
                            contentType: "application/json",
                            body: Array(Self.tag.utf8)
                        )
                    }
                }
                try await Task.sleep(for: .milliseconds(50))
                return WebhookReply(status: 202, contentType: nil, body: [])
            }
            let id = try await fixture.document().document.id
            _ = try await fixture.submit(id, ["op": "document.setTitle", "title": "New"])
            guard case .proposed = try await posted.value?.value else {
                Issue.record("no proposal")
                return
            }
        }
    }

    @Test func deferringWithAnAnswerIsRefused() async throws {
        try await Fixture().running { fixture in
            let deferring = try await Deferring(
                fixture,
                reply: .json(
                    #"{"protocol": "1.0", "defer": {"seconds": 1}, "commands": [{"op": "tag.add", "tag": "x"}]}"#
                )
            )
            #expect(deferring.record?.refusal?.rule == "defer")
            #expect(await deferring.refusal(Self.tag)?.code == .notDeferred)
        }
    }

    @Test func beforePluginsAreNotOfferedAContinuation() async throws {
        try await Fixture().running { fixture in
            try await fixture.plugin("judge", phase: .before, onFailure: .reject) { _ in
                WebhookReply(status: 202, contentType: nil, body: [])
            }
            let id = try await fixture.document().document.id
            #expect(await fixture.refusal(id, ["op": "document.setTitle", "title": "New"]) == .pluginFailed)
            let body = try #require(fixture.transport.bodies("http://judge.test/hook").first)
            #expect(body["continuation"] == nil)
            let record = try #require(fixture.store.allExchanges.first)
            #expect(record.refusal?.kind == .headersLate)
        }
    }
}
