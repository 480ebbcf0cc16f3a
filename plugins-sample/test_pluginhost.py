"""Signatures, and the plugin of the protocol's README: python3 -m unittest, in this folder."""

import base64
import hmac
import http.server
import json
import pathlib
import queue
import re
import threading
import time
import unittest
import unittest.mock

import pluginhost

PROTOCOL = pathlib.Path(__file__).resolve().parent.parent / "protocol"
VECTORS = PROTOCOL / "test-vectors" / "signatures.json"


class SignatureTests(unittest.TestCase):
    def test_published_vectors(self):
        for vector in json.loads(VECTORS.read_text(encoding="utf-8"))["verify"]:
            with self.subTest(vector["why"]):
                given = (vector["secret"], vector["headers"], vector["body"].encode(), vector["now"])
                if vector["accept"]:
                    pluginhost.verify(*given)
                else:
                    self.assertRaises(pluginhost.SignatureError, pluginhost.verify, *given)

    def test_signing_of_published_vectors(self):
        for vector in json.loads(VECTORS.read_text(encoding="utf-8"))["sign"]:
            with self.subTest(vector["why"]):
                headers = {"webhook-" + name: vector[name] for name in ("id", "timestamp", "signature")}
                pluginhost.verify(vector["secret"], headers, vector["body"].encode(), int(vector["timestamp"]))

    def test_wrong_secrets_are_faults_of_the_operator(self):
        for secret in ("", "MDEy", "whpk_MDEy", "whsec_not base64"):
            with self.subTest(secret):
                self.assertRaises(ValueError, pluginhost.verify, secret, {}, b"")

    def test_odd_headers(self):
        vector = json.loads(VECTORS.read_text(encoding="utf-8"))["verify"][0]
        odd = (("timestamp", "9" * 5000), ("timestamp", "²"), ("signature", "v1,\u00e9"), ("signature", " "))
        for name, value in odd:
            headers = {**vector["headers"], "webhook-" + name: value}
            with self.subTest(name):
                self.assertRaises(
                    pluginhost.SignatureError, pluginhost.verify, vector["secret"], headers, b"{}", vector["now"]
                )


class ReadmeTests(unittest.TestCase):
    """The code of the README must work as it stands there."""

    def setUp(self):
        text = (PROTOCOL / "README.md").read_text(encoding="utf-8")
        self.whole, self.part = re.findall(r"```python.*?\n(.*?)```", text, re.DOTALL)
        self.plugin = {"__name__": "urgent"}
        exec(self.whole, self.plugin)

    def test_signature(self):
        self.assertIn(self.part, self.whole)
        self.assertLessEqual(len(self.part.splitlines()), 12)
        for vector in json.loads(VECTORS.read_text(encoding="utf-8"))["verify"]:
            with self.subTest(vector["why"]):
                given = (vector["secret"], vector["headers"], vector["body"].encode(), vector["now"])
                self.assertIs(self.plugin["genuine"](*given), vector["accept"])

    def test_answers(self):
        answer_to = self.plugin["answer_to"]
        ping = answer_to({"events": [{"type": "plugin.ping", "data": {"challenge": "7f3c"}}], "document": None})
        self.assertEqual((ping["challenge"], ping["manifest"]["name"]), ("7f3c", "urgent"))
        document = {"blocks": [{"text": "This is URGENT."}], "tags": []}
        change = {"events": [{"type": "document.changed"}], "document": document}
        self.assertEqual(answer_to(change)["commands"], [{"op": "tag.add", "tag": "urgent"}])
        document["tags"].append("urgent")
        self.assertIsNone(answer_to(change))
        self.assertIsNone(answer_to({"events": [{"type": "document.dreamed"}], "document": None}))


class AnswerTests(unittest.TestCase):
    SECRET = "whsec_" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
    MANIFEST = {"protocol": ["1.0"], "name": "tester", "subscriptions": [{"events": ["document.created"]}]}

    def ask(self, body, secret=SECRET, react=lambda request: [{"op": "tag.add", "tag": "x"}]):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        stamp = str(int(time.time()))
        mac = hmac.digest(pluginhost.key_of(secret), f"exc_1.{stamp}.".encode() + body, "sha256")
        signature = "v1," + base64.b64encode(mac).decode()
        headers = {"webhook-id": "exc_1", "webhook-timestamp": stamp, "webhook-signature": signature}
        return pluginhost.answer(self.MANIFEST, react, self.SECRET, headers, body)

    def test_ping(self):
        status, value = self.ask({"events": [{"type": "plugin.ping", "data": {"challenge": "c"}}]})
        self.assertEqual((status, value["challenge"], value["manifest"]), (200, "c", self.MANIFEST))

    def test_event_of_the_manifest(self):
        status, value = self.ask({"events": [{"type": "document.created"}]})
        self.assertEqual((status, value["commands"]), (200, [{"op": "tag.add", "tag": "x"}]))

    def test_other_events_are_left_alone(self):
        self.assertEqual(self.ask({"events": [{"type": "document.dreamtOf"}]}), (204, None))

    def test_later(self):
        posts = queue.Queue()

        class Host(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                posts.put((self.path, self.headers["content-type"], self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b'{"outcome": "proposed"}')

            def log_message(self, *arguments):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_address[1]}/continuations/exc_1/token"
            request = {"events": [{"type": "document.created"}], "continuation": {"url": url}}
            commands = [{"op": "tag.add", "tag": "x"}]
            self.assertEqual(self.ask(request, react=lambda request: pluginhost.Later(lambda: commands)), (202, None))
            path, kind, body = posts.get(timeout=10)
            self.assertEqual((path, kind), ("/continuations/exc_1/token", "application/json"))
            self.assertEqual(json.loads(body), {"protocol": "1.0", "commands": commands})
            self.assertEqual(pluginhost.answer_later(request, lambda: None), {"outcome": "proposed"})
            server.shutdown()

    def test_slow_counts_words(self):
        import slow

        request = {"document": {"blocks": [{"text": "one two"}, {"text": ""}]}}
        with unittest.mock.patch("time.sleep"):
            commands = slow.react(request).work()
        self.assertEqual(commands, [{"op": "property.set", "pointer": "/words", "value": 2}])

    def test_wrong_signature(self):
        self.assertEqual(self.ask({"events": []}, "whsec_" + "Y" * 32)[0], 401)

    def test_garbage(self):
        for body in (b"{", b"[1, 2]", b"{}", b'{"events": [1]}', b"[" * 100_000):
            with self.subTest(body[:20]):
                self.assertEqual(self.ask(body)[0], 400)


if __name__ == "__main__":
    unittest.main()
