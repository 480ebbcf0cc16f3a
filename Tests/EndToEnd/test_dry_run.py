"""A dry run through the real host leaves the database as it was, but for the exchanges."""

import sqlite3
import unittest

from host import Host, Plugin


def contents(database):
    """All rows of all tables but those of exchanges; of a document, not where the chain of its exchanges begins."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {}
        for table in tables:
            if table in ("exchange", "exchange_body"):
                continue
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] != "last_exchange"]
            rows[table] = connection.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1, 2").fetchall() \
                if len(columns) > 1 else connection.execute(f"SELECT {columns[0]} FROM {table} ORDER BY 1").fetchall()
        return rows, connection.execute("SELECT count(*) FROM exchange").fetchone()[0]
    finally:
        connection.close()


class DryRunTests(unittest.TestCase):
    def test_nothing_but_exchanges_is_stored_and_the_answer_is_what_would_be(self):
        def tag(_):
            return {"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "checked"}], "state": {"n": 1}}

        with Host() as host, \
                Plugin("pure", tag, phase="before", events=("document.changed", "document.created"), sideEffects="none") as pure, \
                Plugin("effects", tag, phase="before", events=("document.changed", "document.created")) as effects, \
                Plugin("later", tag, events=("document.changed", "document.created")) as later:
            document = host.document()["id"]
            for plugin in (pure, effects, later):
                host.register(plugin)
            before, exchanges = contents(host.database)
            self.assertIn("entry", before)

            key = {"idempotency-key": "dry"}
            commands = [{"op": "document.setTitle", "title": "New"}]
            changed = host.change(document, *commands, dryRun=True, headers=key)
            created = host.call("POST", "/v1/documents", {"type": "note", "title": "T", "dryRun": True}, key)
            deleted = host.change(document, {"op": "document.delete"}, dryRun=True)
            refused = host.change(document, {"op": "text.insert", "target": {"find": {"text": "nowhere"}}, "start": 0, "text": "x"},
                                  dryRun=True)
            after, more = contents(host.database)
            self.assertEqual(after, before)
            # Each plugin's record for the change and for the new document; deletion is no event of theirs.
            self.assertEqual(more - exchanges, 4)

            self.assertEqual([answer.status for answer in (changed, created, deleted, refused)], [200, 200, 200, 422])
            self.assertEqual(changed["document"]["title"], "New")
            self.assertEqual(changed["document"]["tags"], ["checked"])
            self.assertEqual(changed["document"]["revision"], 2)
            self.assertEqual([m["command"]["op"] for m in changed["mutations"]], ["document.setTitle", "tag.add"])
            self.assertEqual({(e["pluginName"], e["outcome"]) for e in changed["exchanges"]},
                             {("pure", "applied"), ("effects", "skipped")})
            self.assertTrue(all(e["dryRun"] is True for e in changed["exchanges"]))
            self.assertTrue(any("effects" in warning for warning in changed["warnings"]))
            self.assertTrue(any("later" in warning for warning in changed["warnings"]))
            self.assertTrue(deleted["deleted"])
            self.assertEqual(host.call("GET", f"/v1/documents/{created['document']['id']}").status, 404)
            self.assertEqual([request["dryRun"] for request in pure.requests], [True, True])
            self.assertEqual(effects.requests, [])
            self.assertEqual(later.requests, [])

            # The key is still there for the change itself.
            made = host.change(document, *commands, headers=key)
            self.assertEqual(made.status, 200, made.raw)
            self.assertIsNone(made.headers["idempotency-replayed"])
            self.assertEqual(made["document"]["title"], "New")
            self.assertEqual({request["dryRun"] for request in effects.requests + later.requests}, {False})

            why = host.call("GET", f"/v1/matches?event={changed['exchanges'][0]['events'][0]['id']}")
            reasons = {item["pluginName"]: item["reason"] for item in why["items"]}
            self.assertEqual(reasons, {"pure": "matched", "effects": "dry-run", "later": "dry-run"})


if __name__ == "__main__":
    unittest.main()
