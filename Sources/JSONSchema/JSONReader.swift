/// Reads one JSON text into a tree.
struct JSONReader {
    /// Beyond this the recursion would endanger a small stack, whatever the limits say.
    private static let depthCeiling = 512

    private let text: UnsafeBufferPointer<UInt8>
    private let limits: JSONLimits
    private var position = 0
    private var depth = 0

    private init(_ text: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
        self.text = text
        self.limits = limits
    }

    static func read(_ bytes: [UInt8], limits: JSONLimits) throws(JSONError) -> JSON {
        let result: Result<JSON, JSONError> = bytes.withUnsafeBufferPointer { text in
            var reader = JSONReader(text, limits: limits)
            do throws(JSONError) {
                return .success(try reader.document())
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private mutating func document() throws(JSONError) -> JSON {
        guard text.count <= limits.sizeBytes else {
            throw error(
                .tooLarge,
                at: 0,
                "the text is too large (bytes)",
                limit: limits.sizeBytes,
                actual: text.count
            )
        }
        if text.count >= 3, text[0] == 0xEF, text[1] == 0xBB, text[2] == 0xBF {
            throw error(.byteOrderMark, at: 0, "the text starts with a byte order mark")
        }
        skipSpace()
        let value = try value()
        skipSpace()
        guard position == text.count else {
            throw error(.trailingContent, at: position, "something follows the value")
        }
        return value
    }

    private mutating func value() throws(JSONError) -> JSON {
        switch peek() {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try literal("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try literal("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try literal("null")
            return .null
        case let byte? where byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
            return .number(try number())
        default: throw unexpected("a value is expected here")
        }
    }

    private mutating func object() throws(JSONError) -> JSON {
        try enter()
        var seen = JSONObject()
        skipSpace()
        if peek() == UInt8(ascii: "}") {
            position += 1
        } else {
            while true {
                skipSpace()
                guard peek() == UInt8(ascii: "\"") else { throw unexpected("a member's name is expected here") }
                let start = position
                let key = try string()
                skipSpace()
                guard peek() == UInt8(ascii: ":") else { throw unexpected("a colon is expected here") }
                position += 1
                skipSpace()
                if limits.duplicateKeys == .refused, seen[key] != nil {
                    throw error(.duplicateKey, at: start, "an object names a member twice", key: key)
                }
                seen[key] = try value()
                skipSpace()
                if peek() == UInt8(ascii: ",") {
                    position += 1
                } else if peek() == UInt8(ascii: "}") {
                    position += 1
                    break
                } else {
                    throw unexpected("a comma or the object's end is expected here")
                }
            }
        }
        depth -= 1
        return .object(seen)
    }

    private mutating func array() throws(JSONError) -> JSON {
        try enter()
        var elements: [JSON] = []
        skipSpace()
        if peek() == UInt8(ascii: "]") {
            position += 1
        } else {
            while true {
                skipSpace()
                elements.append(try value())
                skipSpace()
                if peek() == UInt8(ascii: ",") {
                    position += 1
                } else if peek() == UInt8(ascii: "]") {
                    position += 1
                    break
                } else {
                    throw unexpected("a comma or the array's end is expected here")
                }
            }
        }
        depth -= 1
        return .array(elements)
    }

    private mutating func enter() throws(JSONError) {
        depth += 1
        let limit = min(limits.depth, Self.depthCeiling)
        guard depth <= limit else {
            throw error(
                .tooDeep,
                at: position,
                "arrays and objects are nested too deep",
                limit: limit,
                actual: depth
            )
        }
        position += 1
    }

    private mutating func literal(_ literal: StaticString) throws(JSONError) {
        let expected = UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
        for byte in expected {
            guard peek() == byte else { throw unexpected("\(literal) is expected here") }
            position += 1
        }
    }

    private mutating func number() throws(JSONError) -> JSONNumber {
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
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            position += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        if let next = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) {
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
        guard let number = JSONNumber(grammatical: UnsafeBufferPointer(rebasing: text[start..<position])) else {
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
        while let byte = peek(), byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        guard position > start else {
            if position == text.count { throw unexpected("") }
            throw error(.invalidNumber, at: position, "a digit is expected here")
        }
    }

    private mutating func string() throws(JSONError) -> String {
        let start = position
        position += 1
        var unescaped: [UInt8]?
        var from = position
        while true {
            guard position < text.count else { throw unexpected("") }
            let byte = text[position]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                var bytes = unescaped ?? []
                bytes.append(contentsOf: text[from..<position])
                try escape(into: &bytes)
                unescaped = bytes
                from = position
            } else if byte < 0x20 {
                throw error(.controlCharacter, at: position, "a control character stands unescaped in a string")
            } else if byte < 0x80 {
                position += 1
            } else {
                try scalar()
            }
        }
        let tail = UnsafeBufferPointer(rebasing: text[from..<position])
        position += 1
        let length = tail.count + (unescaped?.count ?? 0)
        guard length <= limits.stringBytes else {
            throw error(
                .stringTooLong,
                at: start,
                "a string is too long (bytes)",
                limit: limits.stringBytes,
                actual: length
            )
        }
        guard var unescaped else { return String(decoding: tail, as: UTF8.self) }
        unescaped.append(contentsOf: tail)
        return String(decoding: unescaped, as: UTF8.self)
    }

    /// Checks a scalar of two to four bytes: no overlong form, no surrogate, nothing above U+10FFFF.
    ///
    /// Source: Unicode, table 3-7 (well-formed UTF-8 byte sequences).
    private mutating func scalar() throws(JSONError) {
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

    private mutating func escape(into bytes: inout [UInt8]) throws(JSONError) {
        let start = position
        position += 1
        guard let letter = peek() else { throw unexpected("") }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(letter)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
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
            bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
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

    private func peek() -> UInt8? { position < text.count ? text[position] : nil }

    private mutating func skipSpace() {
        while position < text.count {
            switch text[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private func unexpected(_ detail: String) -> JSONError {
        position < text.count
            ? error(.unexpectedCharacter, at: position, detail)
            : error(.unexpectedEnd, at: position, "the text ends inside a value")
    }

    /// Lines and columns are counted only once something is wrong.
    private func error(
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
