import DocumentModel
import JSONSchema
import PluginProtocol

/// That a plugin's certificate ends within so many days: given once for each certificate and number of days.
///
/// `Sendable`.
struct CertificateWarning: Sendable, Hashable {
    /// How many days ahead is warned.
    static let days = [1, 7, 30]

    private static let millisecondsPerDay: Int64 = 86_400_000

    /// When the certificate ends.
    var end: Timestamp
    /// Of ``CertificateWarning/days(_:)`` the one that was reached.
    var days: Int

    /// The warning that is due; nil if there is none.
    init?(of end: Timestamp, now: Timestamp) {
        let left = end.millisecondsSince1970 - now.millisecondsSince1970
        guard let days = Self.days.first(where: { left <= Int64($0) * Self.millisecondsPerDay }) else { return nil }
        self.end = end
        self.days = days
    }

    /// Reads what ``payload(_:)`` wrote; nil if it was erased.
    init?(payload: [UInt8]) {
        guard let json = try? JSON(parsing: payload),
            let end = json["ends"]?.stringValue.flatMap(Timestamp.init(parsing:)),
            let days = json["days"]?.intValue
        else { return nil }
        self.end = end
        self.days = days
    }

    /// Whether this one says all that the other does.
    func covers(_ other: CertificateWarning) -> Bool { end == other.end && days <= other.days }

    /// Whole days, rounded down; negative once the certificate has ended.
    static func daysLeft(until end: Timestamp, now: Timestamp) -> Int {
        let left = end.millisecondsSince1970 - now.millisecondsSince1970
        return Int(left >= 0 ? left / millisecondsPerDay : (left - millisecondsPerDay + 1) / millisecondsPerDay)
    }

    /// What the ledger keeps: `{"name", "url", "ends", "days"}`.
    func payload(_ plugin: Plugin) -> [UInt8] {
        var writer = JSONWriter(reserving: 256)
        writer.beginObject()
        writer.key("name")
        writer.string(plugin.name)
        writer.key("url")
        writer.string(plugin.url.description)
        writer.key("ends")
        writer.string(end)
        writer.key("days")
        writer.int(days)
        writer.endObject()
        return writer.bytes
    }
}
