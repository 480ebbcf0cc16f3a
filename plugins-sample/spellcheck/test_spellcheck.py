"""The program itself, over HTTP: python3 -m unittest, in this folder."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = pathlib.Path(__file__).resolve().parent / "spellcheck.py"
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
PING = {"protocol": "1.0", "events": [{"type": "plugin.ping", "data": {"challenge": "7f3c"}}], "document": None}
CHANGE = {
    "protocol": "1.0",
    "events": [{"type": "document.changed", "data": {}}],
    "document": {"blocks": [{"id": "blk_" + "0" * 26, "type": "paragraph", "text": "We wil meet."}]},
}


def signed(body, secret=SECRET, age=0):
    """The headers with which the host sends a body."""
    head = ("exc_" + "0" * 26, str(int(time.time()) - age))
    key = base64.b64decode(secret[len("whsec_") :])
    code = hmac.new(key, ".".join(head).encode() + b"." + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(code).decode()
    return {"webhook-id": head[0], "webhook-timestamp": head[1], "webhook-signature": signature}


class ProgramTests(unittest.TestCase):
    def start(self, *arguments, **environment):
        """Starts the program on a free port and connects to it."""
        process = subprocess.Popen(
            [sys.executable, PROGRAM, "--port", "0", *arguments],
            env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        line = process.stdout.readline()
        self.assertRegex(line, r"^listening on http://127\.0\.0\.1:\d+/$")
        self.connection = http.client.HTTPConnection("127.0.0.1", int(line.rsplit(":", 1)[1].strip("/\n")), timeout=10)
        self.addCleanup(self.connection.close)
        return process

    def post(self, request, headers=None, **signing):
        body = request if isinstance(request, bytes) else json.dumps(request).encode()
        self.connection.request("POST", "/", body, signed(body, **signing) if headers is None else headers)
        response = self.connection.getresponse()
        text = response.read()
        return response.status, json.loads(text) if text else None

    def test_answers_on_one_connection(self):
        self.start("--secret", SECRET)
        status, answer = self.post(PING)
        self.assertEqual((status, answer["challenge"], answer["manifest"]["name"]), (200, "7f3c", "spellcheck"))
        status, answer = self.post(CHANGE)
        self.assertEqual((status, [command["op"] for command in answer["commands"]]), (200, ["annotation.set"]))
        self.assertEqual(self.post({**CHANGE, "document": None}), (204, None))

    def test_refuses_what_is_not_from_the_host(self):
        self.start(PLUGINHOST_PLUGIN_SECRET=SECRET)
        other = "whsec_" + base64.b64encode(b"f" * 32).decode()
        self.assertEqual(self.post(PING, secret=other)[0], 401)
        self.assertEqual(self.post(PING, age=301)[0], 401)
        self.assertEqual(self.post(PING, headers={})[0], 401)
        self.assertEqual(self.post(PING)[0], 200)

    def test_several_signatures(self):
        self.start("--secret", SECRET)
        body = json.dumps(PING).encode()
        headers = signed(body)
        other = signed(body, secret="whsec_" + base64.b64encode(b"f" * 32).decode())["webhook-signature"]
        headers["webhook-signature"] = f"v1a,x {other} {headers['webhook-signature']}"
        self.assertEqual(self.post(body, headers)[0], 200)

    def test_secret_that_comes_later(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "secret"
            self.start("--secret-file", str(file), PLUGINHOST_PLUGIN_SECRET="")
            self.assertEqual(self.post(PING, headers={})[0], 200)
            self.assertEqual(self.post(CHANGE, headers={})[0], 401)
            file.write_text(SECRET + "\n")
            self.assertEqual(self.post(PING, headers={})[0], 401)
            self.assertEqual(self.post(CHANGE)[0], 200)

    def test_requests_that_are_none(self):
        self.start("--secret", SECRET)
        for body in (b"", b"{", b"[]", b'{"events": 7}', b"\xff", b"[" * 100_000):
            self.assertEqual(self.post(body)[0], 400, body[:10])
        self.connection.request("GET", "/")
        response = self.connection.getresponse()
        self.assertEqual((response.status, response.headers["allow"]), (405, "POST"))
        response.read()
        self.connection.putrequest("POST", "/")
        self.connection.putheader("content-length", str(6 << 20))
        self.connection.endheaders()
        self.assertEqual(self.connection.getresponse().status, 413)

    def test_wrong_secret_is_said_at_the_start(self):
        command = [sys.executable, PROGRAM, "--secret", "whpk_x"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=20)
        self.assertEqual(ended.returncode, 2)
        self.assertIn("whsec_", ended.stderr)

    def test_ends_on_sigterm(self):
        process = self.start("--secret", SECRET)
        self.assertEqual(self.post(PING)[0], 200)  # and the connection is still open
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(10), 0)


if __name__ == "__main__":
    unittest.main()
