"""Replacing a plugin's secret while it works, checked by the reference library of Standard Webhooks."""

import hashlib
import os
import subprocess
import unittest

from standardwebhooks.webhooks import Webhook

from host import Host, Plugin, executable


def verify(secret, headers, body):
    Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})


def tool(host, *arguments):
    environment = {**os.environ, "PLUGINHOST_SERVER": host.url, "PLUGINHOST_TOKEN": host.token}
    return subprocess.run([executable(), *arguments], capture_output=True, text=True, timeout=60, env=environment)


def fingerprint(secret):
    return hashlib.sha256(secret.encode()).hexdigest()[:12]


class SecretTests(unittest.TestCase):
    def test_rotation_loses_no_event(self):
        answer = lambda request: {"protocol": "1.0", "commands": [{"op": "tag.add", "tag": request["exchange"]}]}

        def outcomes(host, title):
            changed = host.change(document, {"op": "document.setTitle", "title": title})
            return [exchange["outcome"] for exchange in changed["exchanges"]]

        with Host() as host, Plugin("steady", answer, verify=verify) as plugin:
            old = host.register(plugin)["secret"]
            document = host.document()["id"]
            rotated = tool(host, "plugin", "rotate-secret", "steady", "--keep-seconds", "3600")
            self.assertEqual(rotated.returncode, 0, rotated.stderr)
            new = next(line.split()[-1] for line in rotated.stdout.splitlines() if line.startswith("secret  "))
            self.assertEqual(outcomes(host, "by the old secret"), ["applied"])
            probe = tool(host, "plugin", "probe", "steady")
            self.assertIn("does not take the newest secret", probe.stdout, probe.stderr)
            plugin.secret = new
            self.assertEqual(outcomes(host, "by the new secret"), ["applied"])
            # Both outlive the host, and only one its dropping.
            host.stop()
            host.start()
            plugin.secret = old
            self.assertEqual(outcomes(host, "by the old secret again"), ["applied"])
            plugin.secret = new
            probe = tool(host, "plugin", "probe", "steady")
            self.assertIn("it can be dropped", probe.stdout, probe.stderr)
            dropped = tool(host, "plugin", "drop-secret", "steady", fingerprint(old))
            self.assertEqual(dropped.stdout, f"{fingerprint(new)} (newest, accepted)\n", dropped.stderr)
            plugin.secret = old
            self.assertEqual(outcomes(host, "by a dropped secret"), ["failed"])
            plugin.secret = new
            self.assertEqual(outcomes(host, "in the end"), ["applied"])
            audit = host.call("GET", "/v1/audit").raw.decode()
            self.assertIn("plugin.secret-rotated", audit)
            self.assertIn("plugin.secret-dropped", audit)
            for text in (audit, host.logged()):
                self.assertNotIn("whsec_", text)


if __name__ == "__main__":
    unittest.main()
