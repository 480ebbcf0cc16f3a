import Foundation
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport

/// One thing that goes wrong, done for real.
struct FailureCase: Sendable {
    /// What the plugin does, as a sentence's end: "closes the connection …".
    var name: String
    /// The rows of the table of faults that it is.
    var faults: [String] = []
    /// Whether the plugin sees the request.
    var isSeen = true
    /// Whether it is the plugin's answer that is wrong, so that the breaker's opinion differs from the kind's.
    var isCounted: Bool?
    /// Whether it is about lateness, so that its time has to be short.
    var isLate = false
    /// What the stage is to be; the policy and the phase come from the cell.
    var settings: @Sendable () throws -> Stage.Settings
    /// Sets the scene once the plugin is enabled.
    var prepare: @Sendable (Stage) async throws -> Void = { _ in }
    /// What happens while the plugin thinks.
    var meanwhile: (@Sendable (Stage) async throws -> Void)?

    /// A case whose only particular is what the server does.
    init(
        _ name: String,
        faults: [String] = [],
        isSeen: Bool = true,
        isCounted: Bool? = nil,
        isLate: Bool = false,
        _ script: @escaping HostileServer.Script
    ) {
        self.init(name, faults: faults, isSeen: isSeen, isCounted: isCounted, isLate: isLate) { .init(script: script) }
    }

    /// A case with settings of its own.
    init(
        _ name: String,
        faults: [String] = [],
        isSeen: Bool = true,
        isCounted: Bool? = nil,
        isLate: Bool = false,
        settings: @escaping @Sendable () throws -> Stage.Settings
    ) {
        self.name = name
        self.faults = faults
        self.isSeen = isSeen
        self.isCounted = isCounted
        self.isLate = isLate
        self.settings = settings
    }

    /// The same with something done before.
    func prepared(_ prepare: @escaping @Sendable (Stage) async throws -> Void) -> FailureCase {
        var result = self
        result.prepare = prepare
        return result
    }

    /// The same with something done while the plugin thinks.
    func meanwhile(_ meanwhile: @escaping @Sendable (Stage) async throws -> Void) -> FailureCase {
        var result = self
        result.meanwhile = meanwhile
        return result
    }
}

/// One row of the failure table: a kind, what its page says, and every way in which the tests bring it about.
struct FailureRow: Sendable {
    var kind: FailureKind
    /// What happened, as a title without a full stop.
    var title: String
    /// How the exchange is recorded.
    var outcome: ExchangeRecord.Outcome
    /// What happened.
    var happened: String
    /// What the host did.
    var host: String
    /// What the plugin's author should do.
    var author: String
    /// What the administrator sees, beyond what is the same for all kinds.
    var administrator: String
    /// The phases in which it can happen, with `before` first.
    var phases = [Phase.before, .after]
    var cases: [FailureCase]
}

/// A case under a policy in a phase.
struct FailureCell: Sendable {
    var row: FailureRow
    var failure: FailureCase
    var policy: FailurePolicy
    var phase: Phase
}

extension FailureTable {
    /// In the order of the kinds.
    static let rows: [FailureRow] = {
        let all = connectionRows + exchangeRows + statusRows + formRows + contentRows + applyingRows + hostRows
        return FailureKind.allCases.flatMap { kind in all.filter { $0.kind == kind } }
    }()

    /// Every case under every policy in the phase where a person waits; the first of each kind also where nobody waits.
    static let cells: [FailureCell] = rows.flatMap { row in
        row.cases.enumerated().flatMap { number, failure in
            row.phases.enumerated().filter { number == 0 || $0.offset == 0 }.flatMap { _, phase in
                FailurePolicy.allCases.map { FailureCell(row: row, failure: failure, policy: $0, phase: phase) }
            }
        }
    }
}

/// What cases are made of.
enum FailureTable {
    /// What a plugin would do if it worked, and must never have done.
    static let good = answer(#""commands":[{"op":"tag.add","tag":"from-plugin"}]"#)

    /// An answer with these members.
    static func answer(_ members: String) -> String { #"{"protocol":"1.0",\#(members)}"# }

    /// An answer whose first command is good and whose second is this.
    static func command(_ json: String) -> String {
        answer(#""commands":[{"op":"tag.add","tag":"from-plugin"},\#(json)]"#)
    }

    /// The head of an answer with a good type and whatever else is wrong.
    static func head(_ fields: String) -> String {
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\(fields)\r\n"
    }

    /// Certificates for all cases, made once.
    static let authority = Result {
        let authority = try TLSTestAuthority()
        for fault in TLSTestAuthority.Fault.allCases {
            try authority.issue(fault.rawValue, name: "plugin.test", fault: fault)
        }
        try authority.issue("elsewhere", name: "elsewhere.test")
        return authority
    }

    /// A plugin behind TLS whose authority the host trusts unless told otherwise.
    static func secured(
        _ certificate: String,
        isTrusted: Bool = true,
        isOld: Bool = false,
        speaksHTTP2: Bool = false,
        _ script: @escaping HostileServer.Script = HostileServer.answering(good)
    ) throws -> Stage.Settings {
        let authority = try authority.get()
        var settings = Stage.Settings(script: script)
        settings.identity = authority.identity(certificate)
        settings.identity?.isOld = isOld
        settings.identity?.speaksHTTP2 = speaksHTTP2
        settings.trust = isTrusted ? WebhookTLS(authorities: try authority.authorities()) : nil
        settings.place = .name("plugin.test")
        return settings
    }

    /// A plugin whose name means something else once it is registered.
    static func renamed(
        _ later: @escaping @Sendable () -> NameLookupAnswer
    ) -> @Sendable () throws -> Stage.Settings {
        {
            var settings = Stage.Settings(script: HostileServer.answering(good))
            settings.place = .name("plugin.test")
            settings.lookup = { _, times in times == 1 ? .at("127.0.0.1") : later() }
            return settings
        }
    }
}
