"""The host is killed, or its disk fills up, at random moments while people and plugins work.

`CRASH_RUNS` says how often (default 20), `CRASH_SEED` gives the moments of an earlier run; `scripts/crash` runs 200.
"""

import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from crash import Load, Plugins, Trace, pages, word
from host import Host, executable


class CrashTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pluginhost-e2e-")
        self.addCleanup(folder.cleanup)
        self.database = os.path.join(folder.name, "host.sqlite")

    def verify(self):
        run = subprocess.run([executable(), "audit", "verify", self.database], capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_nothing_acknowledged_is_lost_whenever_the_host_is_killed(self):
        runs = int(os.environ.get("CRASH_RUNS", "20"))
        seed = int(os.environ.get("CRASH_SEED", random.randrange(1 << 32)))
        print(f"CRASH_RUNS={runs} CRASH_SEED={seed}", file=sys.stderr)
        moments = random.Random(seed)
        plugins = Plugins(random.Random(seed + 1))
        self.addCleanup(plugins.close)
        trace = Trace(self, self.database, plugins)
        with Host(self.database) as host:
            plugins.register(host)
        for run in range(runs):
            self.crash(run, trace, moments)
        with Host(self.database) as host:
            trace.repeat(host)
            trace.check(host, again=True)
        requests = sum(len(plugin.requests) for plugin in plugins.all)
        print(f"{runs} kills: {len(trace.acknowledged)} changes, {requests} requests, "
              f"{len(trace.open)} exchanges cut off", file=sys.stderr)
        self.assertGreater(len(trace.acknowledged), runs)
        self.assertGreater(len(trace.open), 0, "no kill hit an exchange")
        self.verify()

    def test_changes_whose_commit_the_disk_refuses_are_not_made_and_the_host_goes_on(self):
        seed = random.randrange(1 << 32)
        plugins = Plugins(random.Random(seed))
        self.addCleanup(plugins.close)
        trace = Trace(self, self.database, plugins)
        with Host(self.database) as host:
            plugins.register(host)
            load = Load(host, 0, random.Random(seed))
            time.sleep(1)
            before = len(load.acknowledged)
            # No file of the host's may be written beyond its first bytes any more, as on a disk that is full. The log's present size
            # would not do: it is written from its start again after a checkpoint.
            unlimited = resource.prlimit(host.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(host.process.pid, resource.RLIMIT_FSIZE, (65_536, unlimited[1]))
            time.sleep(1)
            self.assertGreater(len(load.refused), 4, "the disk refused nothing")
            self.assertEqual(host.call("GET", "/readyz").status, 503)
            resource.prlimit(host.process.pid, resource.RLIMIT_FSIZE, unlimited)
            time.sleep(1)
            load.end()
            self.assertEqual(load.doubtful, [])
            self.assertEqual({problem["code"] for _, problem in load.refused}, {"store-unavailable"})
            self.assertGreater(len(load.acknowledged), before + 4, "the host did not go on")
            trace.acknowledged = load.acknowledged
            trace.check(host)
            # Nothing of what was refused was made, now or later.
            refused = {change.word for change, _ in load.refused}
            for document in {change.document for change in load.acknowledged}:
                history = pages(host, f"/v1/documents/{document}/history")
                made = {word(mutation["command"]) for item in history for mutation in item["mutations"]}
                self.assertEqual(made & refused, set())
        with Host(self.database) as again:
            trace.check(again, again=True)
        self.verify()

    def crash(self, run, trace, moments):
        if moments.random() < 0.15:
            self.kill_at_start(moments.uniform(0, 0.4))
            trace.killed()
        host = Host(self.database)
        host.start()
        try:
            # Now and then work goes on while what the last kill left is still being made up for.
            if moments.random() < 0.7:
                trace.repeat(host)
                trace.check(host)
            load = Load(host, run, moments)
            time.sleep(moments.uniform(0.02, 0.8))
        finally:
            host.stop(signal.SIGKILL)
        load.join()
        self.assertEqual(load.refused, [])
        trace.acknowledged += load.acknowledged
        trace.doubtful += load.doubtful
        trace.killed()

    def kill_at_start(self, after):
        """Kills a host that may be reading what the one before it left."""
        process = subprocess.Popen(
            [executable(), "serve", "--database", self.database, "--listen", "127.0.0.1:0"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=Host(self.database).environment)
        time.sleep(after)
        process.kill()
        process.wait(30)


if __name__ == "__main__":
    unittest.main()
