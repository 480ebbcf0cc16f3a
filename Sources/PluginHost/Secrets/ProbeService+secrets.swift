import DocumentModel
import NIOConcurrencyHelpers
import PluginProtocol

/// Finding out which of several secrets a plugin has.
extension ProbeService {
    /// Pings with each live secret alone, and keeps what the plugin did with it.
    ///
    /// - Parameters:
    ///   - plugin: has just answered a ping that all of them signed.
    ///   - areVerified: whether it refused a wrong signature; otherwise its answers tell nothing.
    /// - Returns: a finding a secret, newest first; none if there is only one secret, which the genuine ping has tried already.
    func secrets(of plugin: Plugin, areVerified: Bool) async -> [ProbeFinding] {
        let live = plugin.secrets.live(at: clock.now())
        guard areVerified else {
            return live.count < 2
                ? []
                : live.map { member in
                    let remark = "it takes wrong signatures, so that this tells nothing"
                    return ProbeFinding(.secret, .skipped, remark, about: member.secret.fingerprint)
                }
        }
        guard live.count > 1 else {
            for member in live { note(isAccepted: true, member, of: plugin) }
            return []
        }
        var findings: [ProbeFinding] = []
        for (index, member) in live.enumerated() {
            findings.append(await trial(of: member, isNewest: index == 0, plugin))
        }
        return findings
    }

    private func trial(of member: SigningSecret, isNewest: Bool, _ plugin: Plugin) async -> ProbeFinding {
        let pong = await handshake.send(plugin, secret: member.secret)
        var finding = ProbeFinding(.secret, .passed, "", about: member.secret.fingerprint)
        let end = member.endsAt.map { "; it signs until \($0)" } ?? ""
        switch pong.result {
        case .success:
            note(isAccepted: true, member, of: plugin)
            finding.remark = isNewest ? "takes the newest secret" : "still takes this older secret\(end)"
        case .failure where pong.isRefusal:
            note(isAccepted: false, member, of: plugin)
            finding.result = isNewest ? .warned : .passed
            finding.remark =
                isNewest
                ? "does not take the newest secret: it verifies with an older one alone"
                : "does not take this older secret: it can be dropped\(end)"
        case .failure(let refusal):
            finding.result = .failed
            finding.remark = "\(refusal)"
        }
        finding.status = pong.record.status
        finding.microseconds = pong.record.timings.total
        return finding
    }

    private func note(isAccepted: Bool, _ member: SigningSecret, of plugin: Plugin) {
        let trial = SecretTrial(time: clock.now(), isAccepted: isAccepted)
        let live = Set(plugin.secrets.all.map(\.secret.fingerprint))
        registry[plugin.id]?.runtime.health
            .withLockedValue { health in
                guard var known = health, known.url == plugin.url else { return }
                known.secretTrials[member.secret.fingerprint] = trial
                // What ended long ago is not kept.
                known.secretTrials = known.secretTrials.filter { live.contains($0.key) }
                health = known
            }
    }
}
