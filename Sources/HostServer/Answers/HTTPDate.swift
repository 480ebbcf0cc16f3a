import DocumentModel
import NIOConcurrencyHelpers

/// The time as header fields write it: `Tue, 24 Nov 2026 22:18:51 GMT`.
///
/// Source: RFC 9110, section 5.6.7 (IMF-fixdate).
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let last = NIOLockedValueBox<(second: Int64, text: String)>((.min, ""))

    /// The present moment; written anew each second only.
    static func now() -> String {
        let now = Timestamp.now()
        let second = now.millisecondsSince1970 / 1000
        return last.withLockedValue { last in
            if last.second != second { last = (second, text(now)) }
            return last.text
        }
    }

    /// A moment since 1970.
    static func text(_ time: Timestamp) -> String {
        // 2026-11-24T22:18:51.123Z
        let parts = time.description.split { "-T.".contains($0) }
        let weekday = days[Int(time.millisecondsSince1970 / 86_400_000 % 7)]
        return "\(weekday), \(parts[2]) \(months[(Int(parts[1]) ?? 1) - 1]) \(parts[0]) \(parts[3]) GMT"
    }
}
