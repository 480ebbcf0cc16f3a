import Foundation

/// OpenSSL's libssl, found at run time: what a test's server needs to speak TLS on a socket of its own.
///
/// Not linked, so that nothing but tests that want TLS depends on it; libcurl brings it along on the systems we build on.
/// `@unchecked Sendable`: addresses of functions, which never change.
final class LibSSL: @unchecked Sendable {
    typealias Pointer = UnsafeMutableRawPointer
    /// Chooses a protocol (ALPN) from the client's list.
    typealias Select =
        @convention(c) (
            Pointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?, UnsafePointer<UInt8>?,
            UInt32, Pointer?
        ) -> Int32

    static let shared: LibSSL? = LibSSL()

    let serverMethod: @convention(c) () -> Pointer?
    let newContext: @convention(c) (Pointer?) -> Pointer?
    let freeContext: @convention(c) (Pointer?) -> Void
    let control: @convention(c) (Pointer?, Int32, Int, Pointer?) -> Int
    let useChain: @convention(c) (Pointer?, UnsafePointer<CChar>?) -> Int32
    let useKey: @convention(c) (Pointer?, UnsafePointer<CChar>?, Int32) -> Int32
    let setCiphers: @convention(c) (Pointer?, UnsafePointer<CChar>?) -> Int32
    let setSelect: @convention(c) (Pointer?, Select?, Pointer?) -> Void
    let setVerify: @convention(c) (Pointer?, Int32, Pointer?) -> Void
    let loadAuthorities: @convention(c) (Pointer?, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Int32
    let new: @convention(c) (Pointer?) -> Pointer?
    let free: @convention(c) (Pointer?) -> Void
    let setDescriptor: @convention(c) (Pointer?, Int32) -> Int32
    let accept: @convention(c) (Pointer?) -> Int32
    let read: @convention(c) (Pointer?, Pointer?, Int32) -> Int32
    let write: @convention(c) (Pointer?, UnsafeRawPointer?, Int32) -> Int32
    let shutDown: @convention(c) (Pointer?) -> Int32

    private init?() {
        guard let library = dlopen("libssl.so.3", RTLD_NOW) ?? dlopen("libssl.so.1.1", RTLD_NOW) else { return nil }
        func find<Function>(_ name: String, as type: Function.Type) -> Function? {
            dlsym(library, name).map { unsafeBitCast($0, to: type) }
        }
        guard let serverMethod = find("TLS_server_method", as: type(of: serverMethod)),
            let newContext = find("SSL_CTX_new", as: type(of: newContext)),
            let freeContext = find("SSL_CTX_free", as: type(of: freeContext)),
            let control = find("SSL_CTX_ctrl", as: type(of: control)),
            let useChain = find("SSL_CTX_use_certificate_chain_file", as: type(of: useChain)),
            let useKey = find("SSL_CTX_use_PrivateKey_file", as: type(of: useKey)),
            let setCiphers = find("SSL_CTX_set_cipher_list", as: type(of: setCiphers)),
            let setSelect = find("SSL_CTX_set_alpn_select_cb", as: type(of: setSelect)),
            let setVerify = find("SSL_CTX_set_verify", as: type(of: setVerify)),
            let loadAuthorities = find("SSL_CTX_load_verify_locations", as: type(of: loadAuthorities)),
            let new = find("SSL_new", as: type(of: new)),
            let free = find("SSL_free", as: type(of: free)),
            let setDescriptor = find("SSL_set_fd", as: type(of: setDescriptor)),
            let accept = find("SSL_accept", as: type(of: accept)),
            let read = find("SSL_read", as: type(of: read)),
            let write = find("SSL_write", as: type(of: write)),
            let shutDown = find("SSL_shutdown", as: type(of: shutDown))
        else { return nil }
        self.serverMethod = serverMethod
        self.newContext = newContext
        self.freeContext = freeContext
        self.control = control
        self.useChain = useChain
        self.useKey = useKey
        self.setCiphers = setCiphers
        self.setSelect = setSelect
        self.setVerify = setVerify
        self.loadAuthorities = loadAuthorities
        self.new = new
        self.free = free
        self.setDescriptor = setDescriptor
        self.accept = accept
        self.read = read
        self.write = write
        self.shutDown = shutDown
    }
}
