extension String {
    /// Whether both strings hold the same code points, which canonical equivalence (Swift's `==`) does not promise.
    func hasSameScalars(as other: String) -> Bool {
        guard self == other else { return false }
        return utf8.elementsEqual(other.utf8)
    }

    /// The number of code points.
    var scalarCount: Int {
        var text = self
        return text.withUTF8 { utf8 in
            var count = 0
            for byte in utf8 where byte & 0xC0 != 0x80 { count += 1 }
            return count
        }
    }

    /// How many bytes the string takes in JSON, quotes not counted.
    var escapedByteCount: Int {
        var text = self
        return text.withUTF8 { utf8 in
            var count = utf8.count
            for byte in utf8 where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                switch byte {
                case 0x08, 0x09, 0x0A, 0x0C, 0x0D, UInt8(ascii: "\""), UInt8(ascii: "\\"): count += 1
                default: count += 5
                }
            }
            return count
        }
    }

    /// The place in UTF-8 of a code point or of the end, or `nil` beyond it.
    func utf8Offset(ofScalar position: Int) -> Int? {
        var text = self
        return text.withUTF8 { utf8 in
            var seen = 0
            for (offset, byte) in utf8.enumerated() where byte & 0xC0 != 0x80 {
                if seen == position { return offset }
                seen += 1
            }
            return seen == position ? utf8.count : nil
        }
    }

    /// The part between two places in UTF-8, both of them at the start of a code point.
    func slice(utf8 range: Range<Int>) -> String {
        var text = self
        return text.withUTF8 { String(decoding: UnsafeBufferPointer(rebasing: $0[range]), as: UTF8.self) }
    }

    /// The string with a part replaced; the places are at the starts of code points.
    func replacing(utf8 range: Range<Int>, with replacement: String) -> String {
        var text = self
        var replacement = replacement
        return text.withUTF8 { old in
            replacement.withUTF8 { new in
                String(unsafeUninitializedCapacity: old.count - range.count + new.count) { buffer in
                    var end = buffer.initialize(fromContentsOf: old[..<range.lowerBound])
                    end = buffer[end...].initialize(fromContentsOf: new)
                    return buffer[end...].initialize(fromContentsOf: old[range.upperBound...])
                }
            }
        }
    }

    /// Where another string occurs, without overlaps, from the left.
    ///
    /// Takes time in proportion to both lengths even for hostile texts (Knuth, Morris and Pratt).
    ///
    /// - Parameters:
    ///   - needle: not empty; compared byte by byte.
    ///   - limit: how many to find at most.
    /// - Returns: the starts in UTF-8.
    func occurrences(of needle: String, limit: Int) -> [Int] {
        var text = self
        var needle = needle
        return text.withUTF8 { hay in
            needle.withUTF8 { pin in
                var found: [Int] = []
                guard !pin.isEmpty, pin.count <= hay.count else { return found }
                let borders = Self.borders(of: pin)
                var matched = 0
                for (position, byte) in hay.enumerated() {
                    while matched > 0, pin[matched] != byte { matched = borders[matched - 1] }
                    if pin[matched] == byte { matched += 1 }
                    guard matched == pin.count else { continue }
                    found.append(position + 1 - pin.count)
                    if found.count == limit { break }
                    matched = 0
                }
                return found
            }
        }
    }

    /// For each prefix, the length of its longest proper prefix that is also its end.
    private static func borders(of pin: UnsafeBufferPointer<UInt8>) -> [Int] {
        var borders = [Int](repeating: 0, count: pin.count)
        var length = 0
        for position in pin.indices.dropFirst() {
            while length > 0, pin[position] != pin[length] { length = borders[length - 1] }
            if pin[position] == pin[length] { length += 1 }
            borders[position] = length
        }
        return borders
    }

    /// The number of code points before a place in UTF-8.
    func scalarOffset(ofUTF8 place: Int) -> Int {
        var text = self
        return text.withUTF8 { utf8 in
            var count = 0
            for byte in utf8[..<place] where byte & 0xC0 != 0x80 { count += 1 }
            return count
        }
    }
}

extension String? {
    /// Whether both are absent or hold the same code points.
    func hasSameScalars(as other: String?) -> Bool {
        switch (self, other) {
        case (nil, nil): true
        case (let left?, let right?): left.hasSameScalars(as: right)
        default: false
        }
    }
}
