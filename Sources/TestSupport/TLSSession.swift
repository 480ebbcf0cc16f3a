/// One connection's TLS.
///
/// `@unchecked Sendable`: used by the thread of its connection only.
final class TLSSession: @unchecked Sendable {
    private let library: LibSSL
    private let session: LibSSL.Pointer

    init(_ library: LibSSL, _ session: LibSSL.Pointer) {
        self.library = library
        self.session = session
    }

    deinit { library.free(session) }

    func read(_ buffer: inout [UInt8]) -> Int {
        Int(buffer.withUnsafeMutableBytes { library.read(session, $0.baseAddress, Int32($0.count)) })
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        Int(library.write(session, bytes.baseAddress, Int32(bytes.count)))
    }

    /// Says that nothing more will come.
    func shutDown() { _ = library.shutDown(session) }
}
