import PluginProtocol
import Testing

struct PluginURLTests {
    @Test(arguments: [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://Example.COM:443/Path?q=1", "https://example.com/Path?q=1"),
        ("http://example.com:80", "http://example.com/"),
        ("http://example.com:8080/a", "http://example.com:8080/a"),
        ("http://127.0.0.1:9000/hook", "http://127.0.0.1:9000/hook"),
        ("http://[::1]:9000/", "http://[::1]:9000/"),
        ("http://[2001:DB8::1]", "http://[2001:db8::1]/"),
        ("http://[::ffff:10.0.0.1]/", "http://[::ffff:10.0.0.1]/"),
        ("https://example.com?x=/", "https://example.com/?x=/"),
        ("http://my_host-1/", "http://my_host-1/"),
        ("http://localhost/%20", "http://localhost/%20"),
    ])
    func parsingNormalises(text: String, expected: String) throws {
        let url = try PluginURL(parsing: text)
        #expect(url.text == expected)
        #expect(try PluginURL(parsing: url.text) == url)
    }

    @Test func partsAreThere() throws {
        let url = try PluginURL(parsing: "https://[fe80::1]:8443/a/b?c=d")
        #expect(url.scheme == .https)
        #expect(url.host == "fe80::1")
        #expect(url.isIPv6)
        #expect(url.port == 8443)
        #expect(url.target == "/a/b?c=d")
        #expect(url.origin == "https://[fe80::1]:8443")
    }

    @Test(arguments: [
        ("", PluginURLError.notAbsolute),
        ("example.com", .notAbsolute),
        ("http:example.com", .notAbsolute),
        ("//example.com/", .notAbsolute),
        ("ftp://example.com/", .wrongScheme("ftp")),
        ("file:///etc/passwd", .wrongScheme("file")),
        ("gopher://127.0.0.1:6379/_x", .wrongScheme("gopher")),
        ("http://user@example.com/", .userInfo),
        ("http://user:password@example.com/", .userInfo),
        ("http://example.com@127.0.0.1/", .userInfo),
        ("http://example.com/#part", .forbiddenCharacter(offset: 19)),
        ("http://example.com\\@evil/", .forbiddenCharacter(offset: 18)),
        ("http://exa mple.com/", .forbiddenCharacter(offset: 10)),
        ("http://example.com/\r\nHost: evil", .forbiddenCharacter(offset: 19)),
        ("http://ex\tample.com/", .forbiddenCharacter(offset: 9)),
        ("http://ｅxample.com/", .forbiddenCharacter(offset: 7)),
        ("http:///path", .malformedHost),
        ("http://", .malformedHost),
        ("http://127.1/", .malformedHost),
        ("http://2130706433/", .malformedHost),
        ("http://0x7f.1/", .malformedHost),
        ("http://0x7f000001/", .malformedHost),
        ("http://0177.0.0.1/", .malformedHost),
        ("http://127.0.0.1.1/", .malformedHost),
        ("http://256.0.0.1/", .malformedHost),
        ("http://1.2.3.0x4/", .malformedHost),
        ("http://localhost./", .malformedHost),
        ("http://a..b/", .malformedHost),
        ("http://-a.example/", .malformedHost),
        ("http://%31%32%37.0.0.1/", .malformedHost),
        ("http://[::1/", .malformedHost),
        ("http://[::1]x/", .malformedHost),
        ("http://[fe80::1%25eth0]/", .malformedHost),
        ("http://[1::2::3]/", .malformedHost),
        ("http://[:::]/", .malformedHost),
        ("http://[1:2:3:4:5:6:7]/", .malformedHost),
        ("http://[1:2:3:4:5:6:7:8:9]/", .malformedHost),
        ("http://[1:2:3:4:5:6:7::8]/", .malformedHost),
        ("http://[::10.0.0.256]/", .malformedHost),
        ("http://[v1.x]/", .malformedHost),
        ("http://[]/", .malformedHost),
        ("http://example.com:/", .malformedPort),
        ("http://example.com:0/", .malformedPort),
        ("http://example.com:65536/", .malformedPort),
        ("http://example.com:+80/", .malformedPort),
        ("http://example.com:080/", .malformedPort),
        ("http://example.com:80:80/", .malformedPort),
    ])
    func parsingRefuses(text: String, expected: PluginURLError) {
        #expect(throws: expected) { try PluginURL(parsing: text) }
    }

    @Test func longTextsAreRefused() {
        let text = "http://example.com/" + String(repeating: "a", count: 2030)
        #expect(throws: PluginURLError.tooLong(2049)) { try PluginURL(parsing: text) }
    }
}
