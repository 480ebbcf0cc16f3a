import JSONSchema
import Testing

@testable import HostCommand

@Suite struct SecretTextTests {
    private static func secret(_ fingerprint: String, ends: JSON, accepted: Bool?) -> JSON {
        [
            "fingerprint": .string(fingerprint), "createdAt": "2026-11-24T13:23:55.123Z", "endsAt": ends,
            "trial": accepted.map { ["time": "2026-11-24T13:23:55.123Z", "accepted": .bool($0)] } ?? .null,
        ]
    }

    private static let plugin: JSON = [
        "name": "spellcheck", "secret": "whsec_new",
        "secrets": .array([
            secret("0f7d1c93ab52", ends: nil, accepted: false),
            secret("1f7d1c93ab52", ends: "2026-11-25T13:23:55.123Z", accepted: true),
            secret("2f7d1c93ab52", ends: "2026-11-25T12:23:55.123Z", accepted: nil),
        ]),
    ]

    @Test func eachSecretIsALine() {
        #expect(
            SecretText.lines(Self.plugin) == [
                "0f7d1c93ab52 (newest, not accepted)", "1f7d1c93ab52 (until 2026-11-25T13:23:55.123Z, accepted)",
                "2f7d1c93ab52 (until 2026-11-25T12:23:55.123Z, not tried)",
            ]
        )
    }

    @Test func aNewSecretIsShownUnlessThePersonGaveIt() {
        let asked = SecretText.rotated(Self.plugin, asked: true)
        #expect(asked.contains("secret  whsec_new\n"))
        #expect(asked.hasSuffix("pluginhost plugin probe spellcheck"))
        #expect(!SecretText.rotated(Self.plugin, asked: false).contains("whsec_"))
    }
}
