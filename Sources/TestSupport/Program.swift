import Foundation

/// A program run by a test.
///
/// Started and waited for by the system's calls: Foundation's `Process` waits with a run loop, which can block the
/// threads that tests share for good. `Sendable`.
public final class Program: Sendable {
    /// It could not be started, or ended badly.
    public struct Failure: Error {
        /// What it was called with.
        public let arguments: [String]
    }

    private static let spawning = NSLock()
    private let id: pid_t
    private let output: Int32

    /// Starts a program whose standard output can be read; standard error is dropped.
    public init(_ path: String, _ arguments: [String]) throws {
        // Two at once would each inherit the other's pipe, whose end would then not be seen.
        Self.spawning.lock()
        defer { Self.spawning.unlock() }
        var pipe: [Int32] = [-1, -1]
        guard Foundation.pipe(&pipe) == 0 else { throw Failure(arguments: arguments) }
        for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var vector = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for argument in vector { free(argument) } }
        var id = pid_t()
        let code = posix_spawn(&id, path, &actions, nil, &vector, environ)
        close(pipe[1])
        guard code == 0 else {
            close(pipe[0])
            throw Failure(arguments: arguments)
        }
        self.id = id
        output = pipe[0]
    }

    deinit {
        close(output)
    }

    /// Reads output until `isEnough` or its end.
    public func read(until isEnough: ([UInt8]) -> Bool = { _ in false }) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer: [UInt8] = Array(repeating: 0, count: 65_536)
        while !isEnough(bytes) {
            let count = Foundation.read(output, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    /// Waits for the end and returns whether all was well.
    public func wait() -> Bool {
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        return status == 0
    }

    /// Ends it at once.
    public func stop() {
        kill(id, SIGKILL)
        _ = wait()
    }

    /// Runs a program to its end and returns its output.
    @discardableResult
    public static func run(_ path: String, _ arguments: [String]) throws -> [UInt8] {
        let program = try Program(path, arguments)
        let output = program.read()
        guard program.wait() else { throw Failure(arguments: arguments) }
        return output
    }
}
