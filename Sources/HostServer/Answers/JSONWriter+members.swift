import DocumentModel
import JSONSchema

extension JSONWriter {
    /// Writes a member if there is a value.
    mutating func member(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        key(name)
        string(value)
    }

    /// Writes a member if there is a value.
    mutating func member(_ name: StaticString, _ value: Int?) {
        guard let value else { return }
        key(name)
        int(value)
    }

    /// Writes a member if there is a value.
    mutating func member(_ name: StaticString, _ value: JSON?) {
        guard let value else { return }
        key(name)
        self.value(value)
    }

    /// Writes a member that is a string or null.
    mutating func nullable(_ name: StaticString, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    /// Writes a member that is an id or null.
    mutating func nullable<Kind: IdentifierKind>(_ name: StaticString, _ value: Identifier<Kind>?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    /// Writes a member that is a number or null.
    mutating func nullable(_ name: StaticString, _ value: Int?) {
        key(name)
        if let value { int(value) } else { null() }
    }
}
