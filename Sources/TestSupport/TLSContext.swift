/// What all connections of a server share; freed with it.
///
/// `@unchecked Sendable`: OpenSSL counts and locks what its contexts hold.
final class TLSContext: @unchecked Sendable {
    private let library: LibSSL
    private let context: LibSSL.Pointer

    init(_ library: LibSSL, _ context: LibSSL.Pointer) {
        self.library = library
        self.context = context
    }

    deinit { library.freeContext(context) }

    /// Takes a client's handshake; nil if there is none that both sides accept.
    func accept(_ descriptor: Int32) -> TLSSession? {
        guard let session = library.new(context) else { return nil }
        guard library.setDescriptor(session, descriptor) == 1, library.accept(session) == 1 else {
            library.free(session)
            return nil
        }
        return TLSSession(library, session)
    }
}
