"""Answers that come later: the host is killed between, and a person decides by the command-line tool."""

import json
import os
import signal
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

from host import Host, Plugin, executable, free_port


def deferring(_):
    return {"protocol": "1.0", "defer": {"seconds": 60, "reason": "much to read"}}


def post(url, answer):
    """Posts as a plugin would that has nothing but the URL."""
    request = urllib.request.Request(url, json.dumps(answer).encode(), {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


class LateAnswerTests(unittest.TestCase):
    def tool(self, host, *arguments):
        """Runs the tool against the host; returns its exit code and what it printed."""
        environment = dict(os.environ, PLUGINHOST_SERVER=host.url, PLUGINHOST_TOKEN=host.token)
        run = subprocess.run([executable(), *arguments], env=environment, capture_output=True, text=True, timeout=60)
        return run.returncode, run.stdout + run.stderr

    def test_deferred_exchange_outlives_the_host(self):
        with tempfile.TemporaryDirectory(prefix="pluginhost-e2e-") as folder, Plugin("slow", deferring) as plugin:
            database = os.path.join(folder, "host.sqlite")
            listen = ("--listen", f"127.0.0.1:{free_port()}")
            with Host(database, arguments=listen) as host:
                host.register(plugin)
                document = host.document("Hello world")
                block = document["blocks"][0]["id"]
                changed = host.change(document["id"], {"op": "document.setTitle", "title": "New"})
                self.assertEqual(changed["exchanges"][0]["outcome"], "late")
                url = plugin.requests[-1]["continuation"]["url"]
                wrong = post(url, {"protocol": "1.0", "comands": []})
                self.assertEqual((wrong[0], wrong[1]["code"]), (422, "answer-refused"))
                host.stop(signal.SIGKILL)
            answer = {"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "read"}]}
            with Host(database, arguments=listen) as host:
                status, taken = post(url, answer)
                self.assertEqual((status, taken["outcome"]), (200, "proposed"))
                self.assertEqual(post(url, answer)[1]["code"], "already-answered")
                self.assertNotIn(url.rsplit("/", 1)[1], host.logged())
                host.change(document["id"], {"op": "text.insert", "target": {"block": block}, "start": 0, "text": "Oh! "})

                code, listed = self.tool(host, "proposal", "list", "--plugin", "slow")
                self.assertEqual(code, 0, listed)
                self.assertIn(taken["proposal"], listed)
                code, shown = self.tool(host, "proposal", "accept", taken["proposal"])
                self.assertEqual(code, 0, shown)
                self.assertIn("accepted", shown)
                self.assertEqual(host.call("GET", f"/v1/documents/{document['id']}")["tags"], ["read"])
                code, again = self.tool(host, "proposal", "decline", taken["proposal"], "--reason", "no")
                self.assertEqual(code, 1)
                self.assertIn("accepted by administrator", again)
                self.assertIn("no proposals", self.tool(host, "proposal", "list")[1])


if __name__ == "__main__":
    unittest.main()
