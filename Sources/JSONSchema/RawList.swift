/// A growing list of plain values without what an array does at each step: nobody else has a copy of it.
///
/// Whoever makes one calls ``deallocate()`` once.
struct RawList<Element: BitwiseCopyable> {
    private var base: UnsafeMutablePointer<Element>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
        base = .allocate(capacity: self.capacity)
    }

    @inline(__always)
    mutating func append(_ element: Element) {
        if count == capacity { grow() }
        (base + count).initialize(to: element)
        count &+= 1
    }

    @inline(__always)
    subscript(position: Int) -> Element {
        get {
            precondition(position >= 0 && position < count)
            return base[position]
        }
        nonmutating _modify {
            precondition(position >= 0 && position < count)
            yield &base[position]
        }
    }

    @inline(__always)
    mutating func removeLast(_ number: Int) {
        precondition(number >= 0 && number <= count)
        count &-= number
    }

    var elements: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: base, count: count) }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        larger.initialize(from: base, count: count)
        base.deallocate()
        base = larger
        capacity *= 2
    }

    func deallocate() { base.deallocate() }
}
