internal import NIOConcurrencyHelpers
internal import Synchronization

/// Sends HTTP requests by libcurl, many at once, on one thread of its own.
///
/// `Sendable`: any number of tasks may use it at the same time. Connections are kept alive and shared between requests to
/// the same origin; HTTP/2 is used where TLS offers it. Every connection is checked by the ``AddressGuard`` at its socket.
public final class HTTPClient: Sendable {
    /// What a client is made with.
    public struct Configuration: Sendable {
        /// Which addresses may be connected to.
        public var addressGuard = AddressGuard()

        /// How names are looked up.
        public var lookup = NameLookup.system

        /// How long a lookup may take before the request fails.
        public var lookupDeadline = Duration.seconds(5)

        /// How long an answer is used; for as long again it is used while a new one is sought.
        public var lookupLifetime = Duration.seconds(30)

        /// How many lookups run at once, each on a thread.
        public var lookupThreadLimit = 16

        /// The most requests under way and waiting together; more are refused as ``CurlError/Code/overloaded``.
        public var transferLimit = 4_096

        /// Public addresses only, the system's names, the limits above.
        public init() {}
    }

    private let mailbox: Mailbox
    private let guardian: AddressGuard
    /// Nil once it was joined.
    private let thread: NIOLockedValueBox<SystemThread?>

    /// Starts the client's thread.
    ///
    /// - Throws: ``CurlError`` with the code ``CurlError/Code/other`` if the system lacks memory, descriptors or threads.
    public convenience init(_ configuration: Configuration = Configuration()) throws(CurlError) {
        try self.init(configuration, socketGuard: configuration.addressGuard)
    }

    /// The same with a guard of their own for the sockets, so that a test can see that each of both suffices.
    init(_ configuration: Configuration, socketGuard: AddressGuard) throws(CurlError) {
        let mailbox = try Mailbox(limit: configuration.transferLimit)
        var names = NameTable.Settings()
        names.deadline = configuration.lookupDeadline.inMicroseconds
        names.lifetime = configuration.lookupLifetime.inMicroseconds
        let loop = try TransferLoop.open(
            mailbox: mailbox,
            guardian: configuration.addressGuard,
            socketGuardian: socketGuard,
            lookups: LookupPool(
                threadLimit: configuration.lookupThreadLimit,
                queueLimit: 1_024,
                lookup: configuration.lookup
            ),
            names: names
        )
        guard let thread = SystemThread.start("curl", { loop.run() }) else {
            throw CurlError(.other, "no thread for the transfers")
        }
        self.mailbox = mailbox
        guardian = configuration.addressGuard
        self.thread = NIOLockedValueBox(thread)
    }

    deinit {
        mailbox.close()
        thread.withLockedValue { $0?.detach() }
    }

    /// Sends a request and waits for the whole response.
    ///
    /// A response of any status from 200 to 599 is a result. Cancelling the task ends the transfer and frees its handle,
    /// also if it has not begun. A request is never sent twice: a caller may send it again if
    /// ``CurlError/requestWasSent`` is false.
    ///
    /// - Throws: ``CurlError``.
    public func send(_ request: HTTPRequest) async throws(CurlError) -> HTTPResponse {
        let transfer = Transfer(request)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.continuation = continuation
                if let refusal = mailbox.submit(transfer) {
                    continuation.resume(returning: .failure(Self.error(refusal)))
                }
            }
        } onCancel: {
            // It may not have been submitted yet: then the loop finds the mark when it comes.
            transfer.isCancelled.store(true, ordering: .relaxed)
            mailbox.cancel(transfer)
        }
        return try outcome.get()
    }

    /// Checks a URL as ``AddressGuard/check(url:)`` does and, if it has a name, looks up and checks its addresses.
    ///
    /// - Returns: the URL as it will be used. A name may mean another address later, so each connection is checked again.
    /// - Throws: ``CurlError`` with the code ``CurlError/Code/badURL``, ``CurlError/Code/addressRefused``,
    ///   ``CurlError/Code/dns`` or ``CurlError/Code/shutDown``.
    @discardableResult
    public func check(url text: String) async throws(CurlError) -> WebURL {
        let url = try guardian.check(url: text)
        guard case .name = url.host else { return url }
        let answer = await withCheckedContinuation { continuation in
            let question = NameQuestion(url: url) { continuation.resume(returning: $0) }
            if !mailbox.ask(question) { continuation.resume(returning: .failure(Self.error(.shutDown))) }
        }
        _ = try answer.get()
        return url
    }

    /// Ends all transfers as ``CurlError/Code/shutDown`` and waits until every handle is freed and the thread has ended.
    ///
    /// To be called before the process ends; more than one call is fine.
    public func shutdown() async {
        await mailbox.closeAndWait()
        // The thread has nothing left to do but return, so this takes no time.
        thread.withLockedValue { thread in
            thread?.join()
            thread = nil
        }
    }

    private static func error(_ refusal: Mailbox.Refusal) -> CurlError {
        switch refusal {
        case .shutDown: CurlError(.shutDown, "the client was shut down")
        case .full(let limit): CurlError(.overloaded, "\(limit) requests are under way or waiting, which is the limit")
        }
    }
}
