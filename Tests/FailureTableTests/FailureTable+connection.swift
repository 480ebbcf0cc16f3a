import Curl
import PluginHost
import PluginProtocol
import TestSupport

typealias NameLookupAnswer = NameLookup.Answer

extension FailureTable {
    /// No connection came about.
    static let connectionRows = [
        FailureRow(
            kind: .addressRefused,
            title: "The address is one that the host does not call",
            outcome: .failed,
            happened: "The plugin's name led to an address that is not public, or that an operator has denied.",
            host:
                "Opened no connection. The address is judged at the socket, so a name that changes its meaning gains nothing.",
            author: "Give the plugin a public address, or ask the operator to allow the range it is in.",
            administrator:
                "The address and its range in the refusal. `--allow-address` opens a range; a name that pointed elsewhere when it was registered should be looked into.",
            cases: [
                FailureCase(
                    "has a name that leads to a cloud's metadata address by the time of the call",
                    faults: ["F38"],
                    isSeen: false,
                    settings: renamed { .at("169.254.169.254") }
                ),
                FailureCase(
                    "has a name with a good address and a bad one",
                    faults: ["F38"],
                    isSeen: false,
                    settings: renamed { .at("93.184.215.14", "10.0.0.1") }
                ),
                FailureCase(
                    "has a name with a cloud's metadata address in the form of IPv6",
                    faults: ["F38"],
                    isSeen: false,
                    settings: renamed { .at("::ffff:169.254.169.254") }
                ),
            ]
        ),
        FailureRow(
            kind: .dns,
            title: "The name was not found",
            outcome: .failed,
            happened: "The name service had no address for the plugin's host, or gave none in time.",
            host: "Opened no connection. Names are looked up apart from all transfers, so nobody else waits.",
            author: "Check the name's records, also from the host's network.",
            administrator: "What the name service said. If many plugins fail so, it is the host's own name service.",
            cases: [
                FailureCase(
                    "has a name that does not exist any more",
                    isSeen: false,
                    settings: renamed { .failure("Name or service not known") }
                ),
                FailureCase("has a name without any address", isSeen: false, settings: renamed { .addresses([]) }),
                FailureCase("has a name server that never answers", isSeen: false, isLate: true) {
                    let gate = Gate()
                    var settings = try renamed {
                        gate.wait()
                        return .failure("too late")
                    }()
                    settings.keeper = gate
                    return settings
                },
            ]
        ),
        FailureRow(
            kind: .connectRefused,
            title: "Nobody listens at the address",
            outcome: .failed,
            happened: "The plugin's machine answered that nothing listens at the port, or could not be reached.",
            host: "Tried once more, since nothing had been sent, as long as there was time.",
            author: "Start the plugin; check address and port.",
            administrator: "The address and the port that were tried.",
            cases: [
                FailureCase("does not run", isSeen: false) {
                    var settings = Stage.Settings(script: HostileServer.answering(good))
                    settings.place = .closedPort
                    return settings
                }
            ]
        ),
        FailureRow(
            kind: .connectTimeout,
            title: "The connection was not made in time",
            outcome: .failed,
            happened: "The plugin's machine did not answer at all, or began a TLS handshake and did not end it.",
            host: "Gave up after 2 s, or when the plugin's time was over if that was sooner. Nothing had been sent.",
            author: "Look for a firewall that drops packets, and for a server whose queue of connections is full.",
            administrator: "`connect` and `tls` in the exchange's timings say what took the time.",
            cases: [
                FailureCase("never answers the request for a connection", faults: ["F05"], isSeen: false, isLate: true)
                {
                    var settings = Stage.Settings(script: HostileServer.answering(good))
                    settings.place = .fullServer
                    return settings
                },
                FailureCase("never ends the TLS handshake", faults: ["F05"], isSeen: false, isLate: true) {
                    var settings = Stage.Settings(script: { $0.waitForEnd() })
                    settings.isSecure = true
                    return settings
                },
            ]
        ),
        FailureRow(
            kind: .tls,
            title: "TLS failed",
            outcome: .failed,
            happened:
                "The certificate is not valid for the name and the time, is by nobody the host trusts, or the two sides have no version of TLS in common.",
            host: "Ended the handshake. Nothing of the event was sent; there is no switch that turns verification off.",
            author:
                "Serve the whole chain of a valid certificate for the registered name, by TLS 1.2 or 1.3. A certificate authority of your own has to be given at registration, as `tls.authorities`.",
            administrator: "The reason, as in \"certificate has expired\".",
            cases: [
                FailureCase("has an expired certificate", faults: ["F42"], isSeen: false) { try secured("expired") },
                FailureCase("has a certificate that is not valid yet", faults: ["F42"], isSeen: false) {
                    try secured("notYetValid")
                },
                FailureCase("has a self-signed certificate", faults: ["F42"], isSeen: false) {
                    try secured("selfSigned")
                },
                FailureCase("has a certificate for another name", faults: ["F42"], isSeen: false) {
                    try secured("elsewhere")
                },
                FailureCase("has a certificate by an unknown authority", faults: ["F42"], isSeen: false) {
                    try secured("none", isTrusted: false)
                },
                FailureCase("has a certificate with a key that can be broken", faults: ["F42"], isSeen: false) {
                    try secured("weakKey")
                },
                FailureCase("speaks TLS 1.1 only", faults: ["F42"], isSeen: false) { try secured("none", isOld: true) },
                FailureCase("speaks no TLS", isSeen: false) {
                    var settings = Stage.Settings(script: { $0.send("HTTP/1.1 400 Bad Request\r\n\r\n") })
                    settings.isSecure = true
                    return settings
                },
            ]
        ),
    ]
}
