internal import JSONSchema
internal import PluginHost

/// Where a page of a list ended: opaque to callers.
///
/// Base64url of 1 byte for the list, 8 bytes of position and 2 bytes that catch typing errors and cursors of other lists.
struct PageCursor {
    /// The lists that have pages.
    enum List: UInt8 {
        case documents = 1
        case history = 2
        case audit = 3
        case exchanges = 4
        case proposals = 5
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let byteCount = 11

    let list: List
    let position: Int64

    init(_ list: List, position: Int64) {
        self.list = list
        self.position = position
    }

    /// Reads a cursor.
    ///
    /// - Returns: nil if `text` is no cursor of this list.
    init?(parsing text: String, of list: List) {
        var bytes: [UInt8] = []
        var bits: (value: UInt32, count: Int) = (0, 0)
        for character in text.utf8 {
            guard let digit = Self.alphabet.firstIndex(of: character) else { return nil }
            bits = (bits.value << 6 | UInt32(digit), bits.count + 6)
            guard bits.count >= 8 else { continue }
            bits.count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits.value >> UInt32(bits.count)))
        }
        guard bytes.count == Self.byteCount, bytes[0] == list.rawValue else { return nil }
        self.init(list, position: bytes[1...8].reduce(0) { $0 << 8 | Int64($1) })
        guard self.text == text else { return nil }
    }

    /// The cursor as callers pass it around; 15 characters.
    var text: String {
        var bytes = [list.rawValue]
        withUnsafeBytes(of: position.bigEndian) { bytes.append(contentsOf: $0) }
        var check: UInt32 = 2_166_136_261
        for byte in bytes { check = (check ^ UInt32(byte)) &* 16_777_619 }
        bytes.append(UInt8(truncatingIfNeeded: check >> 24))
        bytes.append(UInt8(truncatingIfNeeded: check >> 8))

        var letters: [UInt8] = []
        var bits: (value: UInt32, count: Int) = (0, 0)
        for byte in bytes {
            bits = (bits.value << 8 | UInt32(byte), bits.count + 8)
            while bits.count >= 6 {
                bits.count -= 6
                letters.append(Self.alphabet[Int(bits.value >> UInt32(bits.count) & 63)])
            }
        }
        if bits.count > 0 { letters.append(Self.alphabet[Int(bits.value << UInt32(6 - bits.count) & 63)]) }
        return String(decoding: letters, as: UTF8.self)
    }
}

extension PageRequest {
    /// The greatest limit of a page.
    static let limits = 1...1000

    /// Everything older than this position is wanted.
    ///
    /// - Throws: ``HostError`` of code `invalid-parameter` if cursor or limit are not of their form.
    func position(in list: PageCursor.List) throws -> Int64 {
        guard Self.limits.contains(limit) else {
            var error = HostError(.invalidParameter, "limit is \(limit); it must be 1 to \(Self.limits.upperBound)")
            error.rule = "limit"
            error.limit = .number(JSONNumber(Self.limits.upperBound))
            error.actual = .number(JSONNumber(limit))
            throw error
        }
        guard let cursor else { return .max }
        guard let parsed = PageCursor(parsing: cursor, of: list) else {
            throw HostError.badCursor(cursor)
        }
        return parsed.position
    }
}
