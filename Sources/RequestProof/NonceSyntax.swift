/// What a nonce may look like: 16 to 256 characters, which is room for 96 random bits and bounds what is hashed.
enum NonceSyntax {
    static let length = 16...256

    /// A JWT's `jti`: visible ASCII.
    static func isTokenNonce(_ text: String) -> Bool {
        length.contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// The nonce of a signature: letters, digits and `_~-`.
    ///
    /// A full stop would leave open where the nonce ends in the text that is signed.
    static func isSignedNonce(_ text: String) -> Bool {
        length.contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
