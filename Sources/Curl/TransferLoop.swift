internal import CCurl
internal import Synchronization

/// The thread that owns libcurl's multi handle and every easy handle.
///
/// Not `Sendable`: made by one thread, then given to its own, which runs ``run()`` and is the only one to touch it.
///
/// Sockets are watched by epoll and libcurl is told which are ready, instead of `curl_multi_poll` and
/// `curl_multi_perform`: these look at each transfer under way every time, so a thousand that hang would slow down all
/// others.
final class TransferLoop {
    private let multi: UnsafeMutableRawPointer
    private let mailbox: Mailbox
    /// Judges URLs and the answers of names.
    private let guardian: AddressGuard
    /// Judges each socket; the same but in tests.
    private let socketGuardian: AddressGuard
    private let lookups: LookupPool
    private let poller: Poller
    private var names: NameTable

    private var work = Mailbox.Work()
    private var active: [EasyHandle] = []
    private var idle: [EasyHandle] = []
    private var targets: [String: Result<Target, CurlError>] = [:]
    private var finishedCount = 0
    private var connectionLimit = ConnectionLimit()
    /// When libcurl wants to be called though no socket is ready.
    private var timerAt: Int?
    private var nextSweepAt = 0
    private var hasEnded = false

    private static let idleLimit = 256
    private static let targetLimit = 8_192
    /// How often deadlines are looked at that libcurl does not keep.
    private static let sweepInterval = 50_000
    /// How much later than libcurl's own deadline we end a transfer that it forgot.
    private static let grace = 100_000

    private init(
        multi: UnsafeMutableRawPointer,
        poller: Poller,
        mailbox: Mailbox,
        guardian: AddressGuard,
        socketGuardian: AddressGuard,
        lookups: LookupPool,
        names: NameTable.Settings
    ) {
        self.multi = multi
        self.poller = poller
        self.mailbox = mailbox
        self.guardian = guardian
        self.socketGuardian = socketGuardian
        self.lookups = lookups
        self.names = NameTable(names)
    }

    deinit {
        // Only if it was never run.
        if !hasEnded { curl_multi_cleanup(multi) }
    }

    private static let libraryIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    static func open(
        mailbox: Mailbox,
        guardian: AddressGuard,
        socketGuardian: AddressGuard,
        lookups: LookupPool,
        names: NameTable.Settings
    ) throws(CurlError) -> TransferLoop {
        guard libraryIsReady else { throw CurlError(.other, "libcurl could not be set up") }
        let poller = try Poller.open()
        guard let multi = curl_multi_init() else { throw CurlError(.other, "libcurl has no memory for a multi handle") }
        let loop = TransferLoop(
            multi: multi,
            poller: poller,
            mailbox: mailbox,
            guardian: guardian,
            socketGuardian: socketGuardian,
            lookups: lookups,
            names: names
        )
        let this = Unmanaged.passUnretained(loop).toOpaque()
        try ccurl_multi_set_socket_callback(multi, socketCallback).check()
        try ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, this).check()
        try ccurl_multi_set_timer_callback(multi, timerCallback).check()
        try ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, this).check()
        try ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX)).check()
        loop.connectionLimit.follow(active: 0, of: multi)
        poller.want(mailbox.bell, ccurl_readable)
        return loop
    }

    /// Works until the mailbox is closed, then frees everything.
    func run() {
        while true {
            let mayWait = timeUntilNextDuty()
            work.removeAll()
            let hadWork = mailbox.take(into: &work, finished: finishedCount, maySleep: mayWait != 0)
            finishedCount = 0
            if hadWork {
                if work.isClosing { break }
                takeWork()
            }
            runTimer()
            poller.wait(milliseconds: hadWork ? 0 : mayWait) { socket, events in
                if socket == mailbox.bell {
                    ccurl_waker_clear(socket)
                } else {
                    act(on: socket, Self.selection(events))
                }
            }
            runTimer()
            collect()
            sweep()
        }
        end()
    }

    // Called back by libcurl.

    fileprivate func watch(_ socket: Int32, _ what: Int32) {
        switch what {
        case CURL_POLL_IN: poller.want(socket, ccurl_readable)
        case CURL_POLL_OUT: poller.want(socket, ccurl_writable)
        case CURL_POLL_INOUT: poller.want(socket, ccurl_readable | ccurl_writable)
        default: poller.want(socket, 0)
        }
    }

    fileprivate func setTimer(milliseconds: Int) {
        timerAt = milliseconds < 0 ? nil : MonotonicTime.now + milliseconds * 1_000
    }

    // Work.

    private func takeWork() {
        let now = MonotonicTime.now
        for answer in work.answers { take(answer) }
        for transfer in work.submitted {
            transfer.startedAt = now
            begin(transfer)
        }
        for question in work.questions { begin(question, now: now) }
        for transfer in work.cancelled { cancel(transfer) }
    }

    private func begin(_ transfer: Transfer) {
        guard !transfer.isCancelled.load(ordering: .relaxed) else {
            finish(transfer, .failure(Self.cancelled(transfer)))
            return
        }
        do throws(CurlError) {
            let target = try target(for: transfer.request.url)
            guard let name = target.name else { return try start(transfer, target, pin: nil) }
            let now = MonotonicTime.now
            let step = names.step(for: name, now: now)
            if case .wait(let isNew) = step {
                let connectBy = now + transfer.request.connectTimeout.inMicroseconds
                let deadline = min(transfer.deadline, connectBy)
                names.park(.transfer(transfer, target), for: name, now: now, until: deadline)
                if isNew { seek(name) }
            } else {
                try go(on: transfer, target, step, name: name)
            }
        } catch {
            finish(transfer, .failure(error.with(transfer.timingsWithoutHandle)))
        }
    }

    /// Starts a transfer whose name is known, or known not to be.
    private func go(on transfer: Transfer, _ target: Target, _ step: NameTable.Step, name: String) throws(CurlError) {
        switch step {
        case .use(let addresses, let generation, let isStale):
            if isStale { seek(name) }
            let pin = try pin(target, addresses, generation: generation)
            try start(transfer, target, pin: pin)
        case .fail(let text):
            throw CurlError(.dns, "\(name) was not found: \(text)")
        case .wait: break
        }
    }

    private func start(_ transfer: Transfer, _ target: Target, pin: String?) throws(CurlError) {
        let handle = try acquire(tls: transfer.request.tls)
        do {
            try handle.prepare(transfer, for: target, pin: pin)
            try curl_multi_add_handle(multi, handle.raw).check()
        } catch {
            // The list of pins was perhaps not read: it has to be given again.
            target.vetted = nil
            recycle(handle)
            throw error
        }
        transfer.handle = handle
        handle.slot = active.count
        active.append(handle)
        connectionLimit.follow(active: active.count, of: multi)
    }

    private func target(for text: String) throws(CurlError) -> Target {
        if let known = targets[text] { return try known.get() }
        let result: Result<Target, CurlError>
        do throws(CurlError) {
            result = .success(Target(try guardian.check(url: text)))
        } catch {
            result = .failure(error)
        }
        if targets.count >= Self.targetLimit { targets.removeAll(keepingCapacity: true) }
        targets[text] = result
        return try result.get()
    }

    // Names.

    /// Vets an answer and returns the pin if libcurl has not got it yet.
    private func pin(_ target: Target, _ addresses: [IPAddress], generation: Int) throws(CurlError) -> String? {
        if let vetted = target.vetted, vetted.generation == generation { return nil }
        let vetted = try guardian.vet(addresses, for: target.url)
        target.vetted = (generation, vetted)
        return target.pin(vetted)
    }

    private func seek(_ name: String) {
        if !lookups.start(name, answerTo: mailbox) { names.abandon(name) }
    }

    private func begin(_ question: NameQuestion, now: Int) {
        guard case .name(let name) = question.url.host else {
            question.deliver(.success([]))
            return
        }
        let step = names.step(for: name, now: now)
        if case .wait(let isNew) = step {
            names.park(.question(question), for: name, now: now, until: .max)
            if isNew { seek(name) }
        } else {
            answer(question, step, name: name)
        }
    }

    private func answer(_ question: NameQuestion, _ step: NameTable.Step, name: String) {
        switch step {
        case .use(let addresses, _, let isStale):
            if isStale { seek(name) }
            question.deliver(vet(addresses, for: question.url))
        case .fail(let text):
            question.deliver(.failure(CurlError(.dns, "\(name) was not found: \(text)")))
        case .wait: break
        }
    }

    private func vet(_ addresses: [IPAddress], for url: WebURL) -> Result<[IPAddress], CurlError> {
        do throws(CurlError) {
            return .success(try guardian.vet(addresses, for: url))
        } catch {
            return .failure(error)
        }
    }

    private func take(_ answer: NameAnswer) {
        let now = MonotonicTime.now
        let (parked, step) = names.take(answer, now: now)
        for parked in parked {
            switch parked.waiter {
            case .transfer(let transfer, let target):
                guard !transfer.isDone else { continue }
                transfer.lookupTime = now - parked.since
                do throws(CurlError) {
                    try go(on: transfer, target, step, name: answer.name)
                } catch {
                    finish(transfer, .failure(error.with(transfer.timingsWithoutHandle)))
                }
            case .question(let question):
                self.answer(question, step, name: answer.name)
            }
        }
    }

    private func giveUp(_ parked: NameTable.Parked, now: Int) {
        let time = "no answer of the name service within \((now - parked.since) / 1_000) ms"
        switch parked.waiter {
        case .transfer(let transfer, let target):
            guard !transfer.isDone else { return }
            transfer.lookupTime = now - parked.since
            let error = CurlError(.dns, "\(target.url.host): \(time)", timings: transfer.timingsWithoutHandle)
            finish(transfer, .failure(error))
        case .question(let question):
            question.deliver(.failure(CurlError(.dns, "\(question.url.host): \(time)")))
        }
    }

    // Ends.

    private func cancel(_ transfer: Transfer) {
        // One that was not taken up yet is still its caller's; its mark is looked at when it comes.
        guard transfer.startedAt > 0, !transfer.isDone else { return }
        if let handle = transfer.handle {
            release(handle, handle.failure(.cancelled, "the transfer was cancelled"))
        } else {
            finish(transfer, .failure(Self.cancelled(transfer)))
        }
    }

    private static func cancelled(_ transfer: Transfer) -> CurlError {
        CurlError(.cancelled, "the transfer was cancelled before it began", timings: transfer.timingsWithoutHandle)
    }

    private func finish(_ transfer: Transfer, _ outcome: Transfer.Outcome) {
        finishedCount += 1
        transfer.finish(outcome)
    }

    /// Takes the handle out of libcurl's hands and delivers its transfer's result.
    private func release(_ handle: EasyHandle, _ outcome: Transfer.Outcome) {
        let transfer = handle.transfer
        curl_multi_remove_handle(multi, handle.raw)
        let last = active.removeLast()
        if last !== handle {
            active[handle.slot] = last
            last.slot = handle.slot
        }
        recycle(handle)
        connectionLimit.follow(active: active.count, of: multi)
        guard let transfer else { return }
        transfer.handle = nil
        finish(transfer, outcome)
    }

    private func acquire(tls: TLSSettings?) throws(CurlError) -> EasyHandle {
        if let index = idle.lastIndex(where: { $0.tls == tls }) {
            let last = idle.removeLast()
            guard index < idle.count else { return last }
            defer { idle[index] = last }
            return idle[index]
        }
        return try EasyHandle.open(guardian: socketGuardian, poller: poller, tls: tls)
    }

    private func recycle(_ handle: EasyHandle) {
        handle.clear()
        if idle.count >= Self.idleLimit { idle.removeFirst() }
        idle.append(handle)
    }

    // Turning the wheel.

    private func timeUntilNextDuty() -> Int32 {
        var next = timerAt ?? .max
        if !active.isEmpty || names.parkedCount > 0 { next = min(next, nextSweepAt) }
        guard next < .max else { return -1 }
        // Rounded up: too early would mean to turn in vain.
        return Int32(clamping: max(0, (next - MonotonicTime.now + 999) / 1_000))
    }

    private func runTimer() {
        // A call may set the timer to "now" again; a bounded number of rounds keeps sockets served.
        for _ in 0..<4 {
            guard let due = timerAt, due <= MonotonicTime.now else { return }
            timerAt = nil
            act(on: CURL_SOCKET_TIMEOUT, 0)
        }
    }

    private func act(on socket: Int32, _ selection: Int32) {
        var running: Int32 = 0
        curl_multi_socket_action(multi, socket, selection, &running)
    }

    private static func selection(_ events: UInt32) -> Int32 {
        var selection: Int32 = 0
        if events & ccurl_readable != 0 { selection |= CURL_CSELECT_IN }
        if events & ccurl_writable != 0 { selection |= CURL_CSELECT_OUT }
        if events & ccurl_broken != 0 { selection |= CURL_CSELECT_ERR }
        return selection
    }

    /// Delivers what has ended.
    ///
    /// Done after each turn and before any wait: else an answer could lie about.
    private func collect() {
        var code = CURLE_OK
        while let raw = ccurl_multi_next_finished(multi, &code) {
            var context: UnsafePointer<CChar>?
            guard ccurl_get_string(raw, CURLINFO_PRIVATE, &context) == CURLE_OK, let context else { continue }
            let handle = Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
            release(handle, handle.outcome(code))
        }
    }

    private func sweep() {
        guard !active.isEmpty || names.parkedCount > 0 else { return }
        let now = MonotonicTime.now
        guard now >= nextSweepAt else { return }
        nextSweepAt = now + Self.sweepInterval
        for parked in names.expire(now: now) { giveUp(parked, now: now) }
        // libcurl keeps the time itself; this is for what it might forget.
        for handle in active.reversed() {
            guard let transfer = handle.transfer, transfer.deadline + Self.grace < now else { continue }
            let (code, message) = handle.lateness()
            release(handle, handle.failure(code, message))
        }
    }

    /// Ends everything under way and frees all handles, on this thread and before the process ends: OpenSSL's exit
    /// handlers must not meet a handle in use.
    private func end() {
        let left = mailbox.seal()
        lookups.dropWaiting()
        for handle in active.reversed() { release(handle, handle.failure(.shutDown, "the client was shut down")) }
        let error = CurlError(.shutDown, "the client was shut down")
        for transfer in work.submitted + left.submitted where !transfer.isDone { finish(transfer, .failure(error)) }
        for question in work.questions + left.questions { question.deliver(.failure(error)) }
        for parked in names.removeAll() {
            switch parked.waiter {
            case .transfer(let transfer, _) where !transfer.isDone: finish(transfer, .failure(error))
            case .transfer: break
            case .question(let question): question.deliver(.failure(error))
            }
        }
        idle = []
        curl_multi_cleanup(multi)
        hasEnded = true
        mailbox.announceEnd()
    }
}

extension CURLMcode {
    /// Throws unless it is `CURLM_OK`.
    func check() throws(CurlError) {
        guard self != CURLM_OK else { return }
        throw CurlError(.other, "libcurl: \(String(cString: curl_multi_strerror(self)))", curlCode: Int(rawValue))
    }
}

private let socketCallback: curl_socket_callback = { _, socket, what, context, _ in
    guard let context else { return 0 }
    Unmanaged<TransferLoop>.fromOpaque(context).takeUnretainedValue().watch(socket, what)
    return 0
}

private let timerCallback: curl_multi_timer_callback = { _, milliseconds, context in
    guard let context else { return 0 }
    Unmanaged<TransferLoop>.fromOpaque(context).takeUnretainedValue().setTimer(milliseconds: milliseconds)
    return 0
}
