public import DocumentModel
public import JSONSchema

// Each function makes a command that the host takes as well formed, or throws and says what is wrong with
// the parameters. Whether it applies to the document is for the host to find out.
extension Command {
    /// Makes a document.
    ///
    /// - Parameters:
    ///   - type: the document's type; not empty.
    ///   - title: its title; may be empty.
    ///   - blocks: its content.
    ///   - properties: free-form values.
    /// - Returns: `document.create`.
    /// - Throws: `CommandError`.
    public static func createDocument(
        type: String,
        title: String,
        blocks: [NewBlock] = [],
        properties: JSONObject = [:]
    ) throws(CommandError) -> Command {
        try checked(.documentCreate(DocumentCreate(type: type, title: title, blocks: blocks, properties: properties)))
    }

    /// Sets the document's title.
    ///
    /// - Parameters:
    ///   - title: the new title.
    ///   - expect: what must hold before.
    /// - Returns: `document.setTitle`.
    /// - Throws: `CommandError`.
    public static func setTitle(_ title: String, expect: Expectation? = nil) throws(CommandError) -> Command {
        try checked(.documentSetTitle(DocumentSetTitle(title: title)), expect)
    }

    /// Changes the document by JSON Patch.
    ///
    /// - Parameters:
    ///   - patch: the operations of RFC 6902, in order.
    ///   - expect: what must hold before.
    /// - Returns: `document.patch`.
    /// - Throws: `CommandError`.
    public static func patch(_ patch: JSONPatch, expect: Expectation? = nil) throws(CommandError) -> Command {
        try checked(.documentPatch(DocumentPatch(patch: patch)), expect)
    }

    /// Sets a property of the document, or of a block if a target is given.
    ///
    /// - Parameters:
    ///   - pointer: a JSON Pointer relative to `properties`, such as `/author`.
    ///   - value: any JSON.
    ///   - target: the block or blocks; nil for the document.
    ///   - expect: what must hold before.
    /// - Returns: `property.set`.
    /// - Throws: `CommandError`.
    public static func setProperty(
        _ pointer: JSONPointer,
        to value: JSON,
        of target: Target? = nil,
        expect: Expectation? = nil
    ) throws(CommandError) -> Command {
        try checked(.propertySet(PropertySet(pointer: pointer, value: value, target: target)), expect)
    }

    /// Removes a property of the document, or of a block if a target is given.
    ///
    /// - Parameters:
    ///   - pointer: a JSON Pointer relative to `properties`.
    ///   - target: the block or blocks; nil for the document.
    ///   - expect: what must hold before.
    /// - Returns: `property.remove`.
    /// - Throws: `CommandError`.
    public static func removeProperty(
        _ pointer: JSONPointer,
        of target: Target? = nil,
        expect: Expectation? = nil
    ) throws(CommandError) -> Command {
        try checked(.propertyRemove(PropertyRemove(pointer: pointer, target: target)), expect)
    }

    /// Inserts a block.
    ///
    /// - Parameters:
    ///   - block: what to insert.
    ///   - place: where; the end of the document if left out.
    /// - Returns: `block.insert`.
    /// - Throws: `CommandError`.
    public static func insertBlock(_ block: NewBlock, at place: Place = .end) throws(CommandError) -> Command {
        try checked(.blockInsert(BlockInsert(block: block, place: place)))
    }

    /// Changes the type or the properties of a block, or both.
    ///
    /// - Parameters:
    ///   - target: the block or blocks.
    ///   - type: the new type; nil keeps it.
    ///   - properties: merged into the block's by member, `null` removes one; nil keeps them.
    ///   - expect: what must hold before.
    /// - Returns: `block.update`.
    /// - Throws: `CommandError`.
    public static func updateBlock(
        _ target: Target,
        type: String? = nil,
        properties: JSONObject? = nil,
        expect: Expectation? = nil
    ) throws(CommandError) -> Command {
        try checked(.blockUpdate(BlockUpdate(target: target, type: type, properties: properties)), expect)
    }

    /// Puts another block in the place of one.
    ///
    /// - Parameters:
    ///   - target: one block.
    ///   - block: what to put there.
    ///   - expect: what must hold before.
    /// - Returns: `block.replace`.
    /// - Throws: `CommandError`.
    public static func replaceBlock(
        _ target: Target,
        with block: NewBlock,
        expect: Expectation? = nil
    ) throws(CommandError) -> Command {
        try checked(.blockReplace(BlockReplace(target: target, block: block)), expect)
    }

    /// Moves a block with what is inside it.
    ///
    /// - Parameters:
    ///   - target: one block.
    ///   - place: where to.
    /// - Returns: `block.move`.
    /// - Throws: `CommandError`.
    public static func moveBlock(_ target: Target, to place: Place) throws(CommandError) -> Command {
        try checked(.blockMove(BlockMove(target: target, place: place)))
    }

    /// Deletes a block with what is inside it.
    ///
    /// - Parameters:
    ///   - target: the block or blocks.
    ///   - expect: what must hold before.
    /// - Returns: `block.delete`.
    /// - Throws: `CommandError`.
    public static func deleteBlock(_ target: Target, expect: Expectation? = nil) throws(CommandError) -> Command {
        try checked(.blockDelete(BlockDelete(target: target)), expect)
    }

    /// Puts text into a block.
    ///
    /// - Parameters:
    ///   - text: what to put in.
    ///   - target: the block or blocks.
    ///   - start: the code point before which it goes, 0 or more.
    ///   - expect: what must hold before.
    /// - Returns: `text.insert`.
    /// - Throws: `CommandError`.
    public static func insertText(
        _ text: String,
        into target: Target,
        at start: Int,
        expect: Expectation? = nil
    ) throws(CommandError) -> Command {
        try checked(.textInsert(TextInsert(target: target, start: start, text: text)), expect)
    }

    /// Puts text in the place of a part of a block's text.
    ///
    /// - Parameters:
    ///   - range: by positions in code points, or by the text that is meant.
    ///   - target: the block or blocks.
    ///   - text: what to put there.
    ///   - expect: what must hold before.
    /// - Returns: `text.replace`.
    /// - Throws: `CommandError`.
    public static func replaceText(
        _ range: TextRange,
        in target: Target,
        with text: String,
        expect: Expectation? = nil
    ) throws(CommandError) -> Command {
        try checked(.textReplace(TextReplace(target: target, range: range, text: text)), expect)
    }

    /// Deletes a part of a block's text.
    ///
    /// - Parameters:
    ///   - range: by positions in code points, or by the text that is meant.
    ///   - target: the block or blocks.
    ///   - expect: what must hold before.
    /// - Returns: `text.delete`.
    /// - Throws: `CommandError`.
    public static func deleteText(
        _ range: TextRange,
        in target: Target,
        expect: Expectation? = nil
    ) throws(CommandError) -> Command {
        try checked(.textDelete(TextDelete(target: target, range: range)), expect)
    }

    /// Says something about a part of a block's text.
    ///
    /// - Parameters:
    ///   - range: what it covers; not empty.
    ///   - target: the block or blocks.
    ///   - name: the kind of annotation; not empty.
    ///   - value: any JSON.
    ///   - expect: what must hold before.
    /// - Returns: `annotation.set`.
    /// - Throws: `CommandError`.
    public static func annotate(
        _ range: TextRange,
        in target: Target,
        name: String,
        value: JSON,
        expect: Expectation? = nil
    ) throws(CommandError) -> Command {
        try checked(.annotationSet(AnnotationSet(target: target, name: name, value: value, range: range)), expect)
    }

    /// Removes annotations.
    ///
    /// - Parameters:
    ///   - selection: which of the block's.
    ///   - target: the block or blocks.
    ///   - expect: what must hold before.
    /// - Returns: `annotation.remove`.
    /// - Throws: `CommandError`.
    public static func removeAnnotations(
        _ selection: AnnotationRemove.Selection,
        in target: Target,
        expect: Expectation? = nil
    ) throws(CommandError) -> Command {
        try checked(.annotationRemove(AnnotationRemove(target: target, selection: selection)), expect)
    }

    /// Adds a comment to the document, or to a block if a target is given.
    ///
    /// - Parameters:
    ///   - text: what to say; not empty.
    ///   - target: the block or blocks; nil for the document.
    /// - Returns: `comment.add`.
    /// - Throws: `CommandError`.
    public static func addComment(_ text: String, to target: Target? = nil) throws(CommandError) -> Command {
        try checked(.commentAdd(CommentAdd(text: text, target: target)))
    }

    /// Marks a comment as dealt with.
    ///
    /// - Parameter comment: which one.
    /// - Returns: `comment.resolve`.
    /// - Throws: `CommandError`.
    public static func resolveComment(_ comment: CommentID) throws(CommandError) -> Command {
        try checked(.commentResolve(CommentResolve(comment: comment)))
    }

    /// Adds a tag to the document; nothing happens if it is there.
    ///
    /// - Parameter tag: not empty.
    /// - Returns: `tag.add`.
    /// - Throws: `CommandError`.
    public static func addTag(_ tag: String) throws(CommandError) -> Command {
        try checked(.tagAdd(TagAdd(tag: tag)))
    }

    /// Removes a tag of the document; nothing happens if it is not there.
    ///
    /// - Parameter tag: not empty.
    /// - Returns: `tag.remove`.
    /// - Throws: `CommandError`.
    public static func removeTag(_ tag: String) throws(CommandError) -> Command {
        try checked(.tagRemove(TagRemove(tag: tag)))
    }

    /// Adds a participant to the document.
    ///
    /// - Parameter participant: who.
    /// - Returns: `participant.add`.
    /// - Throws: `CommandError`.
    public static func addParticipant(_ participant: Participant) throws(CommandError) -> Command {
        try checked(.participantAdd(ParticipantAdd(participant: participant)))
    }

    /// Removes a participant of the document.
    ///
    /// - Parameter participant: who; the name does not matter.
    /// - Returns: `participant.remove`.
    /// - Throws: `CommandError`.
    public static func removeParticipant(_ participant: Participant) throws(CommandError) -> Command {
        try checked(.participantRemove(ParticipantRemove(participant: participant)))
    }

    /// Reads the command back as the host will, so that the host's rules are the only ones.
    private static func checked(_ kind: Kind, _ expect: Expectation? = nil) throws(CommandError) -> Command {
        var writer = JSONWriter()
        Command(kind, expect: expect).write(into: &writer)
        guard let json = try? JSON(parsing: writer.bytes) else {
            // Only what is over the limits of JSON itself gets here; the host would refuse it as JSON.
            return Command(kind, expect: expect)
        }
        return try Command(json: json, index: 0)
    }
}
