#!/usr/bin/env python3
"""Makes protocol/test-vectors/request-proofs.json: requests with proofs, as the libraries that clients use make them.

    .setup/tests/bin/python Tests/Vectors/request_proofs.py > protocol/test-vectors/request-proofs.json

Keys, nonces and signatures are new each time. What is expected of each request is written here by hand, not computed.
"""

import base64
import copy
import datetime
import hashlib
import json
import secrets
import sys
import time
import urllib.parse

import joserfc.jwk
import joserfc.jwt
import jwt
import requests
import standardwebhooks
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from requests_oauth2client import DPoPKey, DPoPToken

HOST = "https://host.example"
NOW = int(time.time())
BODY = '{"commands":[{"op":"tag.add","tag":"café"}]}'
TARGET = "/v1/documents/doc_01kb5q8x3zv7m4n9c2r6t8w0d1/commands?wait=settled"
CLIENT, USER = "plg_translator", "usr_anna"
ALL = ["dpop", "presigned-url", "request-token", "signed-headers"]
GRANTED = ["blocks:write", "tags:write"]


def jwk_of(key, algorithm, kid):
    kinds = {"ES256": jwt.algorithms.ECAlgorithm, "RS256": jwt.algorithms.RSAAlgorithm, "EdDSA": jwt.algorithms.OKPAlgorithm}
    whole = kinds[algorithm].to_jwk(key.public_key(), as_dict=True)
    return {**{name: whole[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in whole}, "kid": kid}


KEYS = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
JWKS = [jwk_of(key, algorithm, algorithm.lower()) for algorithm, key in KEYS.items()]
SECRET, OLD_SECRET = ("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
DPOP_KEY = DPoPKey.generate(alg="ES256")


def nonce():
    return secrets.token_urlsafe(24)


def request(method, target, headers, body=""):
    return {"method": method, "target": target, "headers": [list(header) for header in headers], "body": body}


def caller(carrier, request_nonce, timestamp, binding, scopes=GRANTED, user=USER, in_query=False):
    return {
        "carrier": carrier, "client": CLIENT, "user": user, "scopes": scopes, "timestamp": timestamp,
        "nonce": request_nonce, "binding": binding, "isInQuery": in_query,
    }


def digest(body):
    return "sha-256=:" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() + ":"


# A: requests_oauth2client, as it would send them.

def dpop(method, url, body="", key=DPOP_KEY, access_token="bound-token"):
    token = DPoPToken(access_token=access_token, _dpop_key=key)
    prepared = requests.Request(method, url, data=body.encode() or None, auth=token).prepare()
    headers = [(name, prepared.headers[name]) for name in ("Authorization", "DPoP")]
    claims = jwt.decode(prepared.headers["DPoP"], options={"verify_signature": False})
    return request(method, prepared.path_url, headers, body), claims


# B: PyJWT and joserfc.

def request_claims(method, target, body, **changes):
    claims = {
        "iss": CLIENT, "sub": USER, "iat": NOW, "exp": NOW + 900, "jti": nonce(), "htm": method, "htu": HOST + target,
        "content_digest": digest(body),
    }
    claims.update(changes)
    return {name: value for name, value in claims.items() if value is not None}


def pyjwt(claims, algorithm="ES256", key=None, **header):
    header = {"typ": "plugin-request+jwt", "kid": algorithm.lower(), **header}
    return jwt.encode(claims, key or KEYS[algorithm], algorithm=algorithm, headers=header)


def joserfc_token(claims):
    pem = KEYS["ES256"].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return joserfc.jwt.encode({"alg": "ES256", "typ": "plugin-request+jwt"}, claims, joserfc.jwk.ECKey.import_key(pem))


def bearer(token):
    return ("authorization", "Bearer " + token)


# C and C': standardwebhooks.

def signature(method, target, body, request_nonce, timestamp, secret):
    canonical = f"{method}\n{target}\n{hashlib.sha256(body.encode()).hexdigest()}"
    moment = datetime.datetime.fromtimestamp(timestamp, datetime.timezone.utc)
    return standardwebhooks.Webhook(secret).sign(request_nonce, moment, canonical)


def signed(method, target, body="", timestamp=None, request_nonce=None, secret=None, token="plain-token"):
    timestamp, request_nonce = timestamp or NOW, request_nonce or nonce()
    value = signature(method, target, body, request_nonce, timestamp, secret or SECRET)
    return request(method, target, [
        bearer(token), ("x-plugin-timestamp", str(timestamp)), ("x-plugin-nonce", request_nonce),
        ("webhook-signature", value),
    ], body), request_nonce


def presigned(method, target, body="", user=USER, client=CLIENT, timestamp=None):
    timestamp, request_nonce = timestamp or NOW, nonce()
    parameters = urllib.parse.urlencode(
        {"client_id": client, "user": user, "timestamp": timestamp, "nonce": request_nonce}
    )
    target += ("&" if "?" in target else "?") + parameters
    value = signature(method, target, body, request_nonce, timestamp, SECRET)
    return request(method, f"{target}&signature={urllib.parse.quote(value, safe='')}", [], body), request_nonce


def vectors():
    def accepted(why, made, expected, now=NOW):
        return {"why": why, "now": now, "request": made, "caller": expected}

    def refused(why, made, code, status, now=NOW):
        return {"why": why, "now": now, "request": made, "refusal": {"code": code, "status": status}}

    def changed(made, **members):
        return {**copy.deepcopy(made), **members}

    def with_header(made, name, value):
        return changed(made, headers=made["headers"] + [[name, value]])

    # A
    whole = ["method", "path", "query", "body"]
    made, claims = dpop("POST", HOST + TARGET, BODY)
    yield accepted("A: as requests_oauth2client makes it", made,
                   caller("dpop", claims["jti"], claims["iat"], ["method", "path", "token"]))
    made, claims = dpop("GET", HOST + "/v1/documents/%7Eanna")
    spelled = caller("dpop", claims["jti"], claims["iat"], ["method", "path", "token"])
    yield accepted("A: an escape of an unreserved character is another spelling of it", changed(made, target="/v1/documents/~anna"),
                   spelled)
    yield refused("A: another method", changed(made, method="DELETE"), "invalid-proof", 401)
    yield refused("A: another path", changed(made, target="/v1/documents/~otto"), "invalid-proof", 401)
    yield refused("A: another access token", changed(made, headers=[["authorization", "DPoP other-bound-token"], made["headers"][1]]),
                  "invalid-proof", 401)
    yield refused("A: a token bound to no key", changed(made, headers=[["authorization", "DPoP plain-token"], made["headers"][1]]),
                  "invalid-token", 401)
    yield refused("A: no proof", changed(made, headers=made["headers"][:1]), "invalid-proof", 401)
    yield refused("A: two proofs", with_header(made, "dpop", made["headers"][1][1]), "repeated-parameter", 400)
    yield refused("A: 901 s ago", made, "outside-window", 401, now=claims["iat"] + 901)
    yield refused("A: 61 s in the future", made, "outside-window", 401, now=claims["iat"] - 61)
    yield accepted("A: 900 s ago", changed(made, target="/v1/documents/~anna"), spelled, now=claims["iat"] + 900)
    yield accepted("A: 60 s in the future", changed(made, target="/v1/documents/~anna"), spelled, now=claims["iat"] - 60)
    other, _ = dpop("GET", HOST + "/v1/documents", key=DPoPKey.generate(alg="ES256"))
    yield refused("A: signed by a key that the token is not bound to", other, "invalid-token", 401)
    wrong_host, _ = dpop("GET", "https://other.example/v1/documents")
    yield refused("A: made for another host", wrong_host, "invalid-proof", 401)

    # B
    for algorithm in KEYS:
        claims = request_claims("POST", TARGET, BODY)
        yield accepted(f"B: {algorithm}, PyJWT, in the header", request("POST", TARGET, [bearer(pyjwt(claims, algorithm))], BODY),
                       caller("request-token", claims["jti"], NOW, whole))
    claims = request_claims("GET", "/v1/documents?type=note", "")
    token = joserfc_token(claims)
    yield accepted("B: joserfc, in the header", request("GET", "/v1/documents?type=note", [bearer(token)]),
                   caller("request-token", claims["jti"], NOW, whole))
    yield accepted("B: in the query", request("GET", "/v1/documents?type=note&access_token=" + token, []),
                   caller("request-token", claims["jti"], NOW, whole, in_query=True))
    yield refused("B: in header and query", request("GET", "/v1/documents?type=note&access_token=" + token, [bearer(token)]),
                  "two-carriers", 400)
    yield refused("B: twice in the query", request("GET", f"/v1/documents?type=note&access_token={token}&%61ccess_token={token}", []),
                  "repeated-parameter", 400)
    yield refused("B: another query", request("GET", "/v1/documents?type=todo", [bearer(token)]), "invalid-proof", 401)
    yield refused("B: no query", request("GET", "/v1/documents", [bearer(token)]), "invalid-proof", 401)
    yield refused("B: a body that was not there", request("GET", "/v1/documents?type=note", [bearer(token)], "{}"), "invalid-proof", 401)
    claims = request_claims("POST", TARGET, BODY, scope="tags:write documents:delete")
    yield accepted("B: scope narrows what was granted, and never widens it", request("POST", TARGET, [bearer(pyjwt(claims))], BODY),
                   caller("request-token", claims["jti"], NOW, whole, scopes=["tags:write"]))
    for why, changes in {
        "no content_digest": {"content_digest": None}, "no jti": {"jti": None}, "a jti of 15 characters": {"jti": "a" * 15},
        "a jti of 257 characters": {"jti": "a" * 257}, "a jti with a space": {"jti": "0123456789abcdef 0"},
        "half seconds": {"iat": NOW - 0.5}, "exp 901 s after iat": {"exp": NOW + 901}, "exp passed": {"iat": NOW - 10, "exp": NOW},
        "no exp": {"exp": None}, "no htu": {"htu": None}, "no htm": {"htm": None}, "htm in lower case": {"htm": "post"},
        "no iss": {"iss": None}, "no sub": {"sub": None},
    }.items():
        yield refused("B: " + why, request("POST", TARGET, [bearer(pyjwt(request_claims("POST", TARGET, BODY, **changes)))], BODY),
                      "invalid-proof", 401)
    claims = request_claims("POST", TARGET, BODY)
    yield refused("B: signed by another key", request("POST", TARGET, [bearer(pyjwt(claims, key=ec.generate_private_key(ec.SECP256R1())))], BODY),
                  "invalid-proof", 401)
    yield refused("B: a kid that the client has not", request("POST", TARGET, [bearer(pyjwt(claims, kid="unknown"))], BODY),
                  "invalid-proof", 401)
    yield refused("B: critical header members", request("POST", TARGET, [bearer(pyjwt(claims, crit=["b64"]))], BODY), "invalid-proof", 401)
    hmac_token = jwt.encode(claims, "k" * 32, algorithm="HS256", headers={"typ": "plugin-request+jwt"})
    yield refused("B: signed with a symmetric key", request("POST", TARGET, [bearer(hmac_token)], BODY), "invalid-proof", 401)
    unsigned = jwt.encode(claims, None, algorithm="none", headers={"typ": "plugin-request+jwt"})
    yield refused("B: not signed", request("POST", TARGET, [bearer(unsigned)], BODY), "invalid-proof", 401)
    yield refused("B: another typ is no request token", request("POST", TARGET, [bearer(pyjwt(claims, typ="JWT"))], BODY), "proof-missing", 401)
    yield refused("B: of an unknown client", request("POST", TARGET, [bearer(pyjwt(request_claims("POST", TARGET, BODY, iss="plg_none")))], BODY),
                  "invalid-token", 401)
    yield refused("B: for a user who has granted nothing",
                  request("POST", TARGET, [bearer(pyjwt(request_claims("POST", TARGET, BODY, sub="usr_otto")))], BODY),
                  "user-not-granted", 403)

    # C
    made, used = signed("POST", TARGET, BODY)
    expected = caller("signed-headers", used, NOW, whole)
    yield accepted("C: as standardwebhooks signs it", made, expected)
    yield accepted("C: the user named again", with_header(made, "x-plugin-user", USER), expected)
    yield refused("C: another user named", with_header(made, "x-plugin-user", "usr_otto"), "user-mismatch", 403)
    rotated, used = signed("POST", TARGET, BODY, secret=OLD_SECRET)
    yield accepted("C: signed with the secret before", rotated, caller("signed-headers", used, NOW, whole))
    several = copy.deepcopy(made)
    several["headers"][3][1] = "v1,AAAA v1a,AAAA " + several["headers"][3][1]
    yield accepted("C: one of several signatures", several, expected)
    yield refused("C: another body", changed(made, body=BODY + " "), "invalid-proof", 401)
    yield refused("C: another query", changed(made, target=TARGET.replace("settled", "committed")), "invalid-proof", 401)
    yield refused("C: another method", changed(made, method="PUT"), "invalid-proof", 401)
    for index, name in ((1, "x-plugin-timestamp"), (2, "x-plugin-nonce"), (3, "webhook-signature")):
        yield refused(f"C: no {name}", changed(made, headers=made["headers"][:index] + made["headers"][index + 1:]),
                      "malformed-credentials", 400)
        yield refused(f"C: two {name}", with_header(made, name, made["headers"][index][1]), "repeated-parameter", 400)
    yield refused("C: no access token", changed(made, headers=made["headers"][1:]), "credentials-missing", 401)
    yield refused("C: two access tokens", with_header(made, *bearer("plain-token")), "repeated-parameter", 400)
    yield refused("C: an expired token", signed("GET", "/v1/documents", token="expired-token")[0], "invalid-token", 401)
    yield refused("C: a token bound to a key", signed("GET", "/v1/documents", token="bound-token")[0], "invalid-token", 401)
    yield refused("C: an unknown token", signed("GET", "/v1/documents", token="unknown-token")[0], "invalid-token", 401)
    yield refused("C: an access token in the query", changed(made, target=TARGET + "&access_token=plain-token", headers=made["headers"][1:]),
                  "token-in-query", 400)
    old, used = signed("GET", "/v1/documents", timestamp=NOW - 900)
    yield accepted("C: 900 s ago", old, caller("signed-headers", used, NOW - 900, whole))
    yield refused("C: 901 s ago", old, "outside-window", 401, now=NOW + 1)
    early, used = signed("GET", "/v1/documents", timestamp=NOW + 60)
    yield accepted("C: 60 s in the future", early, caller("signed-headers", used, NOW + 60, whole))
    yield refused("C: 61 s in the future", early, "outside-window", 401, now=NOW - 1)
    for why, bad in {"a full stop": "0123456789.abcdef", "15 letters": "0123456789abcde", "257 letters": "a" * 257}.items():
        yield refused(f"C: a nonce with {why}", signed("GET", "/v1/documents", request_nonce=bad)[0], "malformed-credentials", 400)
    for why, text in {"a sign": f"+{NOW}", "a leading zero": f"0{NOW}", "a fraction": f"{NOW}.0", "milliseconds": f"{NOW * 1000}"}.items():
        bad = copy.deepcopy(made)
        bad["headers"][1][1] = text
        yield refused(f"C: a timestamp with {why}", bad, "malformed-credentials", 400)

    # C'
    made, used = presigned("GET", "/v1/documents?type=note")
    expected = caller("presigned-url", used, NOW, whole, in_query=True)
    yield accepted("C': as standardwebhooks signs it", made, expected)
    made_alone, used_alone = presigned("GET", "/v1/documents", user="usr_zoë")
    yield accepted("C': no query before, and letters that are escaped", made_alone,
                   caller("presigned-url", used_alone, NOW, whole, scopes=["documents:read"], user="usr_zoë", in_query=True))
    yield refused("C': a parameter after the signature", changed(made, target=made["target"] + "&limit=5"), "malformed-credentials", 400)
    yield refused("C': the user twice", changed(made, target=made["target"].replace("?", f"?user={USER}&")), "repeated-parameter", 400)
    yield refused("C': the signature twice", changed(made, target=made["target"].replace("?", "?signature=v1,&")), "repeated-parameter", 400)
    yield refused("C': no nonce", changed(made, target=made["target"].replace("&nonce=", "&once=")), "malformed-credentials", 400)
    yield refused("C': another user", changed(made, target=made["target"].replace(USER, "usr_otto")), "invalid-proof", 401)
    yield refused("C': an access token beside it", with_header(made, *bearer("plain-token")), "two-carriers", 400)
    yield refused("C': a timestamp in a header, too", with_header(made, "x-plugin-timestamp", str(NOW)), "two-carriers", 400)
    yield refused("C': a user who has granted nothing", presigned("GET", "/v1/documents", user="usr_otto")[0], "user-not-granted", 403)
    yield refused("C': an unknown client", presigned("GET", "/v1/documents", client="plg_none")[0], "invalid-token", 401)
    yield refused("C': a client that may not", presigned("GET", "/v1/documents", client="plg_old")[0], "carrier-not-allowed", 403)
    yield refused("C': 901 s ago", made, "outside-window", 401, now=NOW + 901)

    # None
    yield refused("nothing", request("GET", "/v1/documents", []), "credentials-missing", 401)
    yield refused("another scheme", request("GET", "/v1/documents", [("authorization", "Basic YTpi")]), "credentials-missing", 401)
    yield refused("a token alone", request("GET", "/v1/documents", [bearer("plain-token")]), "proof-missing", 401)
    yield refused("two tokens in one header", request("GET", "/v1/documents", [bearer("plain-token, Bearer plain-token")]),
                  "malformed-credentials", 400)
    yield refused("an empty token", request("GET", "/v1/documents", [("authorization", "Bearer ")]), "malformed-credentials", 400)


def bound(expires=NOW + 900, jkt=None, client=CLIENT):
    return {"client": client, "user": USER, "scopes": GRANTED, "expires": expires, "keyThumbprint": jkt}


def main():
    jkt = str(DPOP_KEY.dpop_jkt)
    document = {
        "description": [
            "Requests to the host with proofs, as PyJWT, joserfc, requests_oauth2client and standardwebhooks make them.",
            "Each is judged by a clock that shows `now`, in seconds since 1970, by a host whose API is at `publicURL` and that"
            " knows these clients, access tokens and grants (user by client by scopes). It comes to `caller`, or to `refusal`.",
            "No nonce was used before. Secrets are for tests only.",
        ],
        "publicURL": HOST,
        "clients": {
            CLIENT: {"carriers": ALL, "keys": JWKS, "secrets": [SECRET, OLD_SECRET]},
            "plg_old": {"carriers": ["signed-headers"], "keys": [], "secrets": [SECRET]},
        },
        "accessTokens": {
            "plain-token": bound(), "expired-token": bound(expires=NOW), "bound-token": bound(jkt=jkt), "other-bound-token": bound(jkt=jkt),
        },
        "grants": {CLIENT: {USER: GRANTED, "usr_zoë": ["documents:read"]}, "plg_old": {USER: GRANTED}},
        "thumbprints": [
            {"jwk": jwk, "thumbprint": joserfc.jwk.import_key(jwk).thumbprint()} for jwk in JWKS
        ],
        "requests": list(vectors()),
    }
    for token in document["accessTokens"].values():
        # Judged up to 901 s later.
        token["expires"] += 1000 if token["expires"] > NOW else 0
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
