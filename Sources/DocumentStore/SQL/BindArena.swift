/// Memory that lends values to SQLite while a statement runs.
///
/// Bound values must stay where they are until the statement has run. Copying them here costs less than letting SQLite allocate a copy
/// of each (`SQLITE_TRANSIENT`), and identifiers need no `String`. Used by one thread.
final class BindArena {
    private static let capacity = 64 << 10

    private let start = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 1)
    private var used = 0

    deinit { start.deallocate() }

    /// Copies bytes; nil if they do not fit.
    func keep(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer? {
        guard let memory = reserve(bytes.count) else { return nil }
        if let source = bytes.baseAddress { memory.copyMemory(from: source, byteCount: bytes.count) }
        return UnsafeRawPointer(memory)
    }

    /// Gives room for a value; nil if there is none.
    func reserve(_ count: Int) -> UnsafeMutableRawPointer? {
        guard count <= Self.capacity - used else { return nil }
        defer { used += count }
        return start + used
    }

    /// Forgets everything.
    func clear() { used = 0 }
}
