import Foundation
import PluginHost
import PluginProtocol
import Testing

/// `docs/failures.md`, made from the table that the tests go by.
enum FailurePage {
    static let path = "docs/failures.md"

    static var text: String {
        ([introduction, overview] + FailureTable.rows.map(section)).joined(separator: "\n") + closing
    }

    private static let introduction = """
        # When a plugin fails

        For administrators: every way in which a plugin can fail, what the host does about it, and what there is to see. Made from the table
        that the tests go by: each line under "Tried with" is done to a running host by a server on a socket, under every policy in `before`, and the first
        of each kind in `after` too. So this page says what happens, not what should. (`PLUGINHOST_WRITE_DOCS=1 swift test --filter FailurePageTests` makes it anew.)

        ## What is the same for all

        A plugin that fails never changes a document: its answer is taken as a whole or not at all, and what it wanted to remember (`state`) is dropped
        with it. What becomes of the **change** that it was asked about is up to the subscription's `onFailure`:

        | `onFailure` | the change | whoever made it gets | in the audit trail, besides the failure itself |
        | --- | --- | --- | --- |
        | `reject` | is refused; the document stays as it was | status 424, code `plugin-failed`, with `plugin`, `exchange` and `refusal` | `change.rejected` |
        | `skip` | goes on without the plugin | status 200; `warnings` names the plugin and the reason | – |
        | `flag` | goes on without the plugin | as for `skip` | `document.flagged`, and the tag `needs-review` on the document |

        In the phase `after` the change is durable already: `reject` is as `skip`, and the caller of `?wait=settled` finds the failure in `exchanges`.
        `GET /v1/documents?tag=needs-review` lists what waits for a look.

        **Where to look.** Every failure is an exchange (`GET /v1/exchanges?plugin=ID`, `pluginhost exchange show ID`) with its `outcome`, its `refusal`
        (`kind`, `message` and, where they help, `commandIndex`, `pointer`, `rule`, `limit`, `actual`, `hint`), the body sent, the body received, and its time by parts
        (`queue`, `dns`, `connect`, `tls`, `send`, `plugin`, `receive` …). The audit trail has an entry `exchange.failed`, `exchange.refused` or `exchange.skipped`
        with the same refusal, in the same transaction.

        - `failed`: no answer came that could be read as one.
        - `refused`: an answer came, and the host would not have it.
        - `skipped`: the plugin was not asked at all.

        **At most once.** A request of which a byte may have reached the plugin is never sent again. Only when the connection failed before that, it is tried
        once more, within the plugin's time.

        **Circuit breaker.** Failures marked "counts" add up: when half of at least 20 requests within 30 s have failed, the plugin is not asked for a while
        (see `breaker-open`). What is not the plugin's fault, or shows that it works, does not count.

        """

    private static var overview: String {
        let rows = FailureTable.rows.map { row in
            "| [`\(row.kind.rawValue)`](#\(anchor(row))) | \(row.title) | `\(row.outcome.rawValue)` | \(row.kind.countsForBreaker ? "counts" : "–") |"
        }
        return """
            ## All kinds

            | kind | what happened | outcome | breaker |
            | --- | --- | --- | --- |
            \(rows.joined(separator: "\n"))

            """
    }

    private static func section(_ row: FailureRow) -> String {
        let isRefused = row.kind.countsForBreaker ? "Counts for the breaker." : "Does not count for the breaker."
        let only = row.phases == [.before] ? " In `before` only." : row.phases == [.after] ? " In `after` only." : ""
        return """
            ## `\(row.kind.rawValue)`

            \(row.title): outcome `\(row.outcome.rawValue)`. \(isRefused)\(only)

            - **What happened:** \(row.happened)
            - **What the host did:** \(row.host)
            - **What the plugin's author should do:** \(row.author)
            - **What the administrator sees:** \(row.administrator)

            Tried with a plugin that:

            \(row.cases.map { "- \($0.name)" }.joined(separator: "\n"))

            """
    }

    private static let closing = """

        ## Related pages

        [Errors of the API](errors.md) has the answers that callers get; [Operations](operations.md) has what an operator can set.

        """

    /// The fragment that a heading of one code word gets.
    private static func anchor(_ row: FailureRow) -> String { row.kind.rawValue }
}

struct FailurePageTests {
    @Test func pageIsMadeFromTheTable() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: FailurePage.path)
        if ProcessInfo.processInfo.environment["PLUGINHOST_WRITE_DOCS"] != nil {
            try FailurePage.text.write(to: file, atomically: true, encoding: .utf8)
        }
        let page = try? String(contentsOf: file, encoding: .utf8)
        #expect(
            page == FailurePage.text,
            "\(FailurePage.path) is not what the table says; make it anew: PLUGINHOST_WRITE_DOCS=1 swift test --filter FailurePageTests"
        )
    }
}
