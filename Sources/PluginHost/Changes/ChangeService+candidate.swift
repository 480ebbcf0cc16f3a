import DocumentModel
import PluginProtocol

/// What a change would be, without making it.
extension ChangeService {
    /// Makes the change on the latest durable revision, for the writer to take over.
    ///
    /// - Returns: nil if that is not possible; the writer then finds out why, on the revision that counts.
    func prepare(_ request: ChangeRequest, _ generation: Int) async -> PreparedChange? {
        var head: DocumentSnapshot?
        if !request.creates {
            head = try? await store.document(request.document)
            if head == nil { return nil }
        }
        return (try? candidate(request, head, generation)).map(PreparedChange.init)
    }

    /// Checks what the request says of the document.
    func check(_ request: ChangeRequest, _ head: DocumentSnapshot?) throws {
        if request.creates {
            guard head == nil else { throw HostError.exists(request.document) }
        } else {
            guard let head else { throw HostError.noDocument(request.document) }
            let revision = head.document.revision
            if let expected = request.expectRevision, expected != revision {
                throw HostError.revisionMismatch(expected: expected, actual: revision)
            }
            if let base = request.baseRevision, base != revision {
                guard base < revision else { throw HostError.futureRevision(base, latest: revision) }
                throw Moved(revision: revision)
            }
        }
    }

    /// Applies the commands of a request; `generation` is the registry's, in which it is looked who is to be asked before.
    func candidate(_ request: ChangeRequest, _ head: DocumentSnapshot?, _ generation: Int) throws -> Candidate {
        do {
            var candidate = try Candidate(
                request.commands,
                to: head,
                actor: request.actor,
                context: context(request.actor)
            )
            candidate.generation = generation
            return candidate
        } catch {
            throw HostError(error)
        }
    }

    /// What a change would come to, and who would be asked after it; `snapshot` is the candidate's document.
    func dryResult(
        _ request: ChangeRequest,
        _ candidate: Candidate,
        _ snapshot: DocumentSnapshot,
        _ causality: Causality
    ) async throws -> ChangeResult {
        let violations = chain.types.violations(in: snapshot, limits: limits)
        guard violations.isEmpty else { throw HostError.documentTypeViolated(candidate.document.type, violations) }
        if request.creates {
            // Ids of deleted documents are never used again; the writer finds that out by itself, here it must be asked for.
            let earlier = try await store.history(of: request.document, page: PageRequest(limit: 1))
            guard earlier.items.isEmpty else {
                throw HostError(
                    .nameTaken,
                    "there was a document \(request.document), which was deleted; ids are never used again"
                )
            }
        }
        var result = ChangeResult(document: snapshot, mutations: candidate.mutations)
        result.isDeleted = candidate.isDeletion
        if !candidate.mutations.isEmpty, let warning = afterDryRun(candidate, causality) { result.warnings = [warning] }
        return result
    }

    /// Names those who are asked once such a change is made; a dry run ends before.
    private func afterDryRun(_ candidate: Candidate, _ causality: Causality) -> String? {
        let steps = planner.registry.index.plan(
            .after,
            events: EventDerivation(candidate).types,
            document: candidate.document,
            origin: causality.origin
        )
        var names: [String] = []
        for step in steps where !names.contains(step.candidate.plugin.name) { names.append(step.candidate.plugin.name) }
        guard !names.isEmpty else { return nil }
        // Thousands of names would help nobody.
        let shown = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? " and \(names.count - 20) more" : "")
        return "not asked, since nothing was changed: \(shown); they hear of such a change after it was made"
    }

    func context(_ actor: Actor) -> ApplyContext {
        ApplyContext(actor: actor, time: clock.now(), ids: planner.ids, limits: limits.document)
    }
}
