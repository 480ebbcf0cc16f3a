/// What a request changes about TLS; verification itself cannot be switched off.
///
/// `Sendable`. Connections are shared only between requests with equal settings.
public struct TLSSettings: Sendable, Hashable {
    /// Certificates or keys in PEM form.
    public enum PEM: Sendable, Hashable {
        /// A file, read by libcurl when a connection opens.
        case file(String)

        /// The text itself.
        case bytes([UInt8])
    }

    /// Authorities to trust beside the system's certificate directory.
    public var authorities: PEM?

    /// Our certificate chain, for a server that asks for one.
    public var certificate: PEM?

    /// The private key of ``certificate``.
    public var key: PEM?

    /// The passphrase of ``key``, if it has one.
    public var keyPassphrase: String?

    /// Describes TLS settings; see the properties.
    public init(authorities: PEM? = nil, certificate: PEM? = nil, key: PEM? = nil, keyPassphrase: String? = nil) {
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
        self.keyPassphrase = keyPassphrase
    }
}
