import Curl
import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol

/// Tests one plugin against the protocol, as a host would speak to it.
struct PluginCheck: Sendable {
    /// What the plugin sent back, or why nothing came.
    enum Answer {
        case response(HTTPResponse)
        case failure(CurlError)

        /// In a few words.
        var description: String {
            switch self {
            case .response(let response): "answered \(response.status)"
            case .failure(let error): "no answer: \(error.message)"
            }
        }

        var status: Int? {
            if case .response(let response) = self { response.status } else { nil }
        }
    }

    /// Where the plugin listens.
    let url: String
    /// What requests are signed with.
    let secret: WebhookSecret
    /// Whether the plugin cannot know the secret.
    let secretIsNew: Bool
    let http: HTTPClient
    private let limits = Limits.default

    /// Runs all tests; those that make no sense after a failure are left out.
    func run() async -> [CheckFinding] {
        var findings: [CheckFinding] = []
        guard let manifest = await handshake(&findings) else { return findings }
        await signatures(&findings)
        await theUnknown(&findings)
        await events(of: manifest, &findings)
        let (ping, challenge) = CheckSamples.ping()
        let last = await send(ping.encoded())
        let alive = (try? answer(last))?.challenge == challenge
        findings.append(
            .init(
                level: .must,
                rule: "is still there after all this",
                verdict: alive ? .kept : .broken,
                remark: last.description
            )
        )
        return findings
    }

    /// The genuine ping.
    ///
    /// - Returns: the manifest, or nil when there is no going on.
    private func handshake(_ findings: inout [CheckFinding]) async -> Manifest? {
        let rule = "answers a ping that is signed with its secret"
        let (ping, challenge) = CheckSamples.ping()
        let sent = await send(ping.encoded())
        let answer: PluginAnswer
        do {
            answer = try self.answer(sent)
        } catch {
            var remark = said(sent, error)
            if sent.status == 401 {
                remark =
                    secretIsNew
                    ? "answered 401: it has a secret of its own; name it with --secret"
                    : "answered 401: it has another secret, or checks signatures wrongly"
            }
            findings.append(.init(level: .must, rule: rule, verdict: .broken, remark: remark))
            return nil
        }
        findings.append(.init(level: .must, rule: rule, verdict: .kept, remark: sent.description))
        let echoed = answer.challenge == challenge
        findings.append(
            .init(
                level: .must,
                rule: "sends back the challenge of a ping",
                verdict: echoed ? .kept : .broken,
                remark: echoed
                    ? "" : "expected \"\(challenge)\", found \(answer.challenge.map { "\"\($0)\"" } ?? "none")"
            )
        )
        let manifest = answer.manifest
        findings.append(
            .init(
                level: .must,
                rule: "answers a ping with its manifest",
                verdict: manifest == nil ? .broken : .kept,
                remark: manifest.map { "\($0.name) \($0.version)" } ?? "there is none"
            )
        )
        return manifest
    }

    /// Requests that are not the host's, or not from now.
    private func signatures(_ findings: inout [CheckFinding]) async {
        let body = CheckSamples.ping().request.encoded()
        let hint = secretIsNew ? "; it has no secret yet: give it one and name it with --secret" : ""
        for fault in SignatureFault.allCases {
            let rule =
                switch fault {
                case .otherSecret: "refuses a wrong signature with 401"
                case .stale: "refuses a request signed ten minutes ago with 401"
                case .future: "refuses a request signed ten minutes in the future with 401"
                case .otherBody: "refuses a signature that belongs to another body with 401"
                case .missing: "refuses a request without a signature with 401"
                }
            let answer = await send(body, fault: fault)
            let verdict: CheckFinding.Verdict =
                switch answer.status {
                case 401: .kept
                // Refused, if by another name: the host is as safe.
                case .some(400...499): .open
                default: .broken
                }
            let remark =
                answer.description + (verdict == .broken ? hint : "") + (verdict == .open ? ", 401 is expected" : "")
            findings.append(.init(level: .must, rule: rule, verdict: verdict, remark: remark))
        }
    }

    /// What a later host, or a broken one, may send.
    private func theUnknown(_ findings: inout [CheckFinding]) async {
        let unknown = await send(CheckSamples.unknownEvent())
        var verdict = CheckFinding.Verdict.broken
        var remark = unknown.description
        do {
            let answer = try self.answer(unknown)
            if answer.commands.isEmpty { verdict = .kept } else { remark += " with commands" }
        } catch {
            remark = said(unknown, error)
        }
        findings.append(
            .init(level: .must, rule: "says nothing to an event it does not know", verdict: verdict, remark: remark)
        )

        let grown = await send(CheckSamples.pingWithUnknownMember())
        findings.append(
            .init(
                level: .must,
                rule: "passes over members of a request it does not know",
                verdict: (try? self.answer(grown)) == nil ? .broken : .kept,
                remark: grown.description
            )
        )
        for (rule, body) in [
            ("refuses a body that is not JSON with 400", Array("{\"protocol\": \"1.0\", ".utf8)),
            ("refuses JSON that is no request with 400", Array("[1, 2, 3]".utf8)),
        ] {
            let answer = await send(body)
            let refused = answer.status.map { (400...499).contains($0) } ?? false
            findings.append(
                .init(level: .should, rule: rule, verdict: refused ? .kept : .broken, remark: answer.description)
            )
        }
    }

    /// An example of every event that the manifest asks for.
    private func events(of manifest: Manifest, _ findings: inout [CheckFinding]) async {
        for subscription in manifest.subscriptions {
            for type in subscription.events {
                let rule = "answers \(subscription.phase.rawValue) \(type.rawValue) validly and within its time"
                let sample = ProbeSample(type, for: subscription, of: manifest, ids: .system, time: .now())
                guard let sample else {
                    findings.append(
                        .init(level: .must, rule: rule, verdict: .open, remark: "no example of this event yet")
                    )
                    continue
                }
                await event(sample, of: manifest, rule: rule, &findings)
            }
        }
    }

    /// One event, and what comes of it once more.
    private func event(
        _ sample: ProbeSample,
        of manifest: Manifest,
        rule: String,
        _ findings: inout [CheckFinding]
    ) async {
        let plugin: PluginID = IdentifierSource.system.next()
        let probe = IdempotenceProbe(
            actor: Actor(kind: .plugin, id: plugin.description, name: manifest.name),
            limits: limits.document
        )
        var first: Answer?
        let verdict = await probe.run(sample) { sample throws(Refusal) in
            let request = sample.request(
                exchange: IdentifierSource.system.next(),
                host: CheckSamples.host,
                plugin: plugin,
                scopes: manifest.scopes
            )
            let sent = await send(request.encoded(), timeout: sample.subscription.timeout)
            if first == nil { first = sent }
            return try answer(sent)
        }
        guard let first else { return }
        do {
            let answer = try answer(first)
            let commands = answer.commands.isEmpty ? "nothing to change" : "\(answer.commands.count) commands"
            findings.append(.init(level: .must, rule: rule, verdict: .kept, remark: commands))
            judge(answer, of: manifest, rule: sample.event.type.rawValue, &findings)
        } catch {
            findings.append(.init(level: .must, rule: rule, verdict: .broken, remark: said(first, error)))
            return
        }
        guard IdempotenceProbe.types.contains(sample.event.type) else { return }
        let shown: CheckFinding.Verdict =
            switch verdict.result {
            case .passed: .kept
            case .warned, .skipped: .open
            case .failed: .broken
            }
        findings.append(
            .init(
                level: .should,
                rule: "to \(sample.event.type.rawValue) on its own result answers nothing",
                verdict: shown,
                remark: verdict.remark
            )
        )
    }

    /// Whether commands are within what the manifest asks for: a host would refuse the others.
    private func judge(_ answer: PluginAnswer, of manifest: Manifest, rule: String, _ findings: inout [CheckFinding]) {
        guard !answer.commands.isEmpty else { return }
        let needed = answer.commands.reduce(into: Set<Scope>()) { $0.formUnion($1.scopes) }
        let missing = needed.filter { scope in !manifest.scopes.contains { $0.implies(scope) } }
        findings.append(
            .init(
                level: .must,
                rule: "to \(rule) answers only what its manifest's scopes allow",
                verdict: missing.isEmpty ? .kept : .broken,
                remark: missing.isEmpty
                    ? "" : "not asked for: \(missing.map(\.description).sorted().joined(separator: ", "))"
            )
        )
    }

    /// What came and why it is not good.
    private func said(_ sent: Answer, _ refusal: Refusal) -> String {
        if case .failure = sent { return sent.description }
        return "\(sent.description); \(refusal.description)"
    }

    /// Reads an answer as a host does.
    private func answer(_ answer: Answer) throws(Refusal) -> PluginAnswer {
        switch answer {
        case .response(let response):
            return try PluginAnswer.read(
                status: response.status,
                contentType: response.contentType,
                body: response.body,
                limits: limits
            )
        case .failure(let error): throw Refusal(.connectRefused, error.message)
        }
    }

    private func headers(for body: [UInt8], _ fault: SignatureFault?) -> [(name: String, value: String)] {
        let id = IdentifierSource.system.next(ExchangeKind.self).description
        let now = Timestamp.now()
        let plain = [("content-type", "application/json"), (WebhookSignature.HeaderName.budget, "2000")]
        if let fault { return plain + fault.headers(id: id, now: now, body: body, secrets: [secret]) }
        let timestamp = now.millisecondsSince1970 / 1000
        return plain + [
            (WebhookSignature.HeaderName.id, id),
            (WebhookSignature.HeaderName.timestamp, String(timestamp)),
            (
                WebhookSignature.HeaderName.signature,
                WebhookSignature.sign(id: id, timestamp: timestamp, body: body, secret: secret)
            ),
        ]
    }

    private func send(
        _ body: [UInt8],
        fault: SignatureFault? = nil,
        timeout: Duration = .seconds(5)
    ) async -> Answer {
        let request = HTTPRequest(
            url: url,
            headers: headers(for: body, fault),
            body: body,
            timeout: timeout,
            responseLimitBytes: limits.answerBytes
        )
        do {
            return .response(try await http.send(request))
        } catch {
            return .failure(error)
        }
    }
}
