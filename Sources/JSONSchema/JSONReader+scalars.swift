extension JSONReader {
    /// Reads a number that is more than a short integer.
    mutating func anyNumber() throws(JSONError) -> JSONNumber {
        let start = position
        if peek() == UInt8(ascii: "-") { position += 1 }
        if peek() == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits()
        }
        if peek() == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if let next = peek(), next | 0x20 == UInt8(ascii: "e") {
            position += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        if let next = peek(), next &- 0x30 <= 9 {
            throw error(.invalidNumber, at: position, "a number has no leading zeros")
        }
        guard position - start <= limits.numberBytes else {
            throw error(
                .numberTooLong,
                at: start,
                "a number is too long (bytes)",
                limit: limits.numberBytes,
                actual: position - start
            )
        }
        let bytes = UnsafeRawBufferPointer(rebasing: text[start..<position]).assumingMemoryBound(to: UInt8.self)
        guard let number = JSONNumber(grammatical: bytes) else {
            throw error(
                .exponentTooLarge,
                at: start,
                "a number's power of ten is too large",
                limit: JSONNumber.exponentLimit
            )
        }
        return number
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        while let byte = peek(), byte &- 0x30 <= 9 { position += 1 }
        guard position > start else {
            if position == text.count { throw unexpected("") }
            throw error(.invalidNumber, at: position, "a digit is expected here")
        }
    }

    /// Checks a scalar of two to four bytes: no overlong form, no surrogate, nothing above U+10FFFF.
    ///
    /// Source: Unicode, table 3-7 (well-formed UTF-8 byte sequences).
    mutating func scalar() throws(JSONError) {
        let first = text[position]
        let count: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: count = 2
        case 0xE0:
            count = 3
            second = 0xA0...0xBF
        case 0xED:
            count = 3
            second = 0x80...0x9F
        case 0xE1...0xEF: count = 3
        case 0xF0:
            count = 4
            second = 0x90...0xBF
        case 0xF1...0xF3: count = 4
        case 0xF4:
            count = 4
            second = 0x80...0x8F
        default: throw error(.invalidEncoding, at: position, "the bytes are not UTF-8")
        }
        guard position + count <= text.count, second.contains(text[position + 1]),
            count < 3 || text[position + 2] & 0xC0 == 0x80, count < 4 || text[position + 3] & 0xC0 == 0x80
        else { throw error(.invalidEncoding, at: position, "the bytes are not UTF-8") }
        position += count
    }

    /// Reads an escape and appends what it stands for.
    mutating func escape() throws(JSONError) {
        let start = position
        position += 1
        guard let letter = peek() else { throw unexpected("") }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(letter)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal(from: start)
            if (0xD800...0xDFFF).contains(code) {
                guard code < 0xDC00, position + 1 < text.count, text[position] == UInt8(ascii: "\\"),
                    text[position + 1] == UInt8(ascii: "u")
                else { throw error(.loneSurrogate, at: start, "half of a surrogate pair is escaped alone") }
                position += 2
                let low = try hexadecimal(from: position - 2)
                guard (0xDC00...0xDFFF).contains(low) else {
                    throw error(.loneSurrogate, at: start, "half of a surrogate pair is escaped alone")
                }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else {
                throw error(.loneSurrogate, at: start, "half of a surrogate pair is escaped alone")
            }
            unescaped.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default: throw error(.invalidEscape, at: start, "an escape is unknown")
        }
    }

    private mutating func hexadecimal(from start: Int) throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek() else { throw unexpected("") }
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): code = code << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): code = code << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): code = code << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: throw error(.invalidEscape, at: start, "\\u is followed by four hexadecimal digits")
            }
            position += 1
        }
        return code
    }

    @inline(__always)
    func peek() -> UInt8? { position < text.count ? text[position] : nil }

    /// Goes to the next byte that is no white space and returns it, or `nil` at the end.
    @inline(__always)
    mutating func skipSpace() -> UInt8? {
        while position < text.count {
            let byte = text[position]
            if byte > 0x20 { return byte }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position += 1
        }
        return nil
    }

    func unexpected(_ detail: String) -> JSONError {
        position < text.count
            ? error(.unexpectedCharacter, at: position, detail)
            : error(.unexpectedEnd, at: position, "the text ends inside a value")
    }

    /// Makes an error; lines and columns are counted only now that something is wrong.
    func error(
        _ code: JSONError.Code,
        at offset: Int,
        _ detail: String,
        limit: Int? = nil,
        actual: Int? = nil,
        key: String? = nil
    ) -> JSONError {
        var line = 1
        var column = 1
        for byte in text[..<offset] {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return JSONError(
            code,
            offset: offset,
            line: line,
            column: column,
            detail: detail,
            limit: limit,
            actual: actual,
            key: key
        )
    }
}
