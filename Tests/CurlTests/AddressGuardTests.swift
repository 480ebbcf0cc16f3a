import Foundation
import Testing

@testable import Curl

extension IPAddress {
    static let loopback = IPAddress(v4: 0x7f00_0001)
}

private func address(_ text: String) throws -> IPAddress {
    try #require(IPAddress(parsing: text))
}

private func ranges(_ texts: String...) throws -> [CIDR] {
    try texts.map { text throws(CurlError) in try CIDR(parsing: text) }
}

struct AddressGuardTests {
    @Test func allowedRangeOpensLoopback() throws {
        let guardian = AddressGuard(allow: try ranges("127.0.0.0/8"))
        #expect(guardian.refusal(of: try address("127.0.0.1"), port: 8_080) == nil)
        #expect(guardian.refusal(of: try address("10.0.0.1"), port: 8_080) != nil)
        #expect(guardian.refusal(of: try address("::1"), port: 8_080) != nil)
        #expect(guardian.refusal(of: try address("::ffff:127.0.0.1"), port: 8_080) != nil)
        #expect(guardian.refusal(of: try address("8.8.8.8"), port: 443) == nil)
        try guardian.check(url: "http://127.0.0.1:4000/hook")
        try guardian.check(url: "http://localhost:4000/hook")
    }

    @Test func denyGoesBeforeAllow() throws {
        let guardian = AddressGuard(allow: try ranges("10.0.0.0/8"), deny: try ranges("10.1.0.0/16", "8.8.8.0/24"))
        #expect(guardian.refusal(of: try address("10.2.0.1"), port: 80) == nil)
        #expect(guardian.refusal(of: try address("10.1.0.1"), port: 80)?.contains("10.1.0.0/16") == true)
        #expect(guardian.refusal(of: try address("8.8.8.8"), port: 80)?.contains("8.8.8.0/24") == true)
    }

    @Test func localhostUsesTheAllowedAddressesOnly() throws {
        let guardian = AddressGuard(allow: try ranges("127.0.0.0/8"))
        let url = try WebURL(parsing: "http://localhost:4000/")
        #expect(try guardian.vet([address("::1"), address("127.0.0.1")], for: url) == [.loopback])
        #expect(throws: CurlError.self) { try guardian.vet([address("::1")], for: url) }
        // A public answer for a local name is not what the operator allowed.
        #expect(throws: CurlError.self) { try guardian.vet([address("8.8.8.8")], for: url) }
        #expect(throws: CurlError.self) { try guardian.vet([address("8.8.8.8"), address("127.0.0.1")], for: url) }
    }

    @Test func oneBadAddressRefusesTheName() throws {
        let guardian = AddressGuard(allow: try ranges("127.0.0.0/8"))
        let url = try WebURL(parsing: "http://mixed.test/")
        let mixed = [try address("93.184.215.14"), try address("10.0.0.1")]
        let error = #expect(throws: CurlError.self) { try guardian.vet(mixed, for: url) }
        #expect(error?.code == .addressRefused)
        #expect(error?.message.contains("10.0.0.1") == true)
        #expect(throws: CurlError.self) { try AddressGuard().vet([], for: url) }
    }

    @Test func fewAddressesOfBothFamiliesAreTried() throws {
        let url = try WebURL(parsing: "http://many-a.test/")
        let many = (1...200).map { IPAddress(v4: 0x5db8_0000 + UInt32($0)) }
        #expect(try AddressGuard().vet(many, for: url) == Array(many.prefix(4)))
        let other = try address("2606:4700::1")
        #expect(try AddressGuard().vet(many + [other], for: url) == many.prefix(3) + [other])
    }

    @Test func ownEndpointIsRefused() throws {
        let own = try address("93.184.215.14")
        let guardian = AddressGuard(refusedEndpoints: [AddressGuard.Endpoint(address: own, port: 443)])
        #expect(throws: CurlError.self) { try guardian.vet([own], for: try WebURL(parsing: "https://self.test/")) }
        #expect(try guardian.vet([own], for: try WebURL(parsing: "https://self.test:8443/")) == [own])
    }

    @Test func addressesOfAServerAreFound() throws {
        let own = AddressGuard.Endpoint(address: .loopback, port: 8_080)
        #expect(AddressGuard.endpoints(ofServerOn: "127.0.0.1", port: 8_080) == [own])
        #expect(AddressGuard.endpoints(ofServerOn: "localhost", port: 8_080).contains(own))
        for wildcard in ["0.0.0.0", "::"] {
            #expect(AddressGuard.endpoints(ofServerOn: wildcard, port: 8_080).contains(own))
        }
        #expect(AddressGuard.endpoints(ofServerOn: "127.0.0.1", port: 0).isEmpty)
    }

    @Test func portsOfOtherProtocolsAreRefused() throws {
        for port in [22, 25, 6_379, 11_211, 6_667] {
            #expect(throws: CurlError.self) { try AddressGuard().check(url: "http://example.com:\(port)/") }
        }
        for port in [80, 443, 8_080, 8_443, 3_000, 65_535] {
            try AddressGuard().check(url: "http://example.com:\(port)/")
        }
    }

    @Test func nat64IsJudgedByTheAddressInsideIfAsked() throws {
        let guardian = AddressGuard(allowsNAT64: true)
        #expect(guardian.refusal(of: try address("64:ff9b::808:808"), port: 80) == nil)
        #expect(guardian.refusal(of: try address("64:ff9b::a9fe:a9fe"), port: 80) != nil)
        #expect(guardian.refusal(of: try address("64:ff9b:1::808:808"), port: 80) != nil)
    }

    @Test(arguments: [
        "::1", "::", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::1", "100::1", "100:0:0:1::1", "2001::1", "2001:db8::1",
        "2002::1",
        "2620:4f:8000::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fdff::1", "fe80::1", "fec0::1", "ff02::1",
        "2606:4700::5efe:a00:1", "2606:4700::200:5efe:808:808", "0.0.0.0", "255.255.255.255", "192.88.99.1",
        "198.19.0.1",
    ])
    func specialAddressIsNotPublic(_ text: String) throws {
        #expect(AddressGuard.reasonNotPublic(try address(text)) != nil)
    }

    @Test(arguments: [
        "1.1.1.1", "2606:4700::1", "2a00::1", "2001:4860::8888", "2400::5eff:a00:1", "192.0.1.1", "223.255.255.255",
    ])
    func otherAddressIsPublic(_ text: String) throws {
        #expect(AddressGuard.reasonNotPublic(try address(text)) == nil)
    }
}

struct CIDRTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0/8"), ("0.0.0.0/0", "0.0.0.0/0"), ("127.0.0.1", "127.0.0.1/32"), ("::1", "::1/128"),
        ("FD00::/8", "fd00::/8"), ("::/0", "::/0"), ("2001:db8:0:0:8000::/65", "2001:db8:0:0:8000::/65"),
    ])
    func parsing(_ text: String, _ expected: String) throws {
        #expect(try CIDR(parsing: text).description == expected)
    }

    @Test(arguments: [
        ("", "not an IPv4 or IPv6 address"), ("10.0.0/8", "not an IPv4 or IPv6 address"),
        ("localhost/8", "not an IPv4 or IPv6 address"), ("010.0.0.0/8", "not an IPv4 or IPv6 address"),
        ("fe80::1%eth0/64", "not an IPv4 or IPv6 address"), ("10.0.0.0/33", "a number from 0 to 32"),
        ("10.0.0.0/", "a number from 0 to 32"), ("10.0.0.0/+8", "a number from 0 to 32"),
        ("::/129", "a number from 0 to 128"), ("10.0.0.0/8/8", "a number from 0 to 32"),
        ("10.0.0.1/8", "bits set after the first 8"), ("fd00::1/64", "bits set after the first 64"),
    ])
    func errorSaysWhatIsWrong(_ text: String, _ part: String) {
        let error = #expect(throws: CurlError.self) { try CIDR(parsing: text) }
        #expect(error?.code == .badAddressRange)
        #expect(error?.message.contains(part) == true, "\(String(describing: error))")
    }

    @Test func hintOffersTheRange() {
        let error = #expect(throws: CurlError.self) { try CIDR(parsing: "10.1.2.3/8") }
        #expect(error?.hint == "did you mean 10.0.0.0/8 or 10.1.2.3/32?")
    }

    @Test func edges() throws {
        let range = try CIDR(parsing: "172.16.0.0/12")
        for (text, isIn) in [
            ("172.15.255.255", false), ("172.16.0.0", true), ("172.31.255.255", true), ("172.32.0.0", false),
        ] {
            #expect(range.contains(try address(text)) == isIn)
        }
        let wide = try CIDR(parsing: "2001:db8:0:0:8000::/65")
        #expect(wide.contains(try address("2001:db8::ffff:0:0:1")))
        #expect(!wide.contains(try address("2001:db8::7fff:0:0:1")))
        #expect(try !CIDR(parsing: "0.0.0.0/0").contains(address("::1")))
        #expect(try !CIDR(parsing: "::/0").contains(address("127.0.0.1")))
    }
}
