internal import CCurl
internal import Glibc

/// The sockets that libcurl waits for, by epoll.
///
/// Not `Sendable`: the transfer thread's. Wishes are kept until just before waiting, and one that is withdrawn is left
/// standing in the kernel, because a kept-alive connection is as a rule wanted again at once: the steady state needs no
/// system call to change what is watched.
final class Poller {
    private let descriptor: Int32
    private var watched: [UInt32] = []
    private var wanted: [UInt32] = []
    private var changed: [Int32] = []
    private let ready: UnsafeMutablePointer<ccurl_ready>

    private init(descriptor: Int32) {
        self.descriptor = descriptor
        ready = .allocate(capacity: Int(ccurl_ready_limit))
    }

    deinit {
        ready.deallocate()
        close(descriptor)
    }

    static func open() throws(CurlError) -> Poller {
        let descriptor = ccurl_poller_open()
        guard descriptor >= 0 else { throw CurlError(.other, "no descriptor for waiting on sockets: error \(errno)") }
        return Poller(descriptor: descriptor)
    }

    /// Wishes to hear of `events` on a socket; 0 for none.
    func want(_ socket: Int32, _ events: UInt32) {
        makeRoom(for: socket)
        wanted[Int(socket)] = events
        changed.append(socket)
    }

    /// Says that a number now names a new socket: the kernel dropped what it watched under it when the old was closed.
    func forget(_ socket: Int32) {
        makeRoom(for: socket)
        watched[Int(socket)] = 0
        wanted[Int(socket)] = 0
    }

    /// Waits and calls `body` for each socket with something to do.
    func wait(milliseconds: Int32, _ body: (_ socket: Int32, _ events: UInt32) -> Void) {
        for socket in changed {
            let events = wanted[Int(socket)]
            if events != 0, events != watched[Int(socket)] {
                if ccurl_poller_watch(descriptor, socket, events) == 0 { watched[Int(socket)] = events }
            }
        }
        changed.removeAll(keepingCapacity: true)
        let count = ccurl_poller_wait(descriptor, ready, milliseconds)
        for index in 0..<Int(count) {
            let socket = ready[index].descriptor
            if wanted[Int(socket)] == 0 {
                // An idle connection: its peer closed it or spoke out of turn. libcurl looks before it reuses it.
                _ = ccurl_poller_watch(descriptor, socket, 0)
                watched[Int(socket)] = 0
            } else {
                body(socket, ready[index].events)
            }
        }
    }

    private func makeRoom(for socket: Int32) {
        while watched.count <= Int(socket) {
            watched.append(0)
            wanted.append(0)
        }
    }
}
