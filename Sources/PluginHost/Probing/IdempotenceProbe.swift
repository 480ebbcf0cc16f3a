public import DocumentModel
public import PluginProtocol

/// Feeds a plugin its own result, to which it should answer nothing.
///
/// A plugin that always finds something to change never lets a document rest: each answer makes a revision, and two such plugins chase each
/// other. Pure but for the closure that asks. `Sendable`.
public struct IdempotenceProbe: Sendable {
    /// What came of it.
    ///
    /// `Sendable`.
    public struct Verdict: Sendable {
        /// Whether the plugin let its own result be.
        public var result: ProbeFinding.Result
        /// What was seen.
        public var remark: String
    }

    /// The events that are about the content of a document, so that the document alone decides what there is left to do.
    public static let types: [EventType] = [.documentCreated, .documentChanged, .blockCreated, .blockChanged]

    /// Who changes the sample's document by what it answers.
    public let actor: Actor
    /// What documents may not exceed.
    public let limits: DocumentLimits

    /// A probe of one plugin.
    public init(actor: Actor, limits: DocumentLimits) {
        self.actor = actor
        self.limits = limits
    }

    /// Tries the plugin with a sample.
    ///
    /// - Parameters:
    ///   - sample: of one of ``types``.
    ///   - ask: asks the plugin about a sample; called once or twice.
    /// - Returns: whether the plugin let its own result be.
    public func run(
        _ sample: ProbeSample,
        ask: (ProbeSample) async throws(Refusal) -> PluginAnswer
    ) async -> Verdict {
        let answer: PluginAnswer
        do {
            answer = try await ask(sample)
        } catch {
            return Verdict(result: .failed, remark: "\(error)")
        }
        let result: ProbeSample
        do {
            guard let changed = try sample.changed(by: answer, actor: actor, limits: limits) else {
                return Verdict(result: .passed, remark: "changes nothing of the sample")
            }
            result = changed
        } catch {
            return Verdict(result: .failed, remark: "its answer does not apply: \(error)")
        }
        do {
            return try verdict(on: try await ask(result), to: result)
        } catch let refusal as Refusal {
            return Verdict(result: .failed, remark: "given its own result: \(refusal)")
        } catch {
            return Verdict(result: .failed, remark: "given its own result, its answer does not apply: \(error)")
        }
    }

    private func verdict(on answer: PluginAnswer, to sample: ProbeSample) throws -> Verdict {
        guard !answer.commands.isEmpty else { return Verdict(result: .passed, remark: "lets its own result be") }
        guard try sample.changed(by: answer, actor: actor, limits: limits) != nil else {
            return Verdict(
                result: .warned,
                remark: "given its own result it answers commands that change nothing; nothing would be better"
            )
        }
        let ops = Set(answer.commands.map(\.op)).sorted().joined(separator: ", ")
        return Verdict(result: .failed, remark: "given its own result it changes it again: \(ops)")
    }
}
