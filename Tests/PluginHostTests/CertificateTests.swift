import DocumentModel
import JSONSchema
import PluginHost
import PluginProtocol
import TestSupport
import Testing

/// Certificates that end soon are told of once for each threshold, whatever happens between.
@Suite(.timeLimit(.minutes(1)))
struct CertificateTests {
    private static let day: Int64 = 86_400_000
    private static let start = Timestamp(millisecondsSince1970: 1_800_000_000_000)
    private let now = Shared(start)

    private var clock: HostClock {
        HostClock(
            now: { now.value },
            microseconds: HostClock.system.microseconds,
            sleep: { try await Task.sleep(for: $0) }
        )
    }

    private func pass(days: Double) {
        now.change { time in
            let later = time.millisecondsSince1970 + Int64(days * Double(Self.day))
            time = Timestamp(millisecondsSince1970: later)
        }
    }

    private func warnings(_ store: MemoryStore) -> [Int?] {
        store.entries.filter { $0.entry.kind == .certificateExpiring }
            .map { (try? JSON(parsing: $0.entry.payload))?["days"]?.intValue }
    }

    @Test func eachThresholdIsToldOfOnce() async throws {
        let probed = try await ProbedPlugin(Fixture(clock: clock))
        let store = probed.fixture.store
        let end = Timestamp(millisecondsSince1970: Self.start.millisecondsSince1970 + 40 * Self.day)
        probed.certificateEnd.change { $0 = end }
        #expect(try await probed.probe().results.last == .passed)
        #expect(warnings(store).isEmpty)
        // Days gone by, and what was told of by then.
        for (days, expected) in [(10.0, [30]), (20, [30]), (3, [30, 7]), (5, [30, 7]), (1.5, [30, 7, 1])] {
            pass(days: days)
            #expect(try await probed.probe().results.last == .warned)
            _ = try await probed.probe()
            #expect(warnings(store) == expected)
        }
        let health = try #require(probed.fixture.host.probes.health(of: probed.current))
        #expect(health.certificateEnd == end)
        let entry = try #require(store.entries.last?.entry)
        #expect(entry.plugin == probed.id)
        #expect(try JSON(parsing: entry.payload)["ends"]?.stringValue == end.description)
        // A new certificate is told of anew once it is old.
        probed.certificateEnd.change {
            $0 = Timestamp(millisecondsSince1970: end.millisecondsSince1970 + 90 * Self.day)
        }
        #expect(try await probed.probe().results.last == .passed)
        pass(days: 61)
        _ = try await probed.probe()
        #expect(warnings(store) == [30, 7, 1, 30])
    }

    @Test func restartDoesNotRepeatAWarning() async throws {
        let store = MemoryStore()
        let probed = try await ProbedPlugin(Fixture(store: store, clock: clock))
        probed.certificateEnd.change {
            $0 = Timestamp(millisecondsSince1970: Self.start.millisecondsSince1970 + 5 * Self.day)
        }
        _ = try await probed.probe()
        #expect(warnings(store) == [7])
        let transport = probed.fixture.transport
        let again = Fixture(store: store, clock: clock)
        again.transport.handle("http://sample.test/hook") { try await transport.post($0) }
        try await again.host.start()
        for _ in 0..<2 { _ = try await again.host.probes.probe(probed.id, actor: again.admin) }
        #expect(warnings(store) == [7])
        pass(days: 4.5)
        _ = try await again.host.probes.probe(probed.id, actor: again.admin)
        #expect(warnings(store) == [7, 1])
    }

    /// Two servers behind one address, each with its own.
    @Test func certificatesThatTakeTurnsAreToldOfOnceEach() async throws {
        let store = MemoryStore()
        let probed = try await ProbedPlugin(Fixture(store: store, clock: clock))
        let ends = [5, 20].map { Timestamp(millisecondsSince1970: Self.start.millisecondsSince1970 + $0 * Self.day) }
        for _ in 0..<3 {
            for end in ends {
                probed.certificateEnd.change { $0 = end }
                _ = try await probed.probe()
                #expect(try probed.fixture.host.probes.health(of: probed.current)?.certificateEnd == end)
            }
        }
        #expect(warnings(store) == [7, 30])
        let transport = probed.fixture.transport
        let again = Fixture(store: store, clock: clock)
        again.transport.handle("http://sample.test/hook") { try await transport.post($0) }
        try await again.host.start()
        for end in ends {
            probed.certificateEnd.change { $0 = end }
            _ = try await again.host.probes.probe(probed.id, actor: again.admin)
        }
        #expect(warnings(store) == [7, 30])
    }

    @Test func warningThatCouldNotBeStoredIsTriedAgain() async throws {
        let probed = try await ProbedPlugin(Fixture(clock: clock))
        let store = probed.fixture.store
        probed.certificateEnd.change {
            $0 = Timestamp(millisecondsSince1970: Self.start.millisecondsSince1970 + Self.day)
        }
        store.fail(with: HostError(.storeUnavailable, "the disk is full"))
        await #expect(throws: HostError.self) { _ = try await probed.probe() }
        store.fail(with: nil)
        #expect(warnings(store).isEmpty)
        _ = try await probed.probe()
        #expect(warnings(store) == [1])
    }
}
