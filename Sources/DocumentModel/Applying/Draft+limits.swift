import JSONSchema

extension Draft {
    /// Refuses a string that is too long.
    func check(_ text: String, at tokens: @autoclosure () -> [String]) throws(CommandError) {
        let count = text.utf8.count
        guard count > context.limits.stringBytes else { return }
        throw error(
            .limit,
            at: tokens(),
            rule: "string-bytes",
            "a string is too long, counted in bytes of UTF-8",
            limit: JSON(context.limits.stringBytes),
            actual: JSON(count)
        )
    }

    /// Refuses a value with a string that is too long, or nested too deep.
    ///
    /// - Parameters:
    ///   - value: what is put into the document.
    ///   - depth: how many levels are around it.
    ///   - tokens: where it is in the command.
    /// - Throws: an error of the kind `limit`.
    func check(_ value: JSON, depth: Int, at tokens: @autoclosure () -> [String]) throws(CommandError) {
        switch value {
        case .null, .bool, .number: break
        case .string(let text): try check(text, at: tokens())
        case .array(let elements):
            try check(depth: depth + 1, at: tokens())
            for element in elements { try check(element, depth: depth + 1, at: tokens()) }
        case .object(let members): try check(members, depth: depth, at: tokens())
        }
    }

    /// Refuses members with a string that is too long, or nested too deep.
    func check(_ members: JSONObject, depth: Int, at tokens: @autoclosure () -> [String]) throws(CommandError) {
        try check(depth: depth + 1, at: tokens())
        for (key, value) in members {
            try check(key, at: tokens())
            try check(value, depth: depth + 1, at: tokens())
        }
    }

    /// Refuses a depth that is too great.
    func check(depth: Int, at tokens: @autoclosure () -> [String]) throws(CommandError) {
        guard depth > context.limits.depth else { return }
        throw error(
            .limit,
            at: tokens(),
            rule: "depth",
            "the document would be nested too deep",
            limit: JSON(context.limits.depth),
            actual: JSON(depth)
        )
    }
}

extension Block {
    /// The depth of the JSON object of a block on a level; the outermost level is 0.
    static func depth(onLevel level: Int) -> Int { 3 + 2 * level }

    /// The depth of the block's JSON with all that is in it, as if nothing were around it.
    var jsonDepth: Int {
        // The members createdBy and updatedBy are objects.
        var depth = 2
        if !properties.isEmpty { depth = max(depth, 1 + JSON.object(properties).depth) }
        for annotation in annotations { depth = max(depth, 3 + annotation.value.depth) }
        if !comments.isEmpty { depth = max(depth, 4) }
        for child in children { depth = max(depth, 2 + child.jsonDepth) }
        return depth
    }
}

extension JSON {
    /// How deep arrays and objects are nested; `[]` has depth 1, a string 0.
    var depth: Int {
        switch self {
        case .null, .bool, .number, .string: 0
        case .array(let elements): elements.reduce(1) { max($0, 1 + $1.depth) }
        case .object(let members): members.reduce(1) { max($0, 1 + $1.value.depth) }
        }
    }
}
