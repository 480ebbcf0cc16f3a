import DocumentModel
import JSONSchema

/// Names things by counting, so that tests know the names beforehand.
///
/// Unchecked: each is used by one test, which does one thing after the other.
final class Counter: @unchecked Sendable {
    var value: UInt64

    init(from start: UInt64 = 1) { value = start }

    var ids: IdentifierSource {
        IdentifierSource { [self] in
            defer { value += 1 }
            return (1, value)
        }
    }
}

let alice = Actor(kind: .user, id: "usr_alice", name: "Alice")
let bob = Actor(kind: .plugin, id: "plg_bob")

func context(
    _ actor: Actor = alice,
    at milliseconds: Int64 = 1_764_000_000_000,
    ids: IdentifierSource = .system,
    limits: DocumentLimits = .default
) -> ApplyContext {
    ApplyContext(
        actor: actor,
        time: Timestamp(millisecondsSince1970: milliseconds),
        ids: ids,
        limits: limits
    )
}

func block(_ number: UInt64) -> BlockID { BlockID(high: 1, low: number) }
func annotation(_ number: UInt64) -> AnnotationID { AnnotationID(high: 1, low: number) }
func comment(_ number: UInt64) -> CommentID { CommentID(high: 1, low: number) }

/// A note with paragraphs of these texts, as the blocks 1, 2, 3 and so on.
func note(_ texts: String..., title: String = "Note") throws -> Document {
    let blocks = texts.enumerated().map { index, text in
        NewBlock(id: block(UInt64(index + 1)), type: "paragraph", text: text)
    }
    let create = Command.DocumentCreate(
        type: "note",
        title: title,
        blocks: blocks,
        id: DocumentID(high: 1, low: 0)
    )
    return try DocumentModel.apply([Command(.documentCreate(create))], to: nil, context: context(at: 1)).document
}

/// Reads commands as a plugin sends them.
func commands(_ json: JSON) throws -> [Command] {
    var commands: [Command] = []
    for (index, json) in (json.arrayValue ?? [json]).enumerated() {
        commands.append(try Command(json: json, index: index))
    }
    return commands
}

extension Document {
    /// Applies commands as a plugin sends them.
    func applying(_ json: JSON, _ context: ApplyContext = context(bob)) throws -> Change {
        try DocumentModel.apply(try commands(json), to: self, context: context)
    }

    var texts: [String] { blocks.map(\.text) }
}

/// The error that a piece of code throws, if it is one of a command.
func commandError<Result>(_ body: () throws -> Result) -> CommandError? {
    do {
        _ = try body()
        return nil
    } catch { return error as? CommandError }
}

/// The JSON form of a document as a value.
func json(_ document: Document) throws -> JSON { try JSON(parsing: document.serialized()) }
