/// The answer of a lookup.
struct NameAnswer: Sendable {
    let name: String
    let answer: NameLookup.Answer
}

/// A question for the addresses of a name, by a caller that sends nothing.
struct NameQuestion: Sendable {
    let url: WebURL
    let askedAt = MonotonicTime.now
    let deliver: @Sendable (Result<[IPAddress], CurlError>) -> Void
}

/// What is known of names, who waits for which, and until when.
///
/// A value without threads or clocks: the loop passes the time in and does what the answers say.
struct NameTable {
    /// Times in microseconds.
    struct Settings: Sendable {
        /// How long a lookup may take before those who wait for it give up.
        var deadline = 5_000_000
        /// How long an answer is used; for as long again it is used while a new one is sought.
        var lifetime = 30_000_000
        /// How long a failure is remembered.
        var failureLifetime = 2_000_000
        /// How many names are remembered.
        var limit = 4_096
    }

    enum Waiter {
        case transfer(Transfer, Target)
        case question(NameQuestion)
    }

    /// What to do for one who needs a name.
    enum Step {
        /// Use these addresses; `isStale` asks to start a lookup beside.
        case use(addresses: [IPAddress], generation: Int, isStale: Bool)
        case fail(String)
        /// Wait; `isNew` asks to start a lookup.
        case wait(isNew: Bool)
    }

    struct Parked {
        let waiter: Waiter
        let since: Int
        let giveUpAt: Int
    }

    private struct Entry {
        var answer: NameLookup.Answer?
        var validUntil = 0
        var isSought = false
        var generation = 0
        var parked: [Parked] = []
    }

    private let settings: Settings
    private var entries: [String: Entry] = [:]
    private var nextGeneration = 1
    /// How many names are known.
    var count: Int { entries.count }

    /// How many wait.
    private(set) var parkedCount = 0

    init(_ settings: Settings) {
        self.settings = settings
    }

    /// Looks up what is known; one that must wait is to be parked.
    mutating func step(for name: String, now: Int) -> Step {
        if let entry = entries[name] {
            switch entry.answer {
            case .addresses(let addresses) where now < entry.validUntil + settings.lifetime:
                let isStale = now >= entry.validUntil && !entry.isSought
                if isStale { entries[name]?.isSought = true }
                return .use(addresses: addresses, generation: entry.generation, isStale: isStale)
            case .failure(let text) where now < entry.validUntil: return .fail(text)
            default: break
            }
            let isNew = !entry.isSought
            entries[name]?.isSought = true
            return .wait(isNew: isNew)
        }
        makeRoom(now: now)
        entries[name] = Entry(isSought: true)
        return .wait(isNew: true)
    }

    mutating func park(_ waiter: Waiter, for name: String, now: Int, until deadline: Int) {
        let parked = Parked(waiter: waiter, since: now, giveUpAt: min(deadline, now + settings.deadline))
        entries[name, default: Entry()].parked.append(parked)
        parkedCount += 1
    }

    /// Takes an answer and returns who waited for it, and what to tell them (which holds for them however old it is).
    mutating func take(_ answer: NameAnswer, now: Int) -> (parked: [Parked], step: Step) {
        var entry = entries[answer.name] ?? Entry()
        entry.isSought = false
        switch (answer.answer, entry.answer) {
        case (.failure, .addresses) where now < entry.validUntil + settings.lifetime:
            // A passing failure does not take away what still may be used.
            break
        default:
            if entry.answer != answer.answer || entry.generation == 0 {
                entry.generation = nextGeneration
                nextGeneration += 1
            }
            entry.answer = answer.answer
            if case .failure = answer.answer {
                entry.validUntil = now + settings.failureLifetime
            } else {
                entry.validUntil = now + settings.lifetime
            }
        }
        let parked = entry.parked
        entry.parked = []
        entries[answer.name] = entry
        parkedCount -= parked.count
        switch entry.answer {
        case .addresses(let addresses)?:
            return (parked, .use(addresses: addresses, generation: entry.generation, isStale: false))
        case .failure(let text)?: return (parked, .fail(text))
        case nil: return (parked, .fail("no answer"))
        }
    }

    /// The lookup of a name could not be started.
    mutating func abandon(_ name: String) {
        entries[name]?.isSought = false
    }

    /// Returns who has waited too long.
    mutating func expire(now: Int) -> [Parked] {
        remove { $0.giveUpAt <= now }
    }

    /// Returns everybody who waits.
    mutating func removeAll() -> [Parked] {
        remove { _ in true }
    }

    private mutating func remove(where isOver: (Parked) -> Bool) -> [Parked] {
        guard parkedCount > 0 else { return [] }
        var removed: [Parked] = []
        for (name, entry) in entries where entry.parked.contains(where: isOver) {
            removed += entry.parked.filter(isOver)
            entries[name]?.parked.removeAll(where: isOver)
        }
        parkedCount -= removed.count
        return removed
    }

    private mutating func makeRoom(now: Int) {
        guard entries.count >= settings.limit else { return }
        entries = entries.filter { $0.value.isSought || !$0.value.parked.isEmpty || $0.value.validUntil > now }
        guard entries.count >= settings.limit else { return }
        entries = entries.filter { $0.value.isSought || !$0.value.parked.isEmpty }
    }
}
