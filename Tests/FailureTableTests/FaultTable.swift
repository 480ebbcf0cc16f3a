import TestSupport

/// The project's table of faults, and what shows that each is dealt with.
///
/// The table is not part of the repository, see ``ReferenceTable``.
enum FaultTable {
    /// One row.
    struct Row: Sendable {
        var id: String
        var area: String
        var scenario: String
    }

    static let rows: [Row] =
        (ReferenceTable.rows("faults.csv", for: "the comparison with the table of faults") ?? []).map { row in
            Row(id: row[0], area: row.count > 1 ? row[1] : "", scenario: row.count > 2 ? row[2] : "")
        }

    /// Rows that cases of the failure table do, under every policy.
    static let byFailureTable = Set(FailureTable.rows.flatMap { $0.cases.flatMap { $0.faults } })

    /// Rows that have tests named after them, by themselves or beside cases.
    static let byTests: Set<String> = [
        "F01", "F02", "F04", "F05", "F10", "F13", "F14", "F15", "F17", "F19", "F20", "F22", "F23", "F28", "F30", "F32",
        "F37", "F39", "F40", "F60",
    ]

    /// Rows that do not concern the engine, or that a test of this kind cannot show, and why.
    static let notHere: [String: String] = [
        "F31":
            "a run of a minute under the thread sanitizer: no test of minutes is here; the writer decides one at a time, see DocumentStoreTests",
        "F34": "a matter of scale: measured by the benchmarks, not tested",
        "F36": "a soak of 8 hours: not tested",
        "F43": "the host takes no signed requests: there are no continuations yet",
        "F44": "signatures are made here and checked by plugins: PluginProtocolTests, WebhookSignatureTests",
        "F46": "the store's and the process's end: DocumentStoreTests and the end-to-end tests",
        "F48": "the store: DocumentStoreTests, FailureTests",
        "F49": "the store: DocumentStoreTests, FailureTests",
        "F52": "the store: one connection writes and checkpoints",
        "F54": "the ledger: DocumentStoreTests, LedgerTests",
        "F55": "the ledger: DocumentStoreTests, LedgerTests",
        "F56": "the ledger: DocumentStoreTests, LedgerTests",
        "F58":
            "the protocol has no redelivery: a request that was sent is not sent again; waiting work is durable, see DocumentStoreTests",
        "F62": "OAuth, which the host does not have",
        "F64": "OAuth, which the host does not have",
        "F66": "OAuth, which the host does not have",
        "F67": "the web page",
        "F69": "the web page has no session",
        "F70": "the store and the API: statements have bound values only",
        "F73": "the API: the end-to-end tests compare it with its OpenAPI document",
    ]
}
