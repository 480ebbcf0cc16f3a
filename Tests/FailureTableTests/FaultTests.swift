import Testing

/// That every row of the table of faults is accounted for.
///
/// The rows that need more than the failure table's cells have tests named after them: ``TransferFaultTests``, ``AnswerFaultTests``,
/// ``AddressFaultTests`` and ``LoadFaultTests``.
@Suite(.timeLimit(.minutes(5)))
struct FaultTests {
    @Test(.enabled(if: !FaultTable.rows.isEmpty)) func everyRowIsAccountedFor() {
        let known = Set(FaultTable.rows.map(\.id))
        let here = FaultTable.byFailureTable.union(FaultTable.byTests)
        for row in FaultTable.rows {
            let isHere = here.contains(row.id)
            #expect(isHere != (FaultTable.notHere[row.id] != nil), "\(row.id), \(row.area): \(row.scenario)")
            if let reason = FaultTable.notHere[row.id] { print("not tested here: \(row.id), \(row.area): \(reason)") }
        }
        #expect(here.subtracting(known).isEmpty)
        #expect(Set(FaultTable.notHere.keys).subtracting(known).isEmpty)
        print("\(here.count) of \(FaultTable.rows.count) rows of the table of faults are tested here")
    }
}
