/// A compiled schema as flat tables without references, which a ``Machine`` runs over a tape.
///
/// Sendable although unchecked: the tables are written by `init` alone and freed by `deinit` alone.
final class MachineCode: @unchecked Sendable {
    /// One check, whose operands mean what its ``Operation`` says.
    struct Instruction {
        var operation: Operation
        /// Whether `value` is the bound, so that integers need no exact decimals.
        var isInteger = false
        var a: Int32 = 0
        var b: Int32 = 0
        var c: Int32 = 0
        var value: Int64 = 0
    }

    enum Operation: UInt8 {
        /// The number must have no fraction.
        case integer
        /// Applies the schema `a` to the same value.
        case call
        /// Checks the members by the object table `a`.
        case object
        /// Applies the schemas `a..<a+b` of the list to the first elements, and `c` to the rest unless it is negative.
        case elements
        /// The string must be the one of the string table `a`.
        case strings
        /// The value must be among the constants `a..<a+b`.
        case constants
        /// The number is compared with the number `a`.
        case maximum
        case exclusiveMaximum
        case minimum
        case exclusiveMinimum
        case multipleOf
        /// A count is compared with `value`.
        case maxLength
        case minLength
        case maxCount
        case minCount
        /// The pattern or format `a`.
        case pattern
        case format
        case uniqueItems
        /// The member `a` of the names requires the names `b..<b+c`.
        case dependentRequired
        /// The member `a` of the names requires the schema `b`.
        case dependentSchema
        /// The schemas `a..<a+b` of the list.
        case anyOf
        case oneOf
        /// The dispatch table `a`, or else the schemas `b..<b+c` of the list; `value` is 1 for `oneOf`.
        case dispatch
        case not
        /// If `a` holds then `b`, otherwise `c`; negative ones are not there.
        case conditional
        /// At least `b` and at most `value` elements match the schema `a`.
        case contains
        /// Applies the schema `a` to each name.
        case propertyNames
        /// Applies the schema `a` to what is not marked.
        case unevaluatedItems
        case unevaluatedProperties
    }

    /// What a schema checks of one kind of value.
    struct Block {
        /// Negative if it allows no value of the kind.
        var start: Int32
        var count: Int32
        var needsMarks: Bool
        /// Whether it only holds checks of a string or number, which need no bookkeeping.
        var isScalar = false
    }

    /// A name in an open hash table.
    struct Slot {
        /// As in a string's entry.
        var payload: UInt64 = 0
        /// Where its bytes are, or -1 if the slot is free.
        var name: Int32 = -1
        /// What the name leads to, or -1.
        var target: Int32 = -1
        /// Whether an object must have it.
        var isRequired = false
    }

    /// A hash table: slots from `start`, as many as `mask` says, a power of two.
    struct Table {
        var start: Int32 = 0
        var mask: Int32 = 0
    }

    struct ObjectTable {
        var table = Table()
        /// How many names are required; the slots say which.
        var requiredCount: Int32 = 0
        var patternStart: Int32 = 0
        var patternCount: Int32 = 0
        /// The schema for members that nothing else is for, -1 for none, -2 for one that allows nothing.
        var additional: Int32 = -1
    }

    struct DispatchTable {
        var table = Table()
        /// The member that chooses, in the names.
        var key: Int32
        var isRequired: Bool
    }

    struct Name {
        var payload: UInt64
        var start: Int32
    }

    struct PatternEntry {
        var pattern: Int32
        var schema: Int32
    }

    let root: Int32
    let limits: SchemaLimits
    let blocks: UnsafeBufferPointer<Block>
    let instructions: UnsafeBufferPointer<Instruction>
    let objects: UnsafeBufferPointer<ObjectTable>
    let dispatches: UnsafeBufferPointer<DispatchTable>
    let slots: UnsafeBufferPointer<Slot>
    let names: UnsafeBufferPointer<Name>
    let list: UnsafeBufferPointer<Int32>
    let patternEntries: UnsafeBufferPointer<PatternEntry>
    /// The bytes of all names, with eight more at the end so that whole words can be read.
    let bytes: UnsafeBufferPointer<UInt8>
    let patternTables: UnsafeBufferPointer<Pattern.Table>
    let patterns: [Pattern]
    let formats: [Format]
    let constants: [JSON]
    let numbers: [JSONNumber]

    /// Writes the tables.
    ///
    /// - Throws: ``SchemaError`` if too many names are too much alike for a hash table.
    init(_ program: SchemaProgram) throws(SchemaError) {
        var assembler = MachineAssembler(program)
        assembler.assemble()
        guard assembler.isWhole else {
            throw SchemaError(
                .tooLarge,
                at: program.subschemas[program.root].location,
                "the schema has too many names that begin and end alike"
            )
        }
        root = Int32(program.root)
        limits = program.limits
        blocks = Self.copy(assembler.blocks)
        instructions = Self.copy(assembler.instructions)
        objects = Self.copy(assembler.objects)
        dispatches = Self.copy(assembler.dispatches)
        slots = Self.copy(assembler.slots)
        names = Self.copy(assembler.names)
        list = Self.copy(assembler.list)
        patternEntries = Self.copy(assembler.patternEntries)
        bytes = Self.copy(assembler.bytes + [UInt8](repeating: 0, count: 8))
        patternTables = Self.copy(assembler.patterns.map(\.table))
        patterns = assembler.patterns
        formats = assembler.formats
        constants = assembler.constants
        numbers = assembler.numbers
    }

    deinit {
        blocks.deallocate()
        instructions.deallocate()
        objects.deallocate()
        dispatches.deallocate()
        slots.deallocate()
        names.deallocate()
        list.deallocate()
        patternEntries.deallocate()
        bytes.deallocate()
        patternTables.deallocate()
    }

    private static func copy<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeBufferPointer<Element> {
        let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = buffer.initialize(from: elements)
        return UnsafeBufferPointer(buffer)
    }
}

extension MachineCode.Operation {
    /// Whether it looks at one string or number only.
    var isScalar: Bool {
        switch self {
        case .integer, .strings, .maximum, .exclusiveMaximum, .minimum, .exclusiveMinimum, .maxLength, .minLength,
            .pattern:
            true
        default: false
        }
    }
}
