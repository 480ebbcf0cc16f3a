/// A block put into a list of blocks or taken out of it.
struct ListChange: Sendable, Hashable {
    /// The block around the list; `nil` for the document's outermost level.
    var parent: BlockID?
    var index: Int
    var isInsertion: Bool

    /// The change that takes this one back.
    var inverse: ListChange { ListChange(parent: parent, index: index, isInsertion: !isInsertion) }

    /// An index for an insertion made on the same list, as it is once this change has been done.
    func moved(_ position: Int) -> Int {
        if isInsertion { return index <= position ? position + 1 : position }
        return index < position ? position - 1 : position
    }

    /// Two changes made on the same list, each as it is once the other has been done.
    ///
    /// Of two blocks put in at the same index, the other's comes first.
    func crossing(_ other: ListChange) -> (own: ListChange, other: ListChange) {
        var own = self
        var moved = other
        if isInsertion {
            own.index = other.moved(index)
            // The other's block stays in front of this one's.
            if other.isInsertion ? other.index > index : other.index >= index { moved.index += 1 }
        } else {
            if other.isInsertion ? other.index <= index : other.index < index {
                own.index += other.isInsertion ? 1 : -1
            }
            if other.index > index { moved.index -= 1 }
        }
        return (own, moved)
    }

    /// What a mutation did to lists of blocks.
    static func changes(of mutation: Mutation) -> [ListChange] {
        switch mutation.command.kind {
        case .blockInsert(let body):
            guard case .parent(let parent, let index?) = body.place else { return [] }
            return [ListChange(parent: parent, index: index, isInsertion: true)]
        case .blockDelete:
            guard case .blockInsert(let body)? = mutation.inverse.first?.kind,
                case .parent(let parent, let index?) = body.place
            else { return [] }
            return [ListChange(parent: parent, index: index, isInsertion: false)]
        case .blockMove(let body):
            guard case .blockMove(let back)? = mutation.inverse.first?.kind,
                case .parent(let oldParent, let oldIndex?) = back.place,
                case .parent(let parent, let index?) = body.place
            else { return [] }
            return [
                ListChange(parent: oldParent, index: oldIndex, isInsertion: false),
                ListChange(parent: parent, index: index, isInsertion: true),
            ]
        default: return []
        }
    }
}
