internal import DocumentModel
internal import PluginHost

/// Work that waits for plugins.
extension WriterSession {
    func put(_ work: PendingWork) throws {
        let statement = statements.putWork
        statement.bind(work.id.rawValue)
        statement.bind(work.plugin)
        statement.bind(work.document)
        statement.bind(work.subscription)
        statement.bind(text: work.encodedActor())
        statement.bind(text: work.encodedEvents())
        try statement.run()
    }
}
