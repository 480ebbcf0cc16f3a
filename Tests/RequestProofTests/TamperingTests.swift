import Crypto
import RequestProof
import Testing

/// Changes every byte of a genuine request, one at a time, and expects that it is not taken any more.
struct TamperingTests {
    private let sample = Sample()

    private func isGenuine(_ request: ProofRequest, _ verifier: RequestVerifier) -> Bool {
        (try? verifier.verify(request, now: Sample.now)) != nil
    }

    /// A text with one byte's lowest bit turned over, for each byte.
    private func changes(of text: String) -> [String] {
        let bytes = Array(text.utf8)
        return bytes.indices.map { index in
            var changed = bytes
            changed[index] ^= 1
            return String(decoding: changed, as: UTF8.self)
        }
    }

    @Test(arguments: Carrier.allCases) func untouchedRequestIsGenuine(_ carrier: Carrier) async throws {
        let caller = try await sample.verifier.verify(try sample.request(carrier), now: Sample.now)
            .admitted(by: MemoryGuard())
        #expect(caller.client == "plg_a")
        #expect(caller.user == "usr_anna")
        #expect(caller.timestamp == Sample.now)
        #expect(caller.nonce == Sample.nonce)
        #expect(caller.carrier == carrier)
        #expect(caller.binding.isSuperset(of: [.method, .path, .body]))
        #expect(caller.binding.contains(.query) == (carrier != .dpop))
    }

    @Test(arguments: Carrier.allCases) func everyByteOfTheMethodCounts(_ carrier: Carrier) throws {
        let (verifier, request) = (try sample.verifier, try sample.request(carrier))
        for method in changes(of: request.method) + ["post", "POST ", ""] {
            var changed = request
            changed.method = method
            #expect(!isGenuine(changed, verifier), "\(method)")
        }
    }

    @Test(arguments: Carrier.allCases) func everyByteOfTheTargetCounts(_ carrier: Carrier) throws {
        let (verifier, request) = (try sample.verifier, try sample.request(carrier))
        let query = try #require(request.target.utf8.firstIndex(of: UInt8(ascii: "?")))
        let pathBytes = request.target.utf8.distance(from: request.target.startIndex, to: query)
        for (index, target) in changes(of: request.target).enumerated() {
            var changed = request
            changed.target = target
            // RFC 9449 leaves the query out; the binding says so.
            let isOutside = carrier == .dpop && index > pathBytes
            #expect(isGenuine(changed, verifier) == isOutside, "\(target)")
        }
        for target in [request.target + "&z=3", request.target + "#", "/x" + request.target, request.target + "x"] {
            var changed = request
            changed.target = target
            let isOutside = carrier == .dpop && !target.hasPrefix("/x") && !target.hasSuffix("#")
            #expect(isGenuine(changed, verifier) == isOutside, "\(target)")
        }
    }

    @Test(arguments: Carrier.allCases) func everyByteOfEachHeaderCounts(_ carrier: Carrier) throws {
        let (verifier, request) = (try sample.verifier, try sample.request(carrier))
        for header in request.headers.indices {
            let (name, value) = request.headers[header]
            for text in changes(of: value) {
                var changed = request
                changed.headers[header].value = text
                #expect(!isGenuine(changed, verifier), "\(name): \(text)")
            }
            for text in changes(of: name) {
                var changed = request
                changed.headers[header].name = text
                #expect(!isGenuine(changed, verifier), "\(text)")
            }
            var changed = request
            changed.headers.remove(at: header)
            #expect(!isGenuine(changed, verifier), "without \(name)")
            changed = request
            changed.headers.append((name.uppercased(), value))
            #expect(throws: ProofRefusal.self) { try verifier.verify(changed, now: Sample.now) }
        }
    }

    @Test(arguments: Carrier.allCases) func everyByteOfTheBodyCounts(_ carrier: Carrier) throws {
        let (verifier, request) = (try sample.verifier, try sample.request(carrier))
        var bodies = Sample.body.indices.map { index in
            var body = Sample.body
            body[index] ^= 1
            return body
        }
        bodies += [[], Sample.body + [10], Array(Sample.body.dropLast())]
        for body in bodies {
            var changed = request
            changed.bodyDigest = SHA256.hash(data: body)
            #expect(!isGenuine(changed, verifier))
        }
    }
}
