/// The Unicode properties that `\p{…}` names.
///
/// General categories and the binary properties that Swift's standard library knows, and no scripts:
/// it has no table of them.
///
/// Source: ECMA-262, section 22.2.1.9 (tables of property names).
enum UnicodeProperty {
    /// The code points of a property.
    ///
    /// - Parameter name: a general category, alone or after `General_Category=` or `gc=`, or a binary property.
    /// - Returns: `nil` if it is unknown.
    static func set(named name: String) -> ScalarSet? {
        var category = name
        for prefix in ["General_Category=", "gc="] where name.hasPrefix(prefix) {
            category = String(name.dropFirst(prefix.count))
        }
        if let members = categories[category] {
            // One walk over all code points, remembered: the sets of 30 categories are small.
            var ranges: [ClosedRange<UInt32>] = []
            for member in members { ranges += byCategory[member]?.ranges ?? [] }
            return ScalarSet(ranges)
        }
        guard category == name else { return nil }
        switch name {
        case "Any": return .all
        case "ASCII": return ScalarSet([0...0x7F])
        case "Assigned": return byCategory[.unassigned]?.inverted
        default:
            guard let isMember = binary[name] else { return nil }
            return ScalarSet(where: { isMember($0.properties) })
        }
    }

    private static let byCategory: [Unicode.GeneralCategory: ScalarSet] = {
        var ranges: [Unicode.GeneralCategory: [ClosedRange<UInt32>]] = [:]
        var start: UInt32 = 0
        var current = Unicode.GeneralCategory.control
        for value in UInt32(0)...0x10FFFF {
            let category = Unicode.Scalar(value)?.properties.generalCategory ?? .surrogate
            if category != current {
                ranges[current, default: []].append(start...value - 1)
                start = value
                current = category
            }
        }
        ranges[current, default: []].append(start...0x10FFFF)
        return ranges.mapValues { ScalarSet($0) }
    }()

    private static let categories: [String: [Unicode.GeneralCategory]] = {
        let single: [(String, String, Unicode.GeneralCategory)] = [
            ("Lu", "Uppercase_Letter", .uppercaseLetter), ("Ll", "Lowercase_Letter", .lowercaseLetter),
            ("Lt", "Titlecase_Letter", .titlecaseLetter), ("Lm", "Modifier_Letter", .modifierLetter),
            ("Lo", "Other_Letter", .otherLetter), ("Mn", "Nonspacing_Mark", .nonspacingMark),
            ("Mc", "Spacing_Mark", .spacingMark), ("Me", "Enclosing_Mark", .enclosingMark),
            ("Nd", "Decimal_Number", .decimalNumber), ("Nl", "Letter_Number", .letterNumber),
            ("No", "Other_Number", .otherNumber), ("Pc", "Connector_Punctuation", .connectorPunctuation),
            ("Pd", "Dash_Punctuation", .dashPunctuation), ("Ps", "Open_Punctuation", .openPunctuation),
            ("Pe", "Close_Punctuation", .closePunctuation), ("Pi", "Initial_Punctuation", .initialPunctuation),
            ("Pf", "Final_Punctuation", .finalPunctuation), ("Po", "Other_Punctuation", .otherPunctuation),
            ("Sm", "Math_Symbol", .mathSymbol), ("Sc", "Currency_Symbol", .currencySymbol),
            ("Sk", "Modifier_Symbol", .modifierSymbol), ("So", "Other_Symbol", .otherSymbol),
            ("Zs", "Space_Separator", .spaceSeparator), ("Zl", "Line_Separator", .lineSeparator),
            ("Zp", "Paragraph_Separator", .paragraphSeparator), ("Cc", "Control", .control), ("Cf", "Format", .format),
            ("Cs", "Surrogate", .surrogate), ("Co", "Private_Use", .privateUse), ("Cn", "Unassigned", .unassigned),
        ]
        var result: [String: [Unicode.GeneralCategory]] = [:]
        for (short, long, category) in single {
            result[short] = [category]
            result[long] = [category]
            result[String(short.prefix(1)), default: []].append(category)
        }
        result["LC"] = [.uppercaseLetter, .lowercaseLetter, .titlecaseLetter]
        for (long, short) in [
            ("Letter", "L"), ("Mark", "M"), ("Combining_Mark", "M"), ("Number", "N"), ("Punctuation", "P"),
            ("punct", "P"),
            ("Symbol", "S"), ("Separator", "Z"), ("Other", "C"), ("Cased_Letter", "LC"), ("digit", "Nd"),
            ("cntrl", "Cc"),
        ] { result[long] = result[short] }
        return result
    }()

    private static let binary: [String: @Sendable (Unicode.Scalar.Properties) -> Bool] = {
        let table: [(String, String, @Sendable (Unicode.Scalar.Properties) -> Bool)] = [
            ("Alphabetic", "Alpha", { $0.isAlphabetic }), ("ASCII_Hex_Digit", "AHex", { $0.isASCIIHexDigit }),
            ("Bidi_Control", "Bidi_C", { $0.isBidiControl }), ("Bidi_Mirrored", "Bidi_M", { $0.isBidiMirrored }),
            ("Case_Ignorable", "CI", { $0.isCaseIgnorable }), ("Cased", "Cased", { $0.isCased }),
            ("Dash", "Dash", { $0.isDash }), ("Diacritic", "Dia", { $0.isDiacritic }),
            ("Default_Ignorable_Code_Point", "DI", { $0.isDefaultIgnorableCodePoint }),
            ("Emoji", "Emoji", { $0.isEmoji }), ("Emoji_Modifier", "EMod", { $0.isEmojiModifier }),
            ("Emoji_Modifier_Base", "EBase", { $0.isEmojiModifierBase }),
            ("Emoji_Presentation", "EPres", { $0.isEmojiPresentation }), ("Extender", "Ext", { $0.isExtender }),
            ("Grapheme_Base", "Gr_Base", { $0.isGraphemeBase }), ("Grapheme_Extend", "Gr_Ext", { $0.isGraphemeExtend }),
            ("Hex_Digit", "Hex", { $0.isHexDigit }), ("ID_Continue", "IDC", { $0.isIDContinue }),
            ("ID_Start", "IDS", { $0.isIDStart }), ("Ideographic", "Ideo", { $0.isIdeographic }),
            ("Join_Control", "Join_C", { $0.isJoinControl }), ("Lowercase", "Lower", { $0.isLowercase }),
            ("Math", "Math", { $0.isMath }), ("Pattern_Syntax", "Pat_Syn", { $0.isPatternSyntax }),
            ("Pattern_White_Space", "Pat_WS", { $0.isPatternWhitespace }),
            ("Quotation_Mark", "QMark", { $0.isQuotationMark }), ("Radical", "Radical", { $0.isRadical }),
            ("Soft_Dotted", "SD", { $0.isSoftDotted }), ("Unified_Ideograph", "UIdeo", { $0.isUnifiedIdeograph }),
            ("Uppercase", "Upper", { $0.isUppercase }), ("Variation_Selector", "VS", { $0.isVariationSelector }),
            ("White_Space", "space", { $0.isWhitespace }), ("XID_Continue", "XIDC", { $0.isXIDContinue }),
            ("XID_Start", "XIDS", { $0.isXIDStart }),
        ]
        var result: [String: @Sendable (Unicode.Scalar.Properties) -> Bool] = [:]
        for (long, short, isMember) in table {
            result[long] = isMember
            result[short] = isMember
        }
        return result
    }()
}
