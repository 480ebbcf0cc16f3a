/// The name that was probably meant by an unknown one, or `nil` if none is near.
///
/// Near is up to a third of the name's letters inserted, removed or replaced.
///
/// - Parameters:
///   - name: what was found.
///   - candidates: what is known.
/// - Returns: one of the candidates.
func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
    let wanted = Array(name.lowercased().unicodeScalars.prefix(64))
    var best: (name: String, distance: Int)?
    for candidate in candidates {
        let distance = editDistance(wanted, Array(candidate.lowercased().unicodeScalars))
        guard distance <= max(wanted.count, candidate.count) / 3 + 1, distance < best?.distance ?? .max else {
            continue
        }
        best = (candidate, distance)
    }
    guard let best, best.distance < wanted.count else { return nil }
    return best.name
}

/// How many single insertions, deletions and replacements lead from one text to the other.
private func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var row = Array(0...right.count)
    for (position, scalar) in left.enumerated() {
        var diagonal = row[0]
        row[0] = position + 1
        for column in right.indices {
            let above = row[column + 1]
            row[column + 1] = min(above + 1, row[column] + 1, diagonal + (scalar == right[column] ? 0 : 1))
            diagonal = above
        }
    }
    return row[right.count]
}
