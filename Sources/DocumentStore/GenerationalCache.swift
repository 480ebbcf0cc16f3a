/// A cache bounded by cost that forgets what was not asked for longest, roughly.
///
/// Two dictionaries: what is used goes to the young one; when that holds half of the allowed cost, it becomes the old one, and
/// what was left in the old one is forgotten. That is nearly "least recently used", without a list to keep.
struct GenerationalCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let halfCost: Int
    private var young: [Key: (value: Value, cost: Int)] = [:]
    private var old: [Key: (value: Value, cost: Int)] = [:]
    private var youngCost = 0

    /// - Parameter limit: of the sum of all costs.
    init(limit: Int) { halfCost = max(limit / 2, 1) }

    /// What is kept under a key; makes it young.
    mutating func value(_ key: Key) -> Value? {
        if let found = young[key] { return found.value }
        guard let found = old.removeValue(forKey: key) else { return nil }
        insert(found.value, cost: found.cost, for: key)
        return found.value
    }

    /// Keeps a value in place of any other under this key.
    mutating func set(_ value: Value, cost: Int, for key: Key) {
        old.removeValue(forKey: key)
        insert(value, cost: cost, for: key)
    }

    mutating func remove(_ key: Key) {
        old.removeValue(forKey: key)
        if let removed = young.removeValue(forKey: key) { youngCost -= removed.cost }
    }

    mutating func removeAll() {
        young.removeAll()
        old.removeAll()
        youngCost = 0
    }

    var count: Int { young.count + old.count }

    private mutating func insert(_ value: Value, cost: Int, for key: Key) {
        if let replaced = young.updateValue((value, cost), forKey: key) { youngCost -= replaced.cost }
        youngCost += cost
        if youngCost > halfCost {
            old = young
            young = [:]
            youngCost = 0
        }
    }
}
