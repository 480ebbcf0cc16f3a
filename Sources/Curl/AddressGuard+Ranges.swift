extension AddressGuard {
    /// Ports that browsers refuse, and those of databases, caches and control planes that would take a line of HTTP for a
    /// command.
    ///
    /// Source: WHATWG Fetch, "bad port", and the services' own documentation.
    public static let portsOfOtherProtocols: Set<UInt16> = [
        1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
        110,
        111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
        532,
        540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1_719, 1_720, 1_723, 2_049, 3_659, 4_045, 4_190,
        5_060,
        5_061, 6_000, 6_566, 6_665, 6_666, 6_667, 6_668, 6_669, 6_679, 6_697, 10_080,
        // SMB, rsync, SQL Server, Oracle, ZooKeeper, Docker, etcd, MySQL, RDP, PostgreSQL, AMQP, VNC, Redis, Cassandra,
        // Kafka, Elasticsearch, kubelet, memcached, MongoDB.
        445, 873, 1_433, 1_521, 2_181, 2_375, 2_376, 2_379, 2_380, 3_306, 3_389, 5_432, 5_671, 5_672, 5_900, 6_379,
        6_380,
        9_042, 9_092, 9_200, 9_300, 10_250, 10_255, 11_211, 27_017, 27_018, 27_019,
    ]

    private struct Special: Sendable {
        let range: CIDR
        let reason: String

        /// IPv4 from four numbers.
        init(_ first: UInt32, _ second: UInt32, _ third: UInt32, _ fourth: UInt32, _ length: Int, _ reason: String) {
            let bits = first << 24 | second << 16 | third << 8 | fourth
            range = CIDR(unchecked: IPAddress(v4: bits), prefixLength: length)
            self.reason = reason
        }

        /// IPv6 from the upper half.
        init(_ high: UInt64, _ length: Int, _ reason: String) {
            range = CIDR(unchecked: IPAddress(high: high, low: 0), prefixLength: length)
            self.reason = reason
        }
    }

    static let nat64 = CIDR(unchecked: IPAddress(high: 0x0064_ff9b_0000_0000, low: 0), prefixLength: 96)

    private static let specialV4: [Special] = [
        Special(0, 0, 0, 0, 8, "\"this network\", RFC 1122"),
        Special(10, 0, 0, 0, 8, "private network, RFC 1918"),
        Special(100, 64, 0, 0, 10, "shared address space of providers, RFC 6598"),
        Special(127, 0, 0, 0, 8, "loopback, RFC 1122"),
        Special(168, 63, 129, 16, 32, "control service of a cloud provider"),
        Special(169, 254, 0, 0, 16, "link-local (cloud metadata among them), RFC 3927"),
        Special(172, 16, 0, 0, 12, "private network, RFC 1918"),
        Special(192, 0, 0, 0, 24, "protocol assignments, RFC 6890"),
        Special(192, 0, 2, 0, 24, "documentation, RFC 5737"),
        Special(192, 31, 196, 0, 24, "AS112, RFC 7535"),
        Special(192, 52, 193, 0, 24, "automatic multicast tunnels, RFC 7450"),
        Special(192, 88, 99, 0, 24, "6to4 relays, RFC 7526"),
        Special(192, 168, 0, 0, 16, "private network, RFC 1918"),
        Special(192, 175, 48, 0, 24, "AS112, RFC 7534"),
        Special(198, 18, 0, 0, 15, "benchmarks, RFC 2544"),
        Special(198, 51, 100, 0, 24, "documentation, RFC 5737"),
        Special(203, 0, 113, 0, 24, "documentation, RFC 5737"),
        Special(224, 0, 0, 0, 4, "multicast, RFC 1112"),
        Special(240, 0, 0, 0, 4, "reserved, RFC 1112"),
    ]

    /// The first match counts.
    ///
    /// The last row is everything outside 2000::/3, the only range of public unicast addresses.
    private static let specialV6: [Special] = [
        Special(0, 8, "unspecified, loopback or an IPv4 address in IPv6 form (mapped, translated, NAT64), RFC 4291"),
        Special(0xfe80_0000_0000_0000, 10, "link-local, RFC 4291"),
        Special(0xfc00_0000_0000_0000, 7, "unique local, RFC 4193"),
        Special(0xff00_0000_0000_0000, 8, "multicast, RFC 4291"),
        Special(0x2001_0000_0000_0000, 32, "Teredo, RFC 4380"),
        Special(0x2001_0000_0000_0000, 23, "protocol assignments (benchmarks and ORCHID among them), RFC 2928"),
        Special(0x2001_0db8_0000_0000, 32, "documentation, RFC 3849"),
        Special(0x2002_0000_0000_0000, 16, "6to4, RFC 3056"),
        Special(0x3fff_0000_0000_0000, 20, "documentation, RFC 9637"),
        Special(0x2620_004f_8000_0000, 48, "AS112, RFC 7534"),
        Special(0x4000_0000_0000_0000, 2, "not assigned for global unicast, RFC 4291"),
        Special(0x8000_0000_0000_0000, 1, "not assigned for global unicast, RFC 4291"),
        Special(0x0000_0000_0000_0000, 3, "not assigned for global unicast, RFC 4291"),
    ]

    /// Why an address is not a public unicast address, or nil.
    static func reasonNotPublic(_ address: IPAddress) -> String? {
        let table = address.family == .v4 ? specialV4 : specialV6
        if let special = table.first(where: { $0.range.contains(address) }) { return special.reason }
        // An interface identifier of ISATAP, under any prefix, names an IPv4 address inside a site.
        let interface = address.low >> 32 & ~0x0200_0000
        if address.family == .v6, interface == 0x0000_5efe { return "ISATAP, RFC 5214" }
        return nil
    }

    private static let localSuffixes = [
        "localhost", "localdomain", "local", "internal", "home.arpa", "svc", "lan", "intranet", "private", "corp",
        "home",
        "onion", "invalid", "in-addr.arpa", "ip6.arpa",
    ]

    /// Why a name can only be one of the local network, or nil.
    ///
    /// Source: RFC 6761, RFC 6762, RFC 8375, and ICANN's reservation of `internal`.
    static func reasonNameIsLocal(_ name: String) -> String? {
        guard name.utf8.contains(UInt8(ascii: ".")) else { return "a name of one label is one of the local network" }
        guard let suffix = localSuffixes.first(where: { name.hasSuffix("." + $0) }) else { return nil }
        return ".\(suffix) is for names of the local network"
    }
}
