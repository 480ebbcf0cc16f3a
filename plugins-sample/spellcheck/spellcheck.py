#!/usr/bin/env python3
"""A plugin for pluginhost that marks misspelled words. `--help` says how to start it.

This file moves bytes and checks signatures; what the plugin does is in spelling.py.
"""

import argparse
import json
import os
import pathlib
import signal
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # For pluginhost.py; a plugin of your own has a copy beside it.

import pluginhost  # noqa: E402
import spelling  # noqa: E402

BODY_LIMIT_BYTES = 5 << 20  # What the host sends at most.


class Secret:
    """The secret shared with the host, or None until there is one.

    The host shows it once, when the plugin is registered. A plugin that is already running then finds it in a file,
    which is looked for at each request until it is there.
    """

    def __init__(self, text=None, file=None):
        self.text = text
        self.file = file
        if text:
            pluginhost.key_of(text)

    def get(self):
        """The secret; None if it is not known yet. ValueError if the file holds something else."""
        if not self.text and self.file and os.path.exists(self.file):
            text = pathlib.Path(self.file).read_text(encoding="utf-8").strip()
            if text:
                pluginhost.key_of(text)
                self.text = text
        return self.text


class Refused(Exception):
    """The request gets an error status and no answer."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def answer_to(headers, body, secret, dictionary):
    """The answer to a request with this body, None for "nothing to say"; Refused if there is none."""
    if secret:
        try:
            pluginhost.verify(secret, headers, body)
        except pluginhost.SignatureError as error:
            raise Refused(401, str(error)) from None
    try:
        request = json.loads(body)
        events = [event["type"] for event in request["events"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refused(400, "the body is not a request of pluginhost") from None
    # Without a secret nobody can be trusted; only the ping of the registration, which gives nothing away, is answered.
    if not secret and events != ["plugin.ping"]:
        raise Refused(401, "this plugin has no secret yet; start it with --secret or --secret-file")
    return spelling.respond(request, dictionary)


class Handler(BaseHTTPRequestHandler):
    """One connection; it stays open for further requests."""

    protocol_version = "HTTP/1.1"
    server_version = "spellcheck/" + spelling.MANIFEST["version"]
    timeout = 75  # Seconds that a silent connection stays open.
    disable_nagle_algorithm = True
    wbufsize = -1  # Head and body leave in one piece.

    def do_POST(self):
        with self.server.busy:
            try:
                body = self.read_body()
                self.send(200, answer_to(self.headers, body, self.server.secret.get(), self.server.dictionary))
            except Refused as refused:
                self.send(refused.status, {"error": str(refused)})
            except Exception as error:  # A fault of ours must not take the connection down without a word.
                self.log_error("%s: %s", type(error).__name__, error)
                self.send(500, {"error": "internal error"})

    def do_GET(self):
        self.send(405, {"error": "a plugin is called with POST"}, {"Allow": "POST"})

    def handle_expect_100(self):
        super().handle_expect_100()
        self.wfile.flush()  # The client sends a long body only when it has read this.
        return True

    def read_body(self):
        length = self.headers["content-length"]
        if length is None or not length.isdigit():
            self.close_connection = True  # We cannot tell where the next request begins.
            raise Refused(411, "content-length is missing")
        if int(length) > BODY_LIMIT_BYTES:
            self.close_connection = True
            raise Refused(413, f"the body has {length} bytes; at most {BODY_LIMIT_BYTES} are read")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            raise Refused(400, "the body ended too early")
        return body

    def send(self, status, answer, headers={}):
        body = b"" if answer is None else json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(204 if answer is None else status)
        for name, value in headers.items():
            self.send_header(name, value)
        if body:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        """Only what went wrong is worth a line."""
        if int(code) >= 400:
            super().log_request(code, size)


class Busy:
    """Counts the requests under way, so that the program can end after them."""

    def __init__(self):
        self.count = 0
        self.changed = threading.Condition()

    def __enter__(self):
        with self.changed:
            self.count += 1

    def __exit__(self, *_):
        with self.changed:
            self.count -= 1
            self.changed.notify_all()

    def wait(self, seconds):
        with self.changed:
            self.changed.wait_for(lambda: self.count == 0, seconds)


class Server(socketserver.ThreadingTCPServer):
    """Answers requests, a thread for each connection."""

    allow_reuse_address = True
    daemon_threads = True  # Idle connections do not keep the program from ending.
    request_queue_size = 128

    def __init__(self, address, secret, dictionary):
        super().__init__(address, Handler)
        self.secret = secret
        self.dictionary = dictionary
        self.busy = Busy()


def main():
    parser = argparse.ArgumentParser(description="A plugin for pluginhost that marks misspelled English words.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0, the default, picks a free one")
    parser.add_argument("--secret", help="whsec_…, as the host showed it (default: $PLUGINHOST_PLUGIN_SECRET)")
    parser.add_argument("--secret-file", help="a file that holds the secret; it may appear later")
    parser.add_argument("--words", default=HERE / "words.txt", help="a word list (default: the one beside the program)")
    options = parser.parse_args()
    given = options.secret or os.environ.get("PLUGINHOST_PLUGIN_SECRET")
    try:
        secret = Secret(given, options.secret_file)
    except ValueError as error:
        parser.error(f"the secret is none: {error}")
    with Server((options.host, options.port), secret, spelling.Dictionary.load(options.words)) as server:
        # shutdown() waits for the loop below to end, so it cannot run in the loop's own thread.
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        print(f"listening on http://{options.host}:{server.server_address[1]}/", flush=True)
        try:
            server.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            pass
        server.busy.wait(5)


if __name__ == "__main__":
    main()
