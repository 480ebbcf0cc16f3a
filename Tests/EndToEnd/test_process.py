"""The host as a process: how it starts, stops, crashes and comes back."""

import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest

from host import Host, Plugin, executable


class ProcessTests(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="pluginhost-e2e-")
        self.database = os.path.join(self.folder.name, "host.sqlite")

    def tearDown(self):
        self.folder.cleanup()

    def test_token_is_printed_once_on_an_empty_database(self):
        with Host(self.database, token=None) as first:
            lines = [line for line in first.output if "token" in line]
            self.assertEqual(len(lines), 1)
            token = lines[0].split()[-1]
            first.token = token
            self.assertEqual(first.call("GET", "/v1/plugins").status, 200)
            self.assertNotIn(token, first.logged())
        with Host(self.database, token=None) as second:
            self.assertFalse([line for line in second.output if "token" in line])
            second.token = token
            self.assertEqual(second.call("GET", "/v1/plugins").status, 200)

    def test_token_is_printed_even_when_the_port_is_taken_and_can_be_replaced(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            environment = {name: value for name, value in os.environ.items() if name != "PLUGINHOST_ADMIN_TOKEN"}
            run = subprocess.run(
                [executable(), "serve", "--database", self.database, "--listen", f"127.0.0.1:{taken.getsockname()[1]}"],
                capture_output=True, text=True, timeout=30, env=environment)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn("administrator's token", run.stdout)
            old = run.stdout.split()[-1]
        with Host(self.database, token="a-new-token-of-the-operator") as host:
            self.assertEqual(host.call("GET", "/v1/plugins").status, 200)
            host.token = old
            self.assertEqual(host.call("GET", "/v1/plugins").status, 401)

    def test_log_lines_have_date_time_and_zone_in_both_formats(self):
        for form, pattern in (("text", r"^(\S+) info request .*status=404"), ("json", r'^{"time":"([^"]+)","level":"info".*"status":"404"')):
            with self.subTest(format=form), Host(self.database, arguments=["--log-format", form]) as host:
                host.call("GET", "/v1/plugins", token=False)
                host.call("POST", "/v1/plugins/plg_01kb5q8x3zv7m4n9c2r6t8w001/enable")
                line = re.search(pattern, host.logged(), re.MULTILINE)
                self.assertIsNotNone(line, host.logged())
                self.assertRegex(line[1], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$")

    def test_key_file_is_private(self):
        with Host(self.database):
            self.assertEqual(os.stat(self.database + ".key").st_mode & 0o777, 0o600)

    def test_second_host_on_the_same_database_is_refused(self):
        with Host(self.database):
            second = subprocess.run(
                [executable(), "serve", "--database", self.database, "--listen", "127.0.0.1:0"],
                capture_output=True, text=True, timeout=30, env=dict(os.environ, PLUGINHOST_ADMIN_TOKEN="x" * 20))
            self.assertEqual(second.returncode, 1)
            self.assertIn("another", second.stderr.lower())

    def test_what_was_acknowledged_is_there_after_kill_9(self):
        host = Host(self.database)
        host.start()
        document = host.document()["id"]
        for number in range(20):
            self.assertEqual(host.change(document, {"op": "tag.add", "tag": f"t{number}"}, wait="committed").status, 200)
        host.stop(signal.SIGKILL)
        with Host(self.database) as again:
            self.assertEqual(len(again.call("GET", f"/v1/documents/{document}")["tags"]), 20)

    def test_sigterm_lets_a_running_exchange_end(self):
        def slow(_):
            time.sleep(1)
            return {"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "late but there"}]}

        with Plugin("slow", slow) as plugin:
            host = Host(self.database)
            host.start()
            host.register(plugin)
            document = host.document()["id"]
            host.change(document, {"op": "tag.add", "tag": "a"}, wait="committed")
            while not plugin.requests:
                time.sleep(0.01)
            self.assertEqual(host.stop(), 0)
        with Host(self.database) as again:
            self.assertIn("late but there", again.call("GET", f"/v1/documents/{document}")["tags"])

    def test_exchange_cut_off_by_a_kill_is_marked_and_waiting_work_goes_on(self):
        hang = threading.Event()

        def stuck(_):
            hang.wait(20)
            return {"protocol": "1.0"}

        with Plugin("stuck", stuck) as plugin:
            host = Host(self.database)
            host.start()
            host.register(plugin)
            document = host.document()["id"]
            host.change(document, {"op": "tag.add", "tag": "a"}, wait="committed")
            while not plugin.requests:
                time.sleep(0.01)
            # This one waits its turn: one exchange at a time for a plugin and a document.
            host.change(document, {"op": "tag.add", "tag": "b"}, wait="committed")
            host.stop(signal.SIGKILL)
            hang.set()
            cut = plugin.requests[0]["exchange"]
            with Host(self.database) as again:
                self.assertEqual(again.call("GET", f"/v1/exchanges/{cut}")["outcome"], "interrupted")
                deadline = time.monotonic() + 10
                while len(plugin.requests) < 2 and time.monotonic() < deadline:
                    time.sleep(0.02)
                self.assertEqual(len(plugin.requests), 2)
                self.assertEqual(plugin.requests[1]["events"][0]["commands"][0]["tag"], "b")
                self.assertNotIn(cut, [request["exchange"] for request in plugin.requests[1:]])

    def test_ledger_is_verified_beside_a_running_host_and_tampering_is_found(self):
        def verify(*more):
            return subprocess.run([executable(), "audit", "verify", self.database, *more],
                                  capture_output=True, text=True, timeout=30)

        with Host(self.database) as host:
            host.document(text="the truth")
            run = verify()
            self.assertEqual((run.returncode, run.stderr), (0, ""), run.stdout)
            self.assertRegex(run.stdout, r"^\d+ entries, 0 exchanges: all as they were committed$")
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            database.execute("DROP TRIGGER payload_is_never_changed")
            database.execute("UPDATE payload SET body = replace(body, 'truth', 'lies!')")
            database.commit()
        run = verify("--json")
        self.assertEqual(run.returncode, 1, run.stderr)
        result = json.loads(run.stdout)
        self.assertIs(result["intact"], False)
        self.assertEqual(result["problemCount"], 1)
        self.assertRegex(result["problems"][0], r"^entry \d+: the payload")

    def test_verifying_what_is_no_database_says_so(self):
        for path in (self.database, executable()):
            with self.subTest(path=path):
                run = subprocess.run([executable(), "audit", "verify", path], capture_output=True, text=True, timeout=30)
                self.assertEqual(run.returncode, 1)
                self.assertIn(path, run.stderr)

    def test_bad_settings_are_usage_errors_that_say_what_to_do(self):
        for arguments, words in (
            (["--listen", "nonsense"], "ADDRESS:PORT"),
            (["--allow-address", "300.0.0.0/8"], "--allow-address"),
            (["--log-level", "loud"], "trace"),
        ):
            with self.subTest(arguments=arguments):
                run = subprocess.run([executable(), "serve", "--database", self.database, *arguments],
                                     capture_output=True, text=True, timeout=30)
                self.assertEqual(run.returncode, 64, run.stderr)
                self.assertRegex(run.stderr, re.escape(words))


if __name__ == "__main__":
    unittest.main()
