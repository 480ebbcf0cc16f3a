/// The members of a JSON object: each name once, in the order they were added.
///
/// Two objects are equal when they hold equal members, in whatever order. Names differ when their code
/// points do, even where Unicode calls them canonically equivalent.
///
/// Sendable; a plain value.
public struct JSONObject: Sendable {
    /// One member.
    struct Member: Sendable {
        var key: String
        var value: JSON
    }

    /// The most members that are searched one by one; above this, an index is kept.
    private static let linearLimit = 16

    private(set) var members: [Member] = []
    private var index: [MemberName: Int]?

    /// Makes an object without members.
    public init() {}

    /// Makes an object from members in this order; of members with the same name, the last one stays.
    ///
    /// - Parameter members: pairs of name and value.
    public init(_ members: some Sequence<(key: String, value: JSON)>) {
        for member in members { self[member.key] = member.value }
    }

    /// Makes an object of members whose names are known to differ.
    init(unchecked members: [Member]) {
        self.members = members
        if members.count > Self.linearLimit { reindex() }
    }

    /// How many members there are.
    public var count: Int { members.count }

    /// Whether there is no member.
    public var isEmpty: Bool { members.isEmpty }

    /// The names, in order.
    public var keys: [String] { members.map(\.key) }

    /// The values, in order.
    public var values: [JSON] { members.map(\.value) }

    /// The value of the member with this name.
    ///
    /// Setting replaces the value in place or adds the member at the end; setting `nil` removes it.
    /// JSON's `null` is `.some(.null)`.
    public subscript(key: String) -> JSON? {
        get {
            guard let position = position(of: key) else { return nil }
            return members[position].value
        }
        set {
            guard let newValue else {
                removeValue(forKey: key)
                return
            }
            if let position = position(of: key) {
                members[position].value = newValue
            } else {
                append(Member(key: key, value: newValue))
            }
        }
    }

    /// Removes a member and closes the gap.
    ///
    /// - Parameter key: its name.
    /// - Returns: the value it had, or `nil` if there was none.
    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSON? {
        guard let position = position(of: key) else { return nil }
        let removed = members.remove(at: position)
        if index != nil {
            index = nil
            if members.count > Self.linearLimit { reindex() }
        }
        return removed.value
    }

    /// Adds a member whose name is known to be new.
    private mutating func append(_ member: Member) {
        members.append(member)
        if index != nil {
            index?[MemberName(member.key)] = members.count - 1
        } else if members.count > Self.linearLimit {
            reindex()
        }
    }

    private mutating func reindex() {
        var index: [MemberName: Int] = [:]
        index.reserveCapacity(members.count)
        for (position, member) in members.enumerated() { index[MemberName(member.key)] = position }
        self.index = index
    }

    private func position(of key: String) -> Int? {
        if let index { return index[MemberName(key)] }
        return members.firstIndex { $0.key.hasSameScalars(as: key) }
    }
}

extension JSONObject: Sequence {
    /// Walks over the members in their order.
    ///
    /// Sendable.
    public struct Iterator: IteratorProtocol, Sendable {
        private var base: IndexingIterator<[Member]>

        init(_ members: [Member]) { base = members.makeIterator() }

        /// The next member, or `nil` after the last.
        public mutating func next() -> (key: String, value: JSON)? {
            guard let member = base.next() else { return nil }
            return (member.key, member.value)
        }
    }

    /// Starts a walk over the members.
    public func makeIterator() -> Iterator { Iterator(members) }

    /// The number of members.
    public var underestimatedCount: Int { members.count }
}

extension JSONObject: Hashable {
    /// Whether both hold equal members, in whatever order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        for (place, member) in left.members.enumerated() {
            // Mostly the order is the same as well.
            let other = right.members[place]
            if member.key.hasSameScalars(as: other.key) {
                guard member.value == other.value else { return false }
            } else {
                guard let value = right[member.key], value == member.value else { return false }
            }
        }
        return true
    }

    /// Feeds the members into a hasher so that their order does not matter.
    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for member in members {
            var inner = Hasher()
            inner.combine(member.key)
            inner.combine(member.value)
            sum &+= inner.finalize()
        }
        hasher.combine(count)
        hasher.combine(sum)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// A member's name.
    public typealias Key = String
    /// A member's value.
    public typealias Value = JSON

    /// Makes an object; of members with the same name, the last one stays.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        for (key, value) in elements { self[key] = value }
    }
}
