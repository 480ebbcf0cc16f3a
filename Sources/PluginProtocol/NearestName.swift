/// Finds what someone probably meant who wrote a name that does not exist.
public enum NearestName {
    /// The candidate with the fewest edits from `name`, if few enough for a typing error.
    ///
    /// At most a third of the letters may differ, and at least two may. Names over 64 scalars get no
    /// suggestion, so that hostile input costs nothing.
    public static func suggestion(for name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().unicodeScalars)
        guard wanted.count <= 64 else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let scalars = Array(candidate.lowercased().unicodeScalars)
            guard scalars.count <= 64 else { continue }
            let bound = max(2, max(wanted.count, scalars.count) / 3)
            let distance = editDistance(wanted, scalars)
            if distance <= bound, distance < scalars.count, distance < best?.distance ?? Int.max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// A sentence for an error's hint, or nil if nothing is near.
    public static func hint(for name: String, among candidates: some Sequence<String>) -> String? {
        suggestion(for: name, among: candidates).map { "did you mean \"\($0)\"?" }
    }

    private static func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var previous = Array(0...right.count)
        for (row, scalar) in left.enumerated() {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for (column, other) in right.enumerated() {
                let replaced = previous[column] + (scalar == other ? 0 : 1)
                current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[right.count]
    }
}
