import PluginProtocol
import Testing

/// W3C Trace Context, level 2.
struct TraceContextTests {
    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test(
        arguments: [
            (parent, parent), ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", nil),
            // Flags that nobody knows yet are not passed on.
            (
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03"
            ),
            // A later version is answered in ours.
            ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", parent),
            ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-brings", parent),
        ] as [(String, String?)]
    )
    func parentIsReadAndWritten(_ text: String, _ written: String?) throws {
        let context = try #require(TraceContext(parent: text))
        #expect(context.parent == written ?? text)
        #expect(context.trace == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.isSampled == !text.contains("-00f067aa0ba902b7-00"))
    }

    @Test(arguments: [
        "", "00", "garbage", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "é0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ])
    func malformedParentIsNone(_ text: String) { #expect(TraceContext(parent: text, state: "a=1") == nil) }

    @Test func childKeepsTheTraceAndHasASpanOfItsOwn() throws {
        let context = try #require(TraceContext(parent: Self.parent, state: "a=1"))
        #expect(context.child(span: 255).parent == "00-4bf92f3577b34da6a3ce929d0e0e4736-00000000000000ff-01")
        #expect(context.child(span: 255).state == "a=1")
        #expect(context.child(span: 0).span == 1)
    }

    @Test(
        arguments: [
            (nil, ""), ("", ""), ("a=1", "a=1"), ("a=1,b=2", "a=1,b=2"), (" a=1 ,\tb=2,,", "a=1,b=2"),
            ("t@v/x=a b", "t@v/x=a b"),
            ("0_-*/=~!", "0_-*/=~!"), ("A=1", ""), ("a", ""), ("=1", ""), ("a=", ""), ("a=1=2", ""), ("a=1,a=2", ""),
            ("a@b@c=1", ""),
            ("a=é", ""), ("a b=1", ""), ("a=1;b", "a=1;b"),
        ] as [(String?, String)]
    )
    func stateIsPassedOnUnlessItIsMalformed(_ text: String?, _ passed: String) throws {
        let context = try #require(TraceContext(parent: Self.parent, state: text))
        #expect(context.state == passed)
        #expect(context.parent == Self.parent)
    }

    @Test func longStateLosesWholeMembersTheLongOnesFirst() throws {
        func state(_ members: [String]) throws -> String {
            try #require(TraceContext(parent: Self.parent, state: members.joined(separator: ","))).state
        }
        let short = (0..<32).map { "k\($0)=1" }
        #expect(try state(short) == short.joined(separator: ","))
        #expect(try state(short + ["k32=1"]) == "")
        let long = "long=" + String(repeating: "x", count: 200)
        let middle = (0..<4).map { "k\($0)=" + String(repeating: "x", count: 100) }
        #expect(try state([long] + middle) == middle.joined(separator: ","))
        let six = (0..<6).map { "k\($0)=" + String(repeating: "x", count: 100) }
        #expect(try state(six) == six.prefix(4).joined(separator: ","))
        #expect(try state(["a=" + String(repeating: "x", count: 256)]).utf8.count == 258)
        #expect(try state(["a=" + String(repeating: "x", count: 257)]) == "")
    }
}
