/// JSON Pointers as texts.
enum PointerFormats {
    /// Source: RFC 6901, section 3.
    static func isPointer(_ text: some Collection<UInt8>) -> Bool {
        guard let first = text.first else { return true }
        guard first == UInt8(ascii: "/") else { return false }
        var isEscape = false
        for byte in text {
            if isEscape {
                guard byte == UInt8(ascii: "0") || byte == UInt8(ascii: "1") else { return false }
                isEscape = false
            } else {
                isEscape = byte == UInt8(ascii: "~")
            }
        }
        return !isEscape
    }

    /// Source: draft-bhutton-relative-json-pointer-00, section 3.
    static func isRelativePointer(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var scanner = TextScanner(text)
        let digits = scanner.takeAll(where: ASCII.isDigit)
        guard digits > 0, digits == 1 || text[0] != UInt8(ascii: "0") else { return false }
        if scanner.take("#") { return scanner.isAtEnd }
        return isPointer(text[scanner.position...])
    }
}
