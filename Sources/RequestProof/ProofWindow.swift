/// When a request must have been made to be taken.
///
/// Both ends belong to it: 900 s ago is in, 901 s ago is out.
public enum ProofWindow {
    /// How many seconds a timestamp may lie in the past.
    public static let past: Int64 = 900
    /// How many seconds a timestamp may lie in the future, for clocks that differ.
    public static let future: Int64 = 60
    /// How many seconds after its timestamp a nonce may be forgotten: the window, the clocks' difference, and one.
    public static let memory = past + future + 1

    /// The largest time that is calculated with: the end of the year 9999.
    static let latest: Int64 = 253_402_300_799

    static func check(
        _ timestamp: Int64,
        now: Int64,
        challenge: ProofRefusal.Challenge
    ) throws(ProofRefusal) {
        guard timestamp < now - past || timestamp > now + future else { return }
        let (distance, direction) = timestamp < now ? (now - timestamp, "ago") : (timestamp - now, "in the future")
        throw ProofRefusal(
            .outsideWindow,
            "the request was made \(distance) s \(direction) by this host's clock; at most \(past) s ago and "
                + "\(future) s in the future are taken",
            challenge: challenge
        )
    }

    /// Reads a timestamp: digits alone, without leading zeros, before the year 10000; nil for anything else.
    static func seconds(_ text: String) -> Int64? {
        // Int64's parser takes a sign and leading zeros, which the signed text would not repeat.
        guard let seconds = Int64(text), (0...latest).contains(seconds), String(seconds) == text else { return nil }
        return seconds
    }
}
