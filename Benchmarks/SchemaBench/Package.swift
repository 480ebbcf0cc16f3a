// swift-tools-version: 6.2
import PackageDescription

// Measures the library by itself; `scripts/bench schema` builds and runs it. A package of its own, so that the
// product has no target for measuring; Sources/JSONSchema is a link to the library's sources.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "SchemaBench",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "JSONSchema", swiftSettings: swiftSettings),
        .executableTarget(name: "SchemaBench", dependencies: ["JSONSchema"], swiftSettings: swiftSettings),
    ]
)
