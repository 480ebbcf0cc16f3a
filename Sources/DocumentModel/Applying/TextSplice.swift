/// A part of a text replaced by another text, in code points.
struct TextSplice: Sendable, Hashable {
    /// The first code point replaced.
    var start: Int
    /// The code point after the last one replaced; `start` if the text is only inserted.
    var end: Int
    /// How many code points are put in their place.
    var inserted: Int

    /// By how much the text grows.
    var growth: Int { inserted - (end - start) }

    /// The splice that takes this one back.
    var inverse: TextSplice { TextSplice(start: start, end: start + inserted, inserted: end - start) }

    /// Where a range is afterwards, or `nil` if all its text is gone.
    ///
    /// What is put in at the range's edge stays outside it; what is put in within it becomes part of it.
    func moved(start rangeStart: Int, end rangeEnd: Int) -> (start: Int, end: Int)? {
        let newStart =
            if rangeStart < start { rangeStart } else if rangeStart <= end { start + inserted } else {
                rangeStart + growth
            }
        let newEnd = if rangeEnd <= start { rangeEnd } else if rangeEnd <= end { start } else { rangeEnd + growth }
        return newStart < newEnd ? (newStart, newEnd) : nil
    }
}

extension [Annotation] {
    /// Moves the annotations with their text; those whose text is gone are dropped.
    func moved(by splice: TextSplice) -> [Annotation] {
        compactMap { annotation in
            guard let (start, end) = splice.moved(start: annotation.start, end: annotation.end) else { return nil }
            var annotation = annotation
            annotation.start = start
            annotation.end = end
            return annotation
        }
    }
}
