// swift-tools-version: 6.2
import PackageDescription

// Measures the HTTP client by itself; `scripts/bench transport` builds and runs it. A package of its own, so that the
// product has no target for measuring; Sources/Curl and Sources/CCurl are links to the client's sources.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let nioLocks: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")

let package = Package(
    name: "TransportBench",
    platforms: [.macOS(.v15)],
    dependencies: [.package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2")],
    targets: [
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .target(name: "Curl", dependencies: ["CCurl", nioLocks], swiftSettings: swiftSettings),
        .executableTarget(name: "TransportBench", dependencies: ["Curl"], swiftSettings: swiftSettings),
    ],
    cLanguageStandard: .c2x
)
