/// What `before` plugins were asked in the course of a change, and is not stored yet.
///
/// `Sendable`.
struct AskedExchanges: Sendable {
    var records: [ExchangeRecord] = []
    var entries: [LedgerEntry] = []

    /// Says of the answers so far that nothing came of their commands, however good they were: the trail must not call applied what
    /// the document does not hold.
    mutating func discard(_ reason: String) {
        for index in records.indices where records[index].outcome == .applied {
            records[index].outcome = .nothing
            records[index].mutations = 0
            records[index].warnings.append(reason)
        }
        // The mark was part of the change.
        entries.removeAll { $0.kind == .documentFlagged }
    }
}
