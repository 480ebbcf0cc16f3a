extension TextSplice {
    /// Two splices made on the same text, each as it is once the other has been done; `nil` if they are in conflict.
    ///
    /// They are when one takes away text that the other takes away as well or puts something into. Of two texts put in at
    /// the same place, the other's comes first.
    ///
    /// - Parameter other: the splice that was done first.
    /// - Returns: this splice after the other, and the other after this one.
    func crossing(_ other: TextSplice) -> (own: TextSplice, other: TextSplice)? {
        let isInsertion = start == end
        let otherIsInsertion = other.start == other.end
        let isBefore = isInsertion && otherIsInsertion ? start < other.start : end <= other.start
        if isBefore { return (self, other.shifted(by: growth)) }
        if other.end <= start { return (shifted(by: other.growth), other) }
        return nil
    }

    private func shifted(by distance: Int) -> TextSplice {
        TextSplice(start: start + distance, end: end + distance, inserted: inserted)
    }
}
