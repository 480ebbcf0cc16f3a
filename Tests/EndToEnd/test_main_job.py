"""The main job through the real host: a document changes, plugins in other processes are asked, their answers are applied."""

import unittest

import standardwebhooks

from host import Host, Plugin, free_port


def nothing(_):
    return {"protocol": "1.0"}


def verify(secret, headers, body):
    """What a plugin's author would do with the library of Standard Webhooks, unmodified."""
    standardwebhooks.Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})


class MainJobTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Host()
        cls.host.start()

    @classmethod
    def tearDownClass(cls):
        cls.host.stop()
        cls.host.folder.cleanup()

    def setUp(self):
        for plugin in self.host.call("GET", "/v1/plugins")["items"]:
            self.host.call("DELETE", f"/v1/plugins/{plugin['id']}")

    def test_standard_webhooks_verifies_every_request(self):
        seen = []

        def strict(secret, headers, body):
            verify(secret, headers, body)
            seen.append(headers["webhook-id"])

        with Plugin("verifier", nothing, verify=strict) as plugin:
            registered = self.host.register(plugin)
            self.assertTrue(registered["verifiesSignatures"])
            document = self.host.document()
            answer = self.host.change(document["id"], {"op": "tag.add", "tag": "a"})
            self.assertEqual(answer["exchanges"][0]["outcome"], "nothing")
            self.assertEqual(seen[-1], plugin.requests[-1]["exchange"])
            self.assertEqual(seen[-1], answer["exchanges"][0]["id"])

    def test_plugin_that_takes_any_signature_is_enabled_and_shown_so(self):
        with Plugin("careless", nothing) as plugin:
            self.assertIs(self.host.register(plugin)["verifiesSignatures"], False)

    def test_secret_is_shown_once(self):
        with Plugin("secretive", nothing) as plugin:
            registered = self.host.register(plugin)
            self.assertRegex(registered["secret"], "^whsec_")
            for path in (f"/v1/plugins/{registered['id']}", "/v1/plugins", "/v1/audit", "/v1/exchanges"):
                self.assertNotIn(registered["secret"].encode(), self.host.call("GET", path).raw)
            self.assertNotIn(registered["secret"], self.host.logged())

    def test_answer_is_applied_and_the_trail_says_who_and_why(self):
        answer = {"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "seen"}]}
        with Plugin("tagger", lambda _: answer) as plugin:
            registered = self.host.register(plugin)
            document = self.host.document()
            result = self.host.change(document["id"], {"op": "document.setTitle", "title": "New"})
            self.assertEqual(result.status, 200, result.raw)
            self.assertTrue(result["settled"])
            self.assertEqual(result["document"]["tags"], ["seen"])
            self.assertEqual(result["document"]["revision"], 3)
            self.assertIn("tagger", result.headers["server-timing"])
            items = self.host.call("GET", f"/v1/audit?document={document['id']}")["items"]
            newest = items[0]
            self.assertEqual(newest["actor"], {"type": "plugin", "id": registered["id"], "name": "tagger"})
            self.assertEqual(newest["plugin"], registered["id"])
            self.assertEqual(newest["command"]["op"], "tag.add")
            self.assertEqual(newest["exchange"], result["exchanges"][0]["id"])
            self.assertEqual(newest["cause"], items[1]["event"])
            exchange = self.host.call("GET", f"/v1/exchanges/{newest['exchange']}")
            self.assertEqual(exchange["outcome"], "applied")
            self.assertIn("tag.add", exchange["response"])
            history = self.host.call("GET", f"/v1/documents/{document['id']}/history")["items"]
            self.assertEqual([item["revision"] for item in history], [3, 2, 1])

    def test_plugins_are_told_where_the_host_listens_also_on_a_port_of_the_systems_choice(self):
        with Plugin("addressed", lambda _: {"protocol": "1.0"}) as plugin:
            self.host.register(plugin)
            document = self.host.document()
            self.host.change(document["id"], {"op": "document.setTitle", "title": "New"})
            self.assertEqual(plugin.requests[-1]["host"]["url"], self.host.url)
            self.assertTrue(plugin.requests[-1]["continuation"]["url"].startswith(self.host.url + "/continuations/"))

    def test_plugin_may_call_back_about_the_document_it_is_asked_about(self):
        def call_back(request):
            read = self.host.call("GET", f"/v1/documents/{request['document']['id']}")
            assert read.status == 200
            change = self.host.change(request["document"]["id"], {"op": "tag.add", "tag": "from the call"},
                                      headers={"pluginhost-exchange": request["exchange"]})
            assert change.status == 200, change.raw
            return {"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "from the answer"}]}

        for phase in ("before", "after"):
            with self.subTest(phase=phase), Plugin(f"caller-{phase}", call_back, phase=phase, onFailure="skip") as plugin:
                registered = self.host.register(plugin)
                document = self.host.document()
                result = self.host.change(document["id"], {"op": "document.setTitle", "title": "New"})
                self.assertEqual(result.status, 200, result.raw)
                self.assertEqual(set(result["document"]["tags"]), {"from the call", "from the answer"})
                self.assertEqual(result["document"]["title"], "New")
                self.assertEqual(len(plugin.requests), 1)
                self.host.call("DELETE", f"/v1/plugins/{registered['id']}")

    def test_ungranted_command_is_refused_with_everything_an_author_needs(self):
        answer = {"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "a"}, {"op": "document.setTitle", "title": "Mine"}]}
        with Plugin("greedy", lambda _: answer) as plugin:
            self.host.register(plugin)
            document = self.host.document()
            result = self.host.change(document["id"], {"op": "tag.add", "tag": "b"})
            refusal = result["exchanges"][0]["refusal"]
            self.assertEqual(result["document"]["tags"], ["b"])
            self.assertEqual(refusal["kind"], "not-granted")
            self.assertEqual(refusal["commandIndex"], 1)
            self.assertEqual(refusal["pointer"], "/commands/1/op")
            self.assertEqual(refusal["actual"], "documents:write")

    def test_bad_answers_are_refused_by_kind(self):
        json_type = {"content-type": "application/json"}
        cases = {
            "not-json": (200, json_type, b'{"protocol": "1.0",}'),
            "duplicate-keys": (200, json_type, b'{"protocol": "1.0", "protocol": "1.0"}'),
            "too-deep": (200, json_type, b'{"protocol": "1.0", "state": ' + b"[" * 100 + b"]" * 100 + b"}"),
            "bad-encoding": (200, json_type, b'{"protocol": "1.0", "warnings": ["\xff"]}'),
            "too-large": (200, json_type, b'{"protocol": "1.0", "warnings": ["' + b"x" * (2 << 20) + b'"]}'),
            "wrong-content-type": (200, {"content-type": "text/html"}, b"<p>"),
            "wrong-protocol": (200, json_type, b'{"protocol": "9.0"}'),
            "unknown-command": (200, json_type, b'{"protocol": "1.0", "commands": [{"op": "tag.ad", "tag": "a"}]}'),
            "schema": (200, json_type, b'{"protocol": "1.0", "comands": []}'),
            "4xx": (404, {}, b""),
            "5xx": (500, {}, b""),
            "3xx": (302, {"location": "http://127.0.0.1/"}, b""),
        }
        for kind, answer in cases.items():
            with self.subTest(kind=kind), Plugin(f"bad-{kind}", lambda _: answer) as plugin:
                registered = self.host.register(plugin)
                document = self.host.document()
                result = self.host.change(document["id"], {"op": "tag.add", "tag": "b"})
                exchange = result["exchanges"][0]
                self.assertEqual(exchange["refusal"]["kind"], kind, exchange)
                self.assertIn(exchange["outcome"], ("refused", "failed"))
                self.assertEqual(result["document"]["tags"], ["b"])
                if kind == "unknown-command":
                    self.assertIn("tag.add", exchange["refusal"]["hint"])
                if kind == "schema":
                    self.assertIn("commands", exchange["refusal"]["hint"])
                self.host.call("DELETE", f"/v1/plugins/{registered['id']}")

    def test_denial_comes_with_reasons_and_a_fix_that_works(self):
        def judge(request):
            if request["document"]["title"]:
                return {"protocol": "1.0"}
            return {"protocol": "1.0", "verdict": {"allow": False, "reasons": [
                {"pointer": "/title", "message": "A title is needed",
                 "suggest": [{"op": "document.setTitle", "title": "Hello"}]}]}}

        with Plugin("house", judge, phase="before", onFailure="reject") as plugin:
            self.host.register(plugin)
            document = self.host.document()
            denied = self.host.change(document["id"], {"op": "document.setTitle", "title": ""})
            self.assertEqual(denied.status, 422)
            self.assertEqual(denied["code"], "denied-by-plugin")
            self.assertEqual(denied["reasons"][0]["pointer"], "/title")
            fixed = self.host.change(document["id"], *denied["reasons"][0]["suggest"])
            self.assertEqual(fixed.status, 200)
            self.assertEqual(fixed["document"]["title"], "Hello")

    def test_repeats_and_preconditions(self):
        document = self.host.document()["id"]
        key = {"idempotency-key": f"key-{document}"}
        first = self.host.change(document, {"op": "comment.add", "text": "once"}, headers=key)
        again = self.host.change(document, {"op": "comment.add", "text": "once"}, headers=key)
        self.assertEqual((first.status, again.status), (200, 200))
        self.assertEqual(first["document"]["revision"], again["document"]["revision"])
        self.assertEqual(len(self.host.call("GET", f"/v1/documents/{document}")["comments"]), 1)
        other = self.host.change(document, {"op": "comment.add", "text": "other"}, headers=key)
        self.assertEqual((other.status, other["code"]), (422, "idempotency-key-reused"))
        read = self.host.call("GET", f"/v1/documents/{document}")
        self.assertEqual(read.headers["etag"], '"2"')
        stale = self.host.change(document, {"op": "tag.add", "tag": "a"}, headers={"if-match": '"1"'})
        self.assertEqual((stale.status, stale["code"], stale["currentRevision"]), (412, "revision-mismatch", 2))
        fresh = self.host.change(document, {"op": "tag.add", "tag": "a"}, headers={"if-match": '"2"'})
        self.assertEqual(fresh.status, 200)

    def test_errors_say_where_and_what(self):
        document = self.host.document()["id"]
        wrong = self.host.call("POST", f"/v1/documents/{document}/commands", {"commands": [{"op": "tag.add", "tga": "a"}]})
        self.assertEqual(wrong.status, 422)
        self.assertEqual(wrong.headers["content-type"], "application/problem+json")
        self.assertIn("tag", str(wrong.json))
        self.assertEqual(self.host.call("GET", "/v1/plugins", token=False).status, 401)
        self.assertEqual(self.host.call("DELETE", "/v1/limits").status, 405)
        self.assertEqual(self.host.call("GET", "/v1/nothing").status, 404)
        half = self.host.call("POST", "/v1/documents", b'{"type": "note", "title": "x"')
        self.assertEqual((half.status, half["code"]), (400, "invalid-json"))

    def test_host_is_no_plugin_of_its_own(self):
        address = f"127.0.0.1:{free_port()}"
        with Host(arguments=("--listen", address)) as host:
            answer = host.call("POST", "/v1/plugins", {"url": f"http://{address}/hook", "handshake": "skip",
                                                       "manifest": {"protocol": ["1.0"], "name": "self"}})
            self.assertEqual(answer.status, 422)
            self.assertEqual(answer["code"], "plugin-url-refused")
            self.assertIn("this server itself", answer["detail"])

    def test_address_that_is_not_public_is_refused_at_registration(self):
        refused = self.host.call("POST", "/v1/plugins", {"url": "http://169.254.169.254/latest/meta-data"})
        self.assertEqual((refused.status, refused["code"]), (422, "plugin-url-refused"))
        self.assertIn("--allow-address", refused["hint"])


if __name__ == "__main__":
    unittest.main()
