import Curl
import Testing

struct WebURLTests {
    @Test(arguments: [
        ("http://example.com", "http://example.com/"), ("HTTPS://Example.COM:443/A", "https://example.com/A"),
        ("http://example.com:80", "http://example.com/"), ("https://example.com:80/", "https://example.com:80/"),
        ("http://example.com?a=b", "http://example.com/?a=b"), ("http://example.com./x", "http://example.com/x"),
        ("http://[2001:DB8:0:0::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("http://my_plugin:3000/", "http://my_plugin:3000/"),
        ("http://a.b/%41/../b?c=%20@:/", "http://a.b/%41/../b?c=%20@:/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("https://例え.テスト/", "https://xn--r8jz45g.xn--zckzah/"),
        ("https://пример.испытание/", "https://xn--e1afmkfd.xn--80akhbyknj4f/"),
        ("https://उदाहरण.परीक्षा/", "https://xn--p1b6ci4b4b3a.xn--11b5bs3a9aj6g/"),
    ])
    func parsingGivesOneForm(_ text: String, _ expected: String) throws {
        let url = try WebURL(parsing: text)
        #expect(url.description == expected)
        #expect(try WebURL(parsing: expected) == url)
    }

    @Test(arguments: [
        "", "http", "http:", "http:/", "http://", "http:///", "http://:80/", "http://a:/", "http://a:0/",
        "http://a:080000/",
        "http://a b/", "http://a/ ", " http://a/", "http://a/\u{7f}", "http://a/é", "http://a/#x", "http://@a/",
        "http://a@/",
        "http://-a.b/", "http://a-/", "http://a..b/", "http://.a/", "http://a../", "http://[::1/",
        "http://[127.0.0.1]/",
        "http://[::1]x/", "http://[::1]:x/", "http://127.0.0.1./", "http://1.2.3/", "http://0x10/", "http://a.0x1/",
        "http://a.1/",
        "http://stra\u{df}e.de/", "http://ｅxample.com/", "http://ex\u{ad}ample.com/", "http://u\u{308}.de/",
        "http://a\u{200d}b.de/",
        "ftp://a/", "//a/", "a", "http://a\\b/", "http://a/\\", "http://a<b/", "http://a;b/", "http://a,b/",
        "http://a*b/",
    ])
    func parsingRefuses(_ text: String) {
        let error = #expect(throws: CurlError.self) { try WebURL(parsing: text) }
        #expect(error?.code == .badURL)
    }

    @Test func errorHoldsNoSecret() {
        for text in ["http://user:secret@a/", "http://a/?secret=\u{7f}", "http://a/secret#x", "ftp://a/secret"] {
            let error = #expect(throws: CurlError.self) { try WebURL(parsing: text) }
            #expect(error?.description.contains("secret") == false)
        }
    }

    /// Whatever is accepted has one form, and that form is accepted as itself.
    @Test func anyBytes() {
        var state: UInt64 = 42
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        let pieces = [
            "http", "https", ":", "//", "/", "@", "?", "#", "[", "]", "::1", "127.0.0.1", "0x7f", ".", "%", "%41", "a",
            "example.com",
            ":80", ":99999", "\\", "\t", " ", "ü", "①", "。", "-", "xn--", "1", "é", "\0", "🙂",
        ]
        var accepted = 0
        for _ in 0..<30_000 {
            var text = random(3) == 0 ? "" : "http://"
            for _ in 0..<random(6) { text += pieces[random(pieces.count)] }
            guard let url = try? WebURL(parsing: text) else { continue }
            accepted += 1
            #expect((try? WebURL(parsing: url.description)) == url)
            #expect(url.description.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f })
        }
        #expect(accepted > 500)
    }
}
