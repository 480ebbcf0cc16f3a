/// Unicode in letters, digits and hyphens.
///
/// Source: RFC 3492, sections 5 and 6.
enum Punycode {
    private static let base = 36
    private static let tMin = 1
    private static let tMax = 26

    static func decode(_ text: [UInt8]) -> [Unicode.Scalar]? {
        var output: [Unicode.Scalar] = []
        var rest = text[...]
        if let delimiter = text.lastIndex(of: UInt8(ascii: "-")) {
            output = text[..<delimiter].map { Unicode.Scalar($0) }
            rest = text[(delimiter + 1)...]
        }
        guard !rest.isEmpty, text.count <= 64 else { return nil }
        var code = 128
        var bias = 72
        var position = 0
        while !rest.isEmpty {
            let before = position
            var weight = 1
            var k = base
            while true {
                guard let byte = rest.popFirst() else { return nil }
                let digit: Int
                if ASCII.isLetter(byte) {
                    digit = Int((byte | 0x20) - UInt8(ascii: "a"))
                } else if ASCII.isDigit(byte) {
                    digit = Int(byte - UInt8(ascii: "0")) + 26
                } else {
                    return nil
                }
                position += digit * weight
                guard position < 1 << 40 else { return nil }
                let threshold = min(max(k - bias, tMin), tMax)
                if digit < threshold { break }
                weight *= base - threshold
                guard weight < 1 << 40 else { return nil }
                k += base
            }
            let count = output.count + 1
            bias = adapt(position - before, count: count, isFirst: before == 0)
            code += position / count
            position %= count
            guard code <= 0x10FFFF, let scalar = Unicode.Scalar(UInt32(code)) else { return nil }
            output.insert(scalar, at: position)
            position += 1
        }
        return output
    }

    static func encode(_ scalars: [Unicode.Scalar]) -> [UInt8]? {
        guard scalars.count <= 64 else { return nil }
        var output = scalars.filter(\.isASCII).map { UInt8($0.value) }
        let basic = output.count
        var handled = basic
        if basic > 0 { output.append(UInt8(ascii: "-")) }
        var code = 128
        var delta = 0
        var bias = 72
        while handled < scalars.count {
            guard let next = scalars.map({ Int($0.value) }).filter({ $0 >= code }).min() else { return nil }
            delta += (next - code) * (handled + 1)
            code = next
            for scalar in scalars {
                if Int(scalar.value) < code { delta += 1 }
                guard Int(scalar.value) == code else { continue }
                var rest = delta
                var k = base
                while true {
                    let threshold = min(max(k - bias, tMin), tMax)
                    if rest < threshold { break }
                    output.append(digit(threshold + (rest - threshold) % (base - threshold)))
                    rest = (rest - threshold) / (base - threshold)
                    k += base
                }
                output.append(digit(rest))
                bias = adapt(delta, count: handled + 1, isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            code += 1
        }
        return output
    }

    private static func digit(_ value: Int) -> UInt8 {
        UInt8(value < 26 ? value + 0x61 : value - 26 + 0x30)
    }

    private static func adapt(_ delta: Int, count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var k = 0
        while delta > ((base - tMin) * tMax) / 2 {
            delta /= base - tMin
            k += base
        }
        return k + (base - tMin + 1) * delta / (delta + 38)
    }
}
