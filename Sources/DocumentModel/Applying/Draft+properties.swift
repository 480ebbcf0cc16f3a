import JSONSchema

extension Draft {
    /// Changes the properties of the document or of the blocks a target means, and writes the mutation down.
    ///
    /// - Parameters:
    ///   - target: the blocks; `nil` for the document.
    ///   - pointer: from `properties`.
    ///   - edit: changes the properties of a block on the given level, or of the document where that is `nil`.
    /// - Throws: what `edit` throws, or that there is no such block.
    mutating func changeProperties(
        of target: Target?,
        at pointer: JSONPointer,
        _ edit: (inout Draft, inout JSON, _ level: Int?) throws(CommandError) -> PointerEdit
    ) throws(CommandError) {
        if let target {
            try changeContent(of: target) { (draft, block, level) throws(CommandError) in
                try draft.checkExpected(text: block.text)
                var properties = JSON.object(block.properties)
                try draft.checkExpected(value: properties.value(at: pointer))
                let result = try edit(&draft, &properties, level)
                guard let edit = draft.describe(result, pointer, target: .block(block.id), properties) else {
                    return nil
                }
                block.properties = properties.objectValue ?? JSONObject()
                return edit
            }
            return
        }
        try refuseExpected(text: true)
        var properties = JSON.object(document.properties)
        try checkExpected(value: properties.value(at: pointer))
        let result = try edit(&self, &properties, nil)
        guard let edit = describe(result, pointer, target: nil, properties), let inverse = edit.inverse else { return }
        changeDocument { $0.properties = properties.objectValue ?? JSONObject() }
        record(
            edit.resolved,
            restore: command.restore,
            pointer: edit.pointer,
            before: edit.before,
            after: edit.after,
            inverse: [Command(inverse, restore: edit.isInsertion ? Restoration(isInsertion: true) : nil)]
        )
    }

    /// The mutation that an edit amounts to; `nil` if it changed nothing.
    private func describe(
        _ edit: PointerEdit,
        _ pointer: JSONPointer,
        target: Target?,
        _ properties: JSON
    ) -> ContentEdit? {
        var pointer = pointer
        let inverse: Command.Kind
        var before = JSON.null
        var isInsertion = false
        switch edit {
        case .unchanged: return nil
        case .replaced(let old):
            before = old
            inverse = .propertySet(Command.PropertySet(pointer: pointer, value: old, target: target))
        case .added(let tokens):
            // An appended element has an index now.
            if tokens.count == pointer.tokens.count { pointer = JSONPointer(tokens: tokens) }
            let made = JSONPointer(tokens: tokens)
            inverse = .propertyRemove(Command.PropertyRemove(pointer: made, target: target))
        case .removed(let old, let isElement):
            before = old
            isInsertion = isElement
            inverse = .propertySet(Command.PropertySet(pointer: pointer, value: old, target: target))
        }
        let after = properties.value(at: pointer)
        let resolved: Command.Kind
        if case .propertySet(let body) = command.kind {
            resolved = .propertySet(Command.PropertySet(pointer: pointer, value: body.value, target: target))
        } else {
            resolved = .propertyRemove(Command.PropertyRemove(pointer: pointer, target: target))
        }
        var removed = false
        if case .removed = edit { removed = true }
        return ContentEdit(
            resolved: resolved,
            pointer: ["properties"] + pointer.tokens,
            before: before,
            after: removed ? .null : after ?? .null,
            inverse: inverse,
            isInsertion: isInsertion
        )
    }
}
