internal import CCurl
internal import Glibc

/// A thread outside the cooperative pool, for what blocks.
///
/// All signals are blocked in it: they belong to the main thread, and OpenSSL's writes to a closed connection would
/// otherwise raise SIGPIPE (libcurl leaves that to us once it must not use signals itself).
struct SystemThread {
    private let id: pthread_t

    private final class Body {
        let name: String
        let run: () -> Void

        init(name: String, run: @escaping () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Runs `body` in a new thread, whose name has at most 15 bytes; nil if the system has none to give.
    static func start(_ name: String, _ body: sending @escaping () -> Void) -> SystemThread? {
        let context = Unmanaged.passRetained(Body(name: name, run: body))
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &before)
        var id = pthread_t()
        let code = pthread_create(
            &id,
            nil,
            { context in
                guard let context else { return nil }
                let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
                ccurl_name_thread(body.name)
                body.run()
                return nil
            },
            context.toOpaque()
        )
        pthread_sigmask(SIG_SETMASK, &before, nil)
        guard code == 0 else {
            context.release()
            return nil
        }
        return SystemThread(id: id)
    }

    /// Waits for the end of the thread; to be called once, or ``detach()`` instead.
    func join() {
        pthread_join(id, nil)
    }

    /// Lets the thread end by itself.
    func detach() {
        pthread_detach(id)
    }
}
