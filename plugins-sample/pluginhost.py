"""Verifies the signature of a request from pluginhost. Copy this file into your plugin; it needs nothing else.

Source: Standard Webhooks 1.0.0, "Signature scheme".
"""

import base64
import hashlib
import hmac
import re
import time

TOLERANCE_SECONDS = 5 * 60
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
