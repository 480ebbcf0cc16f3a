// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name + "Tests", dependencies: dependencies, swiftSettings: swiftSettings)
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioLocks: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")

let package = Package(
    name: "pluginhost",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "pluginhost", targets: ["pluginhost"]),
        .executable(name: "table-of-contents", targets: ["table-of-contents"]),
        .library(name: "JSONSchema", targets: ["JSONSchema"]),
        .library(name: "PluginKit", targets: ["PluginKit"]),
        .library(name: "PluginHost", targets: ["PluginHost"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
    ],
    targets: [
        // Leaves: values and rules, no input or output.
        .target(name: "CAssets"),
        target("JSONSchema"),
        target("DocumentModel", ["JSONSchema"]),
        target("RequestProof", ["JSONSchema", crypto, cryptoExtras]),
        target("PluginProtocol", ["CAssets", "DocumentModel", "JSONSchema", crypto]),
        target("PluginHost", ["DocumentModel", "JSONSchema", "PluginProtocol", crypto, logging, nioLocks]),

        // Edges: one outside library each.
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        target("Curl", ["CCurl", nioLocks]),
        .target(name: "CWriteAheadLog", linkerSettings: [.linkedLibrary("sqlite3")]),
        target(
            "DocumentStore",
            [
                "CWriteAheadLog", "DocumentModel", "JSONSchema", "PluginHost", "PluginProtocol", "RequestProof", crypto,
                grdb, logging, nioLocks,
            ]
        ),
        target(
            "HostServer",
            [
                "CAssets", "DocumentModel", "JSONSchema", "PluginHost", "PluginProtocol",
                crypto, httpTypes, hummingbirdCore, lifecycle, logging, nioCore, nioHTTP1, nioLocks, nioPosix,
            ]
        ),
        target(
            "HostCommand",
            [
                "Curl", "DocumentModel", "DocumentStore", "HostServer", "JSONSchema", "PluginHost", "PluginProtocol",
                argumentParser, crypto, lifecycle, logging, nioLocks, unixSignals,
            ]
        ),
        .executableTarget(name: "schema-harness", dependencies: ["JSONSchema"], swiftSettings: swiftSettings),
        .executableTarget(name: "pluginhost", dependencies: ["HostCommand"], swiftSettings: swiftSettings),

        // For plugin authors.
        target("PluginKit", ["DocumentModel", "JSONSchema", "PluginProtocol"]),
        .executableTarget(
            name: "table-of-contents",
            dependencies: [
                "DocumentModel", "JSONSchema", "PluginKit", "PluginProtocol", hummingbird, logging, nioCore,
            ],
            path: "plugins-sample/table-of-contents",
            exclude: ["README.md"],
            swiftSettings: swiftSettings
        ),

        // Tests.
        target("TestSupport", ["DocumentModel", "JSONSchema", "PluginHost", "PluginProtocol", logging, nioLocks]),
        tests("JSONSchema", ["JSONSchema", "TestSupport"]),
        tests("DocumentModel", ["DocumentModel", "JSONSchema", "TestSupport"]),
        tests("RequestProof", ["JSONSchema", "RequestProof", crypto]),
        tests("PluginProtocol", ["CAssets", "DocumentModel", "JSONSchema", "PluginProtocol", "TestSupport", crypto]),
        tests(
            "PluginHost",
            ["DocumentModel", "JSONSchema", "PluginHost", "PluginProtocol", "TestSupport", logging, nioLocks]
        ),
        tests("Curl", ["Curl", "TestSupport", nioLocks]),
        tests(
            "DocumentStore",
            [
                "DocumentModel", "DocumentStore", "JSONSchema", "PluginHost", "PluginProtocol", "RequestProof",
                "TestSupport", grdb, logging,
            ]
        ),
        tests(
            "HostServer",
            [
                "DocumentModel", "HostServer", "JSONSchema", "PluginHost", "PluginProtocol", "TestSupport",
                httpTypes, hummingbirdTesting, lifecycle, logging, nioCore, nioLocks, nioPosix,
            ]
        ),
        tests(
            "FailureTable",
            [
                "Curl", "DocumentStore", "HostCommand", "HostServer", "JSONSchema", "PluginHost", "PluginProtocol",
                "TestSupport", logging, nioLocks,
            ]
        ),
        tests("HostCommand", ["Curl", "HostCommand", "JSONSchema", "PluginProtocol"]),
        tests(
            "PluginKit",
            ["table-of-contents", "DocumentModel", "JSONSchema", "PluginKit", "PluginProtocol", "TestSupport"]
        ),
    ],
    cLanguageStandard: .c2x
)
