/// Which code points international host names may hold.
///
/// Source: RFC 5891, section 5.4; RFC 5892.
enum IDNA {
    /// Whether code points make a U-label.
    static func isLabel(_ label: [Unicode.Scalar]) -> Bool {
        guard let first = label.first, first != "-", label.last != "-" else { return false }
        if label.count >= 4, label[2] == "-", label[3] == "-" { return false }
        switch first.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return false
        default: break
        }
        return label.indices.allSatisfy { isPermitted(label, at: $0) }
    }

    private static func isPermitted(_ label: [Unicode.Scalar], at index: Int) -> Bool {
        let scalar = label[index]
        switch scalar.value {
        // Section 2.6: exceptions.
        case 0xDF, 0x3C2, 0x6FD, 0x6FE, 0xF0B, 0x3007: return true
        case 0x640, 0x7FA, 0x302E, 0x302F, 0x3031...0x3035, 0x303B: return false
        // Appendix A: what depends on its neighbours.
        case 0x200C:
            return isAfterVirama(label, index) || joins(label, index)
        case 0x200D: return isAfterVirama(label, index)
        case 0xB7: return index > 0 && index + 1 < label.count && label[index - 1] == "l" && label[index + 1] == "l"
        case 0x375: return index + 1 < label.count && isGreek(label[index + 1].value)
        case 0x5F3, 0x5F4: return index > 0 && (0x591...0x5F4).contains(label[index - 1].value)
        case 0x30FB: return label.contains { isJapanese($0.value) }
        case 0x660...0x669: return !label.contains { (0x6F0...0x6F9).contains($0.value) }
        case 0x6F0...0x6F9: return !label.contains { (0x660...0x669).contains($0.value) }
        default: return isProtocolValid(scalar)
        }
    }

    /// Section 3: the derived property, without exceptions.
    private static func isProtocolValid(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return (0x61...0x7A).contains(scalar.value) || (0x30...0x39).contains(scalar.value) || scalar == "-"
        }
        switch scalar.value {
        // Old Hangul Jamo, and blocks of combining marks for symbols and music.
        case 0x1100...0x11FF, 0xA960...0xA97F, 0xD7B0...0xD7FF, 0x20D0...0x20FF, 0x1D100...0x1D24F: return false
        default: break
        }
        let properties = scalar.properties
        if properties.changesWhenNFKCCaseFolded || properties.isDefaultIgnorableCodePoint || properties.isWhitespace
            || properties.isNoncharacterCodePoint
        {
            return false
        }
        switch properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .otherLetter, .decimalNumber, .modifierLetter, .nonspacingMark,
            .spacingMark:
            return true
        default: return false
        }
    }

    private static func isAfterVirama(_ label: [Unicode.Scalar], _ index: Int) -> Bool {
        index > 0 && label[index - 1].properties.canonicalCombiningClass == .virama
    }

    /// Appendix A.1: between letters that join, such as those of Arabic.
    private static func joins(_ label: [Unicode.Scalar], _ index: Int) -> Bool {
        let before = label[..<index].last { !isTransparent($0) }
        let after = label[(index + 1)...].first { !isTransparent($0) }
        guard let before, let after else { return false }
        return isJoining(before) && !rightJoining.contains(before.value) && isJoining(after)
    }

    private static func isTransparent(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: scalar.value != 0x200C && scalar.value != 0x200D
        default: false
        }
    }

    /// Letters of the scripts that join, by their blocks: Swift has no table of joining types.
    private static func isJoining(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.properties.isAlphabetic, scalar.value != 0x621, scalar.value != 0x674 else { return false }
        switch scalar.value {
        case 0x620...0x6FF, 0x710...0x74F, 0x750...0x77F, 0x7CA...0x7EA, 0x840...0x858, 0x860...0x86A, 0x870...0x8C9,
            0x1820...0x18AA, 0xA840...0xA871, 0x10AC0...0x10AEF, 0x10D00...0x10D23, 0x1E900...0x1E943:
            return true
        default: return false
        }
    }

    /// Arabic and Syriac letters that join only to what is before them.
    private static let rightJoining: Set<UInt32> = Set(
        [
            0x622, 0x623, 0x624, 0x625, 0x627, 0x629, 0x62F, 0x630, 0x631, 0x632, 0x648, 0x671, 0x672, 0x673, 0x675,
            0x676, 0x677, 0x6C0, 0x6CD, 0x6CF, 0x6D2, 0x6D3, 0x6D5, 0x6EE, 0x6EF, 0x710, 0x715, 0x716, 0x717, 0x718,
            0x719, 0x71E, 0x728, 0x72A, 0x72C, 0x72F, 0x74D, 0x759, 0x75A, 0x75B, 0x76B, 0x76C, 0x771, 0x773, 0x774,
        ] + Array(0x688...0x699) + Array(0x6C3...0x6CB)
    )

    private static func isGreek(_ value: UInt32) -> Bool {
        (0x370...0x3E1).contains(value) || (0x3F0...0x3FF).contains(value) || (0x1F00...0x1FFF).contains(value)
    }

    private static func isJapanese(_ value: UInt32) -> Bool {
        switch value {
        // Hiragana and Katakana without the middle dot, and Han.
        case 0x3041...0x3096, 0x309D...0x309F, 0x30A1...0x30FA, 0x30FD...0x30FF, 0x31F0...0x31FF, 0x3005, 0x3007,
            0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF:
            true
        default: false
        }
    }
}

/// Host names that are written from right to left.
///
/// Source: RFC 5893, section 2 (the Bidi rule).
enum Bidi {
    private enum Kind {
        case left
        case right
        case arabicNumber
        case europeanNumber
        case mark
        case neutral
    }

    /// The kind of a code point, by its block: Swift has no table of bidirectional classes.
    private static func kind(_ scalar: Unicode.Scalar) -> Kind {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return .mark
        default: break
        }
        switch scalar.value {
        case 0x30...0x39, 0x6F0...0x6F9: return .europeanNumber
        case 0x660...0x669, 0x66B...0x66C, 0x600...0x605, 0x6DD, 0x10D30...0x10D39, 0x10E60...0x10E7E:
            return .arabicNumber
        case 0x2D, 0xB7, 0x375, 0x30FB: return .neutral
        case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x10800...0x10FFF, 0x1E800...0x1EFFF: return .right
        case 0x200C, 0x200D: return .neutral
        default: return .left
        }
    }

    /// Whether labels may stand in one host name.
    static func permits(_ labels: [[Unicode.Scalar]]) -> Bool {
        let kinds = labels.map { $0.map { kind($0) } }
        guard kinds.contains(where: { $0.contains(.right) || $0.contains(.arabicNumber) }) else { return true }
        return kinds.allSatisfy { label in
            let last = label.last { $0 != .mark }
            switch label.first {
            case .right:
                return !label.contains(.left) && (last == .right || last == .europeanNumber || last == .arabicNumber)
                    && !(label.contains(.europeanNumber) && label.contains(.arabicNumber))
            case .left:
                return !label.contains(.right) && !label.contains(.arabicNumber)
                    && (last == .left || last == .europeanNumber)
            default: return false
            }
        }
    }
}
