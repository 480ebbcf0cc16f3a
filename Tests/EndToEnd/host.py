"""What the end-to-end tests share: the real host as a process, its API, and plugins that are functions."""

import http.server
import json
import os
import pathlib
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKEN = "end-to-end-tests-token-0123456789"


def executable():
    """The tool under test: PLUGINHOST_BIN, or what `swift build` made."""
    path = pathlib.Path(os.environ.get("PLUGINHOST_BIN", ROOT / ".build/debug/pluginhost"))
    if not path.exists():
        raise RuntimeError(f"{path} is not there: run `swift build` first, or set PLUGINHOST_BIN")
    return str(path)


class Answer:
    """An answer of the API: status, headers, body as JSON (or None)."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.raw = status, headers, body
        try:
            self.json = json.loads(body) if body else None
        except ValueError:
            self.json = None

    def __getitem__(self, key):
        return self.json[key]


class Host:
    """`pluginhost serve` on a database of its own; use it in a `with` block."""

    def __init__(self, database=None, environment=None, arguments=(), token=TOKEN):
        self.folder = None
        if database is None:
            self.folder = tempfile.TemporaryDirectory(prefix="pluginhost-e2e-")
            database = os.path.join(self.folder.name, "host.sqlite")
        self.database, self.token = database, token
        self.environment = dict(os.environ, **(environment or {}))
        self.environment.pop("PLUGINHOST_ADMIN_TOKEN", None)
        if token:
            self.environment["PLUGINHOST_ADMIN_TOKEN"] = token
        self.arguments = list(arguments)
        self.output = []
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        if self.folder:
            self.folder.cleanup()

    def start(self):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [executable(), "serve", "--database", self.database, "--listen", "127.0.0.1:0",
             "--allow-address", "127.0.0.0/8", *self.arguments],
            stdout=subprocess.PIPE, stderr=self.log, text=True, env=self.environment,
            # Python ignores the signal of a file that may not grow, and so does the host: the write fails.
            restore_signals=False)
        lines = queue.Queue()

        def read():
            for line in self.process.stdout:
                self.output.append(line.rstrip("\n"))
                lines.put(line)
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
        deadline = time.monotonic() + 30
        while True:
            line = lines.get(timeout=max(0.1, deadline - time.monotonic()))
            if line is None:
                raise RuntimeError(f"the host ended with {self.process.wait()}: {self.logged()}")
            if line.startswith("listening on "):
                self.url = line.split()[-1]
                return

    def logged(self):
        self.log.seek(0)
        return self.log.read().decode()

    def stop(self, how=signal.SIGTERM, timeout=30):
        """Ends the host and gives its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout)

    def call(self, method, path, body=None, headers=None, token=True):
        headers = dict(headers or {})
        if token:
            headers.setdefault("authorization", f"Bearer {self.token}")
        data = body
        if body is not None and not isinstance(body, (bytes, str)):
            data = json.dumps(body)
        if isinstance(data, str):
            data = data.encode()
        if data is not None:
            headers.setdefault("content-type", "application/json")
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def document(self, text="Hello wrold", title="Title", type="note"):
        """Makes a document of one paragraph and gives it."""
        answer = self.call("POST", "/v1/documents",
                           {"type": type, "title": title, "blocks": [{"type": "paragraph", "text": text}]})
        assert answer.status == 201, answer.raw
        return answer.json

    def change(self, document, *commands, wait="settled", headers=None, **more):
        return self.call("POST", f"/v1/documents/{document}/commands?wait={wait}",
                         {"commands": list(commands), **more}, headers)

    def register(self, plugin, **more):
        """Registers and enables a plugin; gives it with its secret."""
        answer = self.call("POST", "/v1/plugins", {"url": plugin.url, **more})
        assert answer.status == 201, answer.raw
        plugin.secret = answer["secret"]
        enabled = self.call("POST", f"/v1/plugins/{answer['id']}/enable")
        assert enabled.status == 200, enabled.raw
        return dict(enabled.json, secret=answer["secret"])


class PluginServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        # A host that hangs up, or is killed, is no error of the plugin's.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Plugin:
    """A plugin as a function from the request's JSON to an answer: a dict, or (status, headers, bytes)."""

    def __init__(self, name, answer, phase="after", events=("document.changed",), scopes=("tags:write",), verify=None,
                 **subscription):
        self.requests, self.secret, self.verify, self.answer = [], None, verify, answer
        self.manifest = {
            "protocol": ["1.0"], "name": name, "version": "1.0.0", "description": "A plugin of a test.",
            "subscriptions": [{"events": list(events), "phase": phase, **subscription}], "scopes": list(scopes),
        }
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status, headers, data = outer.respond(self.headers, body)
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    pass  # The host hung up, as it should on a late answer.

            def log_message(self, *_):
                pass

        self.server = PluginServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def respond(self, headers, body):
        if self.verify and self.secret:
            try:
                self.verify(self.secret, headers, body)
            except Exception:
                return 401, {}, b""
        request = json.loads(body)
        event = request["events"][0]
        if event["type"] == "plugin.ping":
            answer = {"protocol": "1.0", "challenge": event["data"]["challenge"], "manifest": self.manifest}
        else:
            self.requests.append(request)
            answer = self.answer(request)
        if isinstance(answer, tuple):
            return answer
        return 200, {"content-type": "application/json"}, json.dumps(answer).encode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
