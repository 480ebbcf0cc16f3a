import DocumentModel
import JSONSchema

/// Random documents and commands, the same for the same seed.
struct Generator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    mutating func int(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    mutating func chance(_ percent: Int) -> Bool { int(1...100) <= percent }

    mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[int(0...elements.count - 1)]
    }

    // Few letters, so that searches hit, and what trips code that counts in anything but scalars.
    private static let scalars: [Unicode.Scalar] = [
        "a", "b", "c", " ", "e", "\u{301}", "é", "😀", "\u{FFFC}", "\"", "\\", "\n", "\u{1}", "ß", "\u{200D}", "漢",
    ]

    mutating func text(_ length: ClosedRange<Int> = 0...12) -> String {
        var text = ""
        for _ in 0..<int(length) { text.unicodeScalars.append(Self.scalars[int(0...Self.scalars.count - 1)]) }
        return text
    }

    mutating func value(_ depth: Int = 2) -> JSON {
        switch int(0...(depth > 0 ? 7 : 4)) {
        case 0: return nil
        case 1: return .bool(chance(50))
        case 2: return .number(JSONNumber(int(-20...2000)))
        case 3: return 1.5
        case 4: return .string(text(0...4))
        case 5: return .array((0..<int(0...3)).map { _ in value(depth - 1) })
        default: return .object(object(depth - 1))
        }
    }

    mutating func object(_ depth: Int = 2) -> JSONObject {
        var members = JSONObject()
        for _ in 0..<int(0...3) { members[pick(["a", "b", "c", "é", "e\u{301}", "0", "/"]) ?? "a"] = value(depth) }
        return members
    }

    mutating func name() -> String { pick(["spelling", "link", "element"]) ?? "link" }
    mutating func type() -> String { pick(["paragraph", "heading", "list"]) ?? "list" }
    mutating func tag() -> String { pick(["x", "y", "z", "é", "e\u{301}"]) ?? "x" }

    mutating func participant() -> JSON {
        var members: JSONObject = [
            "type": .string(pick(["user", "plugin"]) ?? "user"), "id": .string(pick(["1", "2", "3"]) ?? "1"),
        ]
        if chance(40) { members["name"] = .string(text(1...3)) }
        return .object(members)
    }

    /// A block to insert, perhaps with ids of its own.
    mutating func newBlock(_ depth: Int = 2, id: BlockID? = nil) -> JSON {
        let text = text()
        var members: JSONObject = ["type": .string(type()), "text": .string(text)]
        if let id {
            members["id"] = .string(id.description)
        } else if chance(40) {
            members["id"] = .string(freshBlock().description)
        }
        if chance(50) { members["properties"] = .object(object()) }
        let count = text.unicodeScalars.count
        if count > 0, chance(60) {
            members["annotations"] = .array(
                (0..<int(0...3)).map { _ in
                    let start = int(0...count - 1)
                    var annotation: JSONObject = [
                        "name": .string(name()), "value": value(1), "start": .number(JSONNumber(start)),
                        "end": .number(JSONNumber(int(start + 1...count))),
                    ]
                    if chance(30) { annotation["id"] = .string(AnnotationID(high: 7, low: next()).description) }
                    return .object(annotation)
                }
            )
        }
        if depth > 0, chance(40) {
            members["children"] = .array((0..<int(0...3)).map { _ in newBlock(depth - 1) })
        }
        return .object(members)
    }

    private mutating func freshBlock() -> BlockID { BlockID(high: 7, low: next()) }

    mutating func creation() -> JSON {
        var members: JSONObject = [
            "op": "document.create", "type": "note", "title": .string(text()),
            "blocks": .array((0..<int(0...5)).map { _ in newBlock() }), "properties": .object(object()),
        ]
        var tags: [String] = []
        for _ in 0..<int(0...3) {
            let tag = tag()
            if !tags.contains(where: { $0.utf8.elementsEqual(tag.utf8) }) { tags.append(tag) }
        }
        members["tags"] = .array(tags.map { .string($0) })
        return .object(members)
    }

    /// A command that mostly applies to the document.
    mutating func command(for document: Document) -> JSON {
        var all: [Block] = []
        func collect(_ blocks: [Block]) {
            for block in blocks {
                all.append(block)
                collect(block.children)
            }
        }
        collect(document.blocks)
        guard let block = pick(all) else { return ["op": "block.insert", "block": newBlock()] }
        let count = block.text.unicodeScalars.count
        let target = target(block)
        func id(_ block: Block) -> JSON { .string(block.id.description) }
        switch int(0...25) {
        case 0: return ["op": "document.setTitle", "title": .string(text())]
        case 1, 2: return property(target: nil, in: document.properties)
        case 3, 4: return property(target: target, in: block.properties)
        case 5, 6:
            let placed = place(all)
            return .object(JSONObject([("op", "block.insert"), ("block", newBlock())] + placed))
        case 7:
            var update: JSONObject = ["op": "block.update", "target": target, "properties": .object(object())]
            if chance(50) { update["type"] = .string(type()) }
            return .object(update)
        case 8:
            return [
                "op": "block.replace", "target": ["block": id(block)],
                "block": newBlock(2, id: chance(50) ? block.id : nil),
            ]
        case 9, 10:
            return .object(
                JSONObject([("op", "block.move"), ("target", ["block": id(block)])] + place(all, isRequired: true))
            )
        case 11: return ["op": "block.delete", "target": target]
        case 12, 13, 14:
            return [
                "op": "text.insert", "target": target, "start": .number(JSONNumber(int(0...count))),
                "text": .string(text(0...4)),
            ]
        case 15, 16, 17:
            return .object(
                JSONObject([("op", "text.replace"), ("target", target), ("text", .string(text(0...4)))] + range(block))
            )
        case 18, 19: return .object(JSONObject([("op", "text.delete"), ("target", target)] + range(block)))
        case 20, 21:
            var members = JSONObject(
                [
                    ("op", "annotation.set"), ("target", target), ("name", .string(name())), ("value", value(1)),
                ] + range(block)
            )
            if chance(30), let old = pick(block.annotations) { members["id"] = .string(old.id.description) }
            return .object(members)
        case 22:
            if chance(40), let old = pick(block.annotations) {
                return ["op": "annotation.remove", "target": ["block": id(block)], "id": .string(old.id.description)]
            }
            return ["op": "annotation.remove", "target": target, "name": .string(name())]
        case 23:
            if chance(40), let old = pick(document.comments + all.flatMap(\.comments)) {
                return ["op": "comment.resolve", "comment": .string(old.id.description)]
            }
            return chance(40)
                ? ["op": "comment.add", "text": .string(text(1...5))]
                : ["op": "comment.add", "text": .string(text(1...5)), "target": target]
        case 24:
            if chance(50) { return ["op": .string(chance(60) ? "tag.add" : "tag.remove"), "tag": .string(tag())] }
            return ["op": .string(chance(60) ? "participant.add" : "participant.remove"), "participant": participant()]
        default:
            return ["op": "document.patch", "patch": .array((0..<int(1...3)).map { _ in patchOperation(document) })]
        }
    }

    private mutating func target(_ block: Block) -> JSON {
        if chance(70) { return ["block": .string(block.id.description)] }
        return ["find": ["type": .string(block.type), "limit": .number(JSONNumber(int(1...3)))]]
    }

    private mutating func range(_ block: Block) -> [(key: String, value: JSON)] {
        let scalars = Array(block.text.unicodeScalars)
        let start = int(0...scalars.count)
        let end = int(start...scalars.count)
        if chance(30), start < end {
            let needle = String(String.UnicodeScalarView(scalars[start..<end]))
            return [("find", .string(needle)), ("occurrence", 1)]
        }
        return [("start", .number(JSONNumber(start))), ("end", .number(JSONNumber(end)))]
    }

    private mutating func place(_ blocks: [Block], isRequired: Bool = false) -> [(key: String, value: JSON)] {
        guard let anchor = pick(blocks) else { return [] }
        let id = JSON.string(anchor.id.description)
        switch int(isRequired ? 1...5 : 0...5) {
        case 0: return []
        case 1: return [("after", id)]
        case 2: return [("before", id)]
        case 3: return [("parent", id)]
        case 4: return [("parent", id), ("index", .number(JSONNumber(int(0...anchor.children.count))))]
        default: return [("parent", nil), ("index", 0)]
        }
    }

    private mutating func property(target: JSON?, in members: JSONObject) -> JSON {
        var pointer = ""
        var value: JSON? = .object(members)
        for _ in 0..<int(0...3) {
            switch value {
            case .object(let members):
                pointer += "/" + (pick(members.keys + ["new", "a"]) ?? "a").replacing("/", with: "~1")
            case .array(let elements): pointer += chance(30) ? "/-" : "/\(int(0...elements.count))"
            default: if chance(50) { pointer += "/a" }
            }
            value = (try? JSONPointer(parsing: pointer)).flatMap { JSON.object(members).value(at: $0) }
        }
        var command: JSONObject = [
            "op": .string(chance(60) ? "property.set" : "property.remove"), "pointer": .string(pointer),
        ]
        if command["op"] == "property.set" { command["value"] = pointer.isEmpty ? .object(object()) : self.value() }
        if let target { command["target"] = target }
        return .object(command)
    }

    private mutating func patchOperation(_ document: Document) -> JSON {
        let index = int(0...max(document.blocks.count - 1, 0))
        switch int(0...12) {
        case 0: return ["op": "replace", "path": "/title", "value": .string(text())]
        case 1: return ["op": "add", "path": "/tags/-", "value": .string(tag())]
        case 2: return ["op": "add", "path": "/properties/p", "value": value()]
        case 3: return ["op": "replace", "path": .string("/blocks/\(index)/text"), "value": .string(text(12...14))]
        case 4: return ["op": "add", "path": .string("/blocks/\(index)"), "value": newBlock()]
        case 5: return ["op": "remove", "path": .string("/blocks/\(index)")]
        case 6: return ["op": "move", "from": .string("/blocks/\(index)"), "path": "/blocks/0"]
        case 7: return ["op": "add", "path": .string("/blocks/\(index)/children/0"), "value": newBlock()]
        case 8: return ["op": "remove", "path": .string("/blocks/\(index)/annotations/0")]
        case 9: return ["op": "add", "path": "/comments/-", "value": ["text": .string(text(1...3))]]
        case 10: return ["op": "add", "path": .string("/blocks/\(index)/comments/-"), "value": ["text": "hm"]]
        case 11: return ["op": "replace", "path": .string("/blocks/\(index)/properties"), "value": .object(object())]
        default: return ["op": "add", "path": "/participants/-", "value": participant()]
        }
    }
}
