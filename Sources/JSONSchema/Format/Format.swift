/// The formats of the specification.
///
/// Source: JSON Schema 2020-12, validation, section 7.3.
enum Format: String, Sendable, CaseIterable {
    case dateTime = "date-time"
    case date
    case time
    case duration
    case email
    case idnEmail = "idn-email"
    case hostname
    case idnHostname = "idn-hostname"
    case ipv4
    case ipv6
    case uri
    case uriReference = "uri-reference"
    case iri
    case iriReference = "iri-reference"
    case uuid
    case uriTemplate = "uri-template"
    case jsonPointer = "json-pointer"
    case relativeJSONPointer = "relative-json-pointer"
    case regex

    /// Whether a text has the format.
    ///
    /// - Parameter text: valid UTF-8.
    /// - Returns: whether it has.
    func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .dateTime: TimeFormats.isDateTime(text)
        case .date: TimeFormats.isDate(text)
        case .time: TimeFormats.isTime(text)
        case .duration: TimeFormats.isDuration(text)
        case .email: AddressFormats.isEmail(text, international: false)
        case .idnEmail: AddressFormats.isEmail(text, international: true)
        case .hostname: HostnameFormats.isHostname(text)
        case .idnHostname: HostnameFormats.isInternationalHostname(text)
        case .ipv4: AddressFormats.isIPv4(text)
        case .ipv6: AddressFormats.isIPv6(text)
        case .uri: URIFormats.isURI(text, international: false)
        case .uriReference: URIFormats.isReference(text, international: false)
        case .iri: URIFormats.isURI(text, international: true)
        case .iriReference: URIFormats.isReference(text, international: true)
        case .uuid: AddressFormats.isUUID(text)
        case .uriTemplate: URIFormats.isTemplate(text)
        case .jsonPointer: PointerFormats.isPointer(text)
        case .relativeJSONPointer: PointerFormats.isRelativePointer(text)
        case .regex: (try? PatternParser.parse(String(decoding: text, as: UTF8.self))) != nil
        }
    }

    /// Whether a text has the format.
    func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matches($0) }
    }
}
