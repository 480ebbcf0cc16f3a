"""For plugins in Python: verifies requests from pluginhost, and serves a small plugin. Copy this file; it needs nothing else.

Source: Standard Webhooks 1.0.0, "Signature scheme".
"""

import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import threading
import time
import urllib.request

TOLERANCE_SECONDS = 5 * 60
BODY_LIMIT_BYTES = 5 << 20  # What the host sends at most.
SIGNATURES_AT_MOST = 16  # The host sends two while a secret is replaced; nobody sends sixteen.


class SignatureError(Exception):
    """The request is not from the host, or not from just now. Answer it with 401."""


def key_of(secret):
    """The key in a secret; ValueError if it is none. A program may call it at its start, to fail early."""
    if not secret.startswith("whsec_"):
        raise ValueError("a secret starts with whsec_")
    return base64.b64decode(secret[len("whsec_") :], validate=True)


def verify(secret, headers, body, now=None):
    """Returns if a request is genuine and recent; raises SignatureError otherwise.

    secret: "whsec_…", as the host showed it. headers: anything with get() that ignores case, or with lower-case
    names. body: the bytes exactly as they came, before any decoding. now: seconds since 1970; None asks the clock.
    """
    key = key_of(secret)
    try:
        identifier, timestamp, signatures = (headers["webhook-" + name] for name in ("id", "timestamp", "signature"))
    except KeyError:
        raise SignatureError("a webhook-… header is missing") from None
    if not (identifier and signatures and re.fullmatch("[1-9][0-9]{0,11}", timestamp or "")):
        raise SignatureError("a webhook-… header is missing or malformed")
    if abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE_SECONDS:
        raise SignatureError("webhook-timestamp is more than 5 minutes off")
    signed = f"{identifier}.{timestamp}.".encode() + body
    wanted = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    given = signatures.encode("utf-8", "replace").split(b" ")[:SIGNATURES_AT_MOST]
    # compare_digest takes the same time wherever the two differ, so that nobody can guess byte by byte.
    if not any([hmac.compare_digest(wanted, one) for one in given]):
        raise SignatureError("no signature fits")


class Later:
    """What `react` returns to answer later: `work()` runs on a thread of its own and returns a list of commands, or None."""

    def __init__(self, work):
        self.work = work

    def start(self, request):
        threading.Thread(target=answer_later, args=(request, self.work), daemon=True).start()


def answer_later(request, work):
    """Does the work and posts the commands to the request's continuation; returns what the host says of them.

    urllib.error.HTTPError if the host does not take them; its body says why.
    """
    value = {"protocol": "1.0", "commands": work() or []}
    post = urllib.request.Request(request["continuation"]["url"], json.dumps(value).encode(),
                                  {"content-type": "application/json"})
    with urllib.request.urlopen(post, timeout=30) as response:
        return json.load(response)


def answer(manifest, react, secret, headers, body):
    """What to answer a request with: a status and a value for JSON, or None for no content.

    react: is given a request about events that the manifest names, and returns a list of commands, or None, or Later.
    """
    try:
        verify(secret, headers, body)
    except SignatureError as error:
        return 401, {"error": str(error)}
    try:
        request = json.loads(body)
        types = {event["type"] for event in request["events"]}
        if "plugin.ping" in types:
            challenge = request["events"][0]["data"]["challenge"]
            return 200, {"protocol": "1.0", "challenge": challenge, "manifest": manifest}
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return 400, {"error": "the body is not a request of pluginhost"}
    known = {event for subscription in manifest["subscriptions"] for event in subscription["events"]}
    commands = react(request) if types & known else None
    if isinstance(commands, Later):
        # Before the answer is sent: the host waits for it if the work is done sooner.
        commands.start(request)
        return 202, None
    return (200, {"protocol": "1.0", "commands": commands}) if commands else (204, None)


def serve(manifest, react, port, secret=None):
    """Serves a plugin on 127.0.0.1 until it is interrupted.

    secret: "whsec_…"; that of the environment's PLUGINHOST_PLUGIN_SECRET if None.
    """
    secret = secret or os.environ["PLUGINHOST_PLUGIN_SECRET"]
    key_of(secret)  # A secret that is none is found out now, not at the first request.

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 75  # Seconds that a silent connection stays open.
        wbufsize = -1  # Head and body leave in one piece.

        def do_POST(self):
            length = self.headers["content-length"] or ""
            if not length.isdigit() or int(length) > BODY_LIMIT_BYTES:
                self.close_connection = True  # We cannot tell where the next request begins.
                return self.send_error(413 if length.isdigit() else 411)
            status, value = answer(manifest, react, secret, self.headers, self.rfile.read(int(length)))
            data = b"" if value is None else json.dumps(value).encode()
            self.send_response(status)
            if data:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        print(f"listening on http://127.0.0.1:{server.server_address[1]}/", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
