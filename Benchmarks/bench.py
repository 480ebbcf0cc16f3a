#!/usr/bin/env python3
"""Measures the host's full durable cycle beside a Python server that does the same job.

One cycle: `POST /v1/documents/{id}/commands?wait=settled` with two commands; the change is committed durably; the one
`after` plugin, an nginx that returns a fixed answer, is called; its two commands are validated, applied and committed
durably; the caller is answered. wrk sends, over many documents in turn, so that each request really changes something.

Nothing is taken on trust: nginx's own count of requests, and the revision and properties of every document afterwards,
must show that each request reached the plugin and that its answer was applied. If not, the benchmark fails.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
TOKEN = "bench-" + os.urandom(16).hex()
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
# The goal for cycles was set where the peer's kind of server reached 3,400 a second and the host was to reach 8,000. Other machines are
# slower or faster for both, so what is held against the host is the ratio of the two in one run.
GOALS = {"ratio": 8000 / 3400, "idle": 60, "start": 0.3}

ANSWER = {
    "protocol": "1.0",
    "commands": [
        {"op": "property.set", "pointer": "/status", "value": "checked"},
        {"op": "property.set", "pointer": "/checkedBy", "value": "nginx"},
    ],
}

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 300s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location = /plugin {{ default_type application/json; return 200 '{answer}'; }}
        location = /count {{ stub_status; }}
    }}
}}
"""


class Failure(Exception):
    """Something did not do what the figures would claim."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Client:
    """A keep-alive JSON client."""

    def __init__(self, port: int):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def reconnect(self):
        """After a pause: the server may have closed the idle connection."""
        self.connection.close()

    def call(self, method: str, path: str, body=None):
        headers = {"authorization": f"Bearer {TOKEN}"}
        if body is not None:
            headers["content-type"] = "application/json"
            body = json.dumps(body)
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        data = answer.read()
        if not 200 <= answer.status < 300:
            raise Failure(f"{method} {path} answered {answer.status}: {data.decode(errors='replace')[:1000]}")
        return json.loads(data) if data else None


def ready(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        answer.read()
        return answer.status == 200
    except OSError:
        return False
    finally:
        connection.close()


class Server:
    """A server under measurement: a child process and what is known of it."""

    def __init__(self, name: str, command: list, port: int, folder: pathlib.Path):
        self.name, self.port, self.folder = name, port, folder
        self.documents: list = []
        self.rounds: list = []
        self.log = (folder / f"{name}.log").open("wb")
        environment = {**os.environ, "PLUGINHOST_ADMIN_TOKEN": TOKEN}
        started = time.perf_counter()
        self.process = subprocess.Popen(command, env=environment, stdout=self.log, stderr=subprocess.STDOUT, cwd=folder)
        while not ready(port):
            if self.process.poll() is not None:
                raise Failure(f"{name} ended with {self.process.returncode}:\n{self.tail()}")
            if time.perf_counter() - started > 30:
                raise Failure(f"{name} was not ready after 30 s:\n{self.tail()}")
            time.sleep(0.002)
        self.start_seconds = time.perf_counter() - started
        time.sleep(0.5)
        self.idle_mib = self.resident_mib()
        self.client = Client(port)

    def tail(self) -> str:
        self.log.flush()
        return "\n".join((self.folder / f"{self.name}.log").read_text(errors="replace").splitlines()[-20:])

    def resident_mib(self) -> float:
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise Failure(f"no resident size of {self.name}")

    def processor_seconds(self) -> float:
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class Plugin:
    """The nginx that answers every request with the same commands."""

    def __init__(self, folder: pathlib.Path):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/plugin"
        self.own_calls = 0
        configuration = folder / "nginx.conf"
        configuration.write_text(
            NGINX.format(folder=folder, port=self.port, answer=json.dumps(ANSWER, separators=(",", ":")))
        )
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = subprocess.Popen([nginx, "-p", str(folder), "-e", str(folder / "nginx.log"), "-c", str(configuration)])
        for _ in range(500):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            time.sleep(0.01)
        raise Failure("nginx did not start")

    def asked(self) -> int:
        """How often the plugin was called so far, by nginx's own count."""
        self.own_calls += 1
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("GET", "/count")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        return int(lines[2].split()[2]) - self.own_calls

    def asked_when_quiet(self) -> int:
        """The same, once what was under way has ended."""
        before = self.asked()
        while True:
            time.sleep(0.3)
            now = self.asked()
            if now == before:
                return now
            before = now

    def stop(self):
        self.process.terminate()
        self.process.wait()


def start_host(options, folder: pathlib.Path, plugin: Plugin, name: str = "host") -> Server:
    port = free_port()
    host = Server(
        name,
        [
            str(options.host_binary), "serve", "--database", str(folder / f"{name}.sqlite"), "--listen", f"127.0.0.1:{port}",
            "--allow-address", "127.0.0.0/8", "--log-level", "warning",
        ],
        port, folder,
    )
    registered = host.client.call("POST", "/v1/plugins", {
        "url": plugin.url, "handshake": "skip", "scopes": ["properties:write"],
        "manifest": {
            "protocol": ["1.0"], "name": "nginx", "version": "1.0.0", "description": "Answers with fixed commands.",
            "subscriptions": [{"events": ["document.changed"], "phase": "after"}],
            "scopes": ["properties:write"],
        },
    })
    host.client.call("POST", f"/v1/plugins/{registered['id']}/enable", {})
    return host


def start_peer(_options, folder: pathlib.Path, plugin: Plugin) -> Server:
    port = free_port()
    return Server(
        "peer",
        [
            sys.executable, str(HERE / "peer.py"), "--database", str(folder / "peer.sqlite"), "--port", str(port),
            "--plugin", plugin.url, "--token", TOKEN,
        ],
        port, folder,
    )


def create_documents(server: Server, count: int):
    for number in range(count):
        made = server.client.call("POST", "/v1/documents", {"type": "note", "title": f"Document {number}"})
        server.documents.append(made["id"])
    (server.folder / f"{server.name}.ids").write_text("".join(f"{identifier}\n" for identifier in server.documents))


def total_revisions(server: Server, checked: bool) -> int:
    server.client.reconnect()
    total = 0
    for identifier in server.documents:
        document = server.client.call("GET", f"/v1/documents/{identifier}")
        total += document["revision"]
        found = document["properties"]
        if checked and (found.get("status"), found.get("checkedBy")) != ("checked", "nginx"):
            raise Failure(f"{server.name}: the plugin's answer was not applied to {identifier}: {found}")
    return total


def measure(server: Server, plugin: Plugin, options, seconds: float, keep: bool):
    revisions, asked = total_revisions(server, False), plugin.asked_when_quiet()
    processor = server.processor_seconds()
    run = subprocess.run(
        [
            "wrk", "--threads", "1", "--connections", str(options.connections), "--duration", f"{seconds:g}s", "--latency",
            "--timeout", "30s", "--script", str(HERE / "change.lua"), f"http://127.0.0.1:{server.port}/", "--",
            str(server.folder / f"{server.name}.ids"), TOKEN,
        ],
        capture_output=True, text=True, check=False,
    )
    processor = server.processor_seconds() - processor
    line = next((line for line in run.stdout.splitlines() if line.startswith("RESULT ")), None)
    if run.returncode != 0 or line is None:
        raise Failure(f"wrk failed:\n{run.stdout}{run.stderr}")
    result = json.loads(line.removeprefix("RESULT "))
    if result["bad"] or result["broken"]:
        raise Failure(
            f"{server.name}: {result['bad']} answers were errors and {result['broken']} connections broke\n{server.tail()}"
        )
    asked = plugin.asked_when_quiet() - asked
    answered = result["requests"]
    revisions = total_revisions(server, answered >= len(server.documents)) - revisions
    # wrk stops with a request under way on each connection; those are asked and applied, but not counted as answered.
    if not answered <= asked <= answered + options.connections:
        raise Failure(f"{server.name}: {answered} requests were answered, but the plugin was asked {asked} times")
    if revisions != 2 * asked:
        raise Failure(
            f"{server.name}: the plugin was asked {asked} times, so revisions should have risen by {2 * asked},"
            f" but rose by {revisions}"
        )
    if keep:
        server.rounds.append({
            "rate": answered / (result["microseconds"] / 1e6), "p50": result["p50"] / 1000, "p99": result["p99"] / 1000,
            "max": result["max"] / 1000, "processor": processor / answered * 1e6, "requests": answered,
            "asked": asked, "revisions": revisions,
        })


def median(server: Server, key: str) -> float:
    return statistics.median(each[key] for each in server.rounds)


def report(servers: list, options):
    print(
        f"\nFull durable cycles, {options.connections} connections, {options.documents} documents,"
        f" {options.rounds} rounds of {options.seconds:g} s in turn (medians):\n"
    )
    columns = [("", "<", 26)] + [(server.name, ">", 12) for server in servers]
    rows = [
        ("cycles/s", "rate", "{:,.0f}"), ("  lowest and highest", None, ""), ("p50 ms", "p50", "{:.2f}"),
        ("p99 ms", "p99", "{:.2f}"), ("longest ms", "max", "{:.1f}"), ("CPU µs a cycle (server)", "processor", "{:.0f}"),
    ]
    table = [[label] + [form.format(median(server, key)) if key else "" for server in servers] for label, key, form in rows]
    for column, server in enumerate(servers, 1):
        rates = [each["rate"] for each in server.rounds]
        table[1][column] = f"{min(rates):,.0f}–{max(rates):,.0f}"
    table.append(["idle memory MiB"] + [f"{server.idle_mib:.1f}" for server in servers])
    table.append(["memory after load MiB"] + [f"{server.resident_mib():.1f}" for server in servers])
    table.append(["start to ready s"] + [f"{server.start_seconds:.3f}" for server in servers])
    for row in [[title for title, _, _ in columns]] + table:
        print("  ".join(f"{cell:{align}{max(width, 14)}}" for cell, (_, align, width) in zip(row, columns)))
    print("\nchecked: every answered request reached the plugin and every answer was applied")
    for server in servers:
        answered, asked, revisions = (sum(each[key] for each in server.rounds) for key in ("requests", "asked", "revisions"))
        print(f"  {server.name}: {answered:,} answered, {asked:,} times asked, {revisions:,} new revisions")
    by_name = {server.name: server for server in servers}
    host = by_name.get("host")
    if host is None:
        return
    goals = []
    if "peer" in by_name:
        ratio = median(host, "rate") / median(by_name["peer"], "rate")
        print(f"\nratio host/peer: {ratio:.2f}")
        goals = [("host/peer", f"{ratio:.2f}", f"at least {GOALS['ratio']:.2f}", ratio >= GOALS["ratio"])]
    print("\ngoals of the host:")
    for text, value, goal, met in (
        *goals,
        ("idle MiB", f"{host.idle_mib:.1f}", f"under {GOALS['idle']}", host.idle_mib < GOALS["idle"]),
        ("start s", f"{host.start_seconds:.3f}", f"under {GOALS['start']}", host.start_seconds < GOALS["start"]),
    ):
        print(f"  {'met' if met else 'MISSED':8}{text:10}{value:>10}   ({goal})")


def run(options, folder: pathlib.Path):
    plugin = Plugin(folder)
    servers: list = []
    try:
        for name, start in (("host", start_host), ("peer", start_peer)):
            if options.only in (None, name):
                servers.append(start(options, folder, plugin))
                print(f"{name}: ready after {servers[-1].start_seconds:.3f} s; creating documents", file=sys.stderr)
                create_documents(servers[-1], options.documents)
        for server in servers:
            print(f"{server.name}: warming up", file=sys.stderr)
            measure(server, plugin, options, options.warm_up, keep=False)
        for number in range(options.rounds):
            for server in servers:
                measure(server, plugin, options, options.seconds, keep=True)
                print(f"{server.name}: round {number + 1}: {server.rounds[-1]['rate']:,.0f} cycles/s", file=sys.stderr)
        report(servers, options)
        if options.json:
            figures = {
                server.name: {
                    "rounds": server.rounds, "idleMebibytes": server.idle_mib, "startSeconds": server.start_seconds,
                }
                for server in servers
            }
            pathlib.Path(options.json).write_text(json.dumps(figures, indent=2) + "\n")
    finally:
        for server in servers:
            server.stop()
        plugin.stop()


def add_options(parser: argparse.ArgumentParser):
    """The options of every benchmark that loads the host."""
    parser.add_argument("--seconds", type=float, default=8, help="length of a round (default 8)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each kind, in turn (default 3)")
    parser.add_argument("--warm-up", type=float, default=3, help="seconds of load before the first round (default 3)")
    parser.add_argument("--connections", type=int, default=32, help="connections of wrk (default 32)")
    parser.add_argument("--documents", type=int, default=1000, help="documents that are changed in turn (default 1000)")
    parser.add_argument("--quick", action="store_true", help="one round of 3 s after 1 s: whether it works, not how fast")
    parser.add_argument("--keep", action="store_true", help="leaves databases and logs, and says where")
    parser.add_argument(
        "--host-binary", type=pathlib.Path, default=ROOT / ".build/deploy/release/pluginhost",
        help="default .build/deploy/release/pluginhost, which scripts/build makes",
    )


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.rounds, options.warm_up = 3, 1, 1
    return options


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--only", choices=["host", "peer"], help="measures one of the two")
    parser.add_argument("--json", metavar="FILE", help="writes the figures of every round there too")
    options = parsed(parser)
    return in_folder(run, options)


def in_folder(run, options) -> int:
    """Runs a benchmark in a folder of its own and says how it ended, as an exit status."""
    # On the repository's disk, not in a temporary folder that may be memory: a commit must cost what it costs.
    base = ROOT / ".setup"
    base.mkdir(exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-run-", dir=base))
    folder.chmod(0o755)
    try:
        return 0 if run(options, folder) is not False else 1
    except Failure as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    finally:
        if options.keep:
            print(f"kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
