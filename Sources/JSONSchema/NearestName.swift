/// Finds the name that somebody probably meant who wrote one that does not exist.
///
/// The one place for it: schemas, commands, manifests and query parameters all give hints by the same rule.
public enum NearestName {
    /// Longer names are not compared: the cost is the product of both lengths.
    private static let lengthLimit = 64
    /// More candidates are not compared.
    private static let candidateLimit = 2000

    /// The most similar candidate: at most a third of the letters may differ, and at least two may.
    ///
    /// - Parameters:
    ///   - name: what was written.
    ///   - candidates: what may be written.
    /// - Returns: `nil` if none is similar.
    public static func suggestion(for name: String, among candidates: some Sequence<String>) -> String? {
        let folded = fold(name)
        let written = Array(name.lowercased().unicodeScalars.prefix(lengthLimit + 1))
        guard written.count <= lengthLimit else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in candidates.prefix(candidateLimit) {
            let other = Array(candidate.lowercased().unicodeScalars.prefix(lengthLimit + 1))
            guard other.count <= lengthLimit else { continue }
            // Another way to write the same words is the likeliest slip.
            let distance = fold(candidate) == folded ? 0 : distance(written, other)
            let allowed = max(2, max(written.count, other.count) / 3)
            if distance <= allowed, distance < other.count, distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// A sentence for an error's hint.
    ///
    /// - Parameters:
    ///   - name: what was written.
    ///   - candidates: what may be written.
    /// - Returns: `nil` if none is similar.
    public static func hint(for name: String, among candidates: some Sequence<String>) -> String? {
        suggestion(for: name, among: candidates).map { "did you mean \"\($0)\"?" }
    }

    private static func fold(_ name: String) -> String {
        String(name.lowercased().unicodeScalars.filter { $0 != "_" && $0 != "-" && $0 != "." && $0 != " " })
    }

    /// Insertions, deletions, substitutions and swaps of neighbours.
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, scalar) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (scalar == other ? 0 : 1))
                if row > 0, column > 0, scalar == right[column - 1], left[row - 1] == other {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
