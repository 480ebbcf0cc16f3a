"""Pings and probes between two real processes, by TLS too."""

import json
import os
import pathlib
import ssl
import subprocess
import tempfile
import time
import unittest

from standardwebhooks.webhooks import Webhook

from host import Host, Plugin, executable


def verify(secret, headers, body):
    Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})


def tool(host, *arguments):
    environment = {**os.environ, "PLUGINHOST_SERVER": host.url, "PLUGINHOST_TOKEN": host.token}
    return subprocess.run([executable(), *arguments], capture_output=True, text=True, timeout=60, env=environment)


def health_when(host, plugin, wanted, seconds=20):
    """The plugin's health once it is as wanted."""
    end = time.monotonic() + seconds
    while True:
        health = host.call("GET", f"/v1/plugins/{plugin}")["health"]
        if health and wanted(health):
            return health
        if time.monotonic() > end:
            raise AssertionError(f"health stayed {health}")
        time.sleep(0.05)


class ProbeTests(unittest.TestCase):
    def test_pings_on_a_schedule_are_shown(self):
        answer = lambda request: (204, {}, b"")
        with Host(arguments=["--ping-interval", "1"]) as host, Plugin("steady", answer, verify=verify) as plugin:
            registered = host.register(plugin)
            first = health_when(host, registered["id"], lambda health: health["lastPing"]["result"] == "passed")
            later = health_when(host, registered["id"], lambda health: health["lastPing"]["time"] > first["lastPing"]["time"])
            self.assertEqual((later["failures"], later["lastPing"]["status"]), (0, 200))
            plugin.server.shutdown()
            plugin.server.server_close()
            failing = health_when(host, registered["id"], lambda health: health["failures"] >= 2)
            self.assertEqual(failing["lastPing"]["refusal"]["kind"], "connect-refused")
            shown = tool(host, "plugin", "list")
            self.assertIn("FAILING", shown.stdout, shown.stderr)
            self.assertIn("a plugin does not answer pings", host.logged())
            self.assertEqual(host.call("GET", "/v1/exchanges")["items"], [])

    def test_probe_and_test_by_the_tool(self):
        def answer(request):
            count = len(request["document"]["blocks"])
            block = {"type": "paragraph", "text": f"block {count}"}
            return {"protocol": "1.0", "commands": [{"op": "block.insert", "block": block}]}

        with Host() as host, Plugin("grower", answer, scopes=["blocks:write"], verify=verify, sideEffects="none") as plugin:
            host.register(plugin)
            probe = tool(host, "plugin", "probe", "grower")
            self.assertEqual(probe.returncode, 0, probe.stdout + probe.stderr)
            self.assertIn("nothing is wrong", probe.stdout)
            test = tool(host, "plugin", "test", "grower", "--json")
            self.assertEqual(test.returncode, 1, test.stderr)
            report = json.loads(test.stdout)
            results = [(each["name"], each["result"]) for each in report["probes"]]
            self.assertEqual(results, [("ping", "passed"), ("wrong-signature", "passed"), ("stale-timestamp", "passed"),
                                       ("certificate", "skipped"), ("idempotence", "failed")])
            self.assertEqual(len(plugin.requests), 2)
            grown = len(plugin.requests[1]["document"]["blocks"]) - len(plugin.requests[0]["document"]["blocks"])
            self.assertEqual(grown, 1)
            self.assertEqual(host.call("GET", "/v1/documents")["items"], [])

    def test_certificate_that_ends_soon_is_told_of_once(self):
        with tempfile.TemporaryDirectory(prefix="pluginhost-e2e-") as folder:
            key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "5",
                 "-subj", "/CN=plugin", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                check=True, capture_output=True)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            database = os.path.join(folder, "host.sqlite")
            answer = lambda request: (204, {}, b"")
            with Plugin("dated", answer, verify=verify) as plugin:
                plugin.server.socket = context.wrap_socket(plugin.server.socket, server_side=True)
                plugin.url = plugin.url.replace("http:", "https:")
                with Host(database, arguments=["--ping-interval", "1"]) as host:
                    registered = host.register(plugin, tls={"authorities": pathlib.Path(certificate).read_text()})
                    health = health_when(host, registered["id"], lambda health: health["certificate"])
                    self.assertEqual((health["certificate"]["daysLeft"], health["certificate"]["warned"]), (4, 7))
                    probe = host.call("POST", f"/v1/plugins/{registered['id']}/probe")
                    found = next(each for each in probe["probes"] if each["name"] == "certificate")
                    self.assertEqual(found["result"], "warned", found)
                    self.assertIn("a plugin's certificate ends soon", host.logged())
                with Host(database, arguments=["--ping-interval", "1"]) as host:
                    health_when(host, registered["id"], lambda health: health["certificate"])
                    trail = host.call("GET", "/v1/audit?kind=plugin.certificate-expiring")["items"]
                    self.assertEqual([entry["detail"]["days"] for entry in trail], [7], trail)
                    self.assertNotIn("a plugin's certificate ends soon", host.logged())


if __name__ == "__main__":
    unittest.main()
