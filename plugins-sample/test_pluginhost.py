"""python3 -m unittest, in this folder."""

import json
import pathlib
import unittest

import pluginhost

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "protocol" / "test-vectors" / "signatures.json"


class SignatureTests(unittest.TestCase):
    def test_published_vectors(self):
        for vector in json.loads(VECTORS.read_text(encoding="utf-8"))["verify"]:
            with self.subTest(vector["why"]):
                given = (vector["secret"], vector["headers"], vector["body"].encode(), vector["now"])
                if vector["accept"]:
                    pluginhost.verify(*given)
                else:
                    self.assertRaises(pluginhost.SignatureError, pluginhost.verify, *given)

    def test_signing_of_published_vectors(self):
        for vector in json.loads(VECTORS.read_text(encoding="utf-8"))["sign"]:
            with self.subTest(vector["why"]):
                headers = {"webhook-" + name: vector[name] for name in ("id", "timestamp", "signature")}
                pluginhost.verify(vector["secret"], headers, vector["body"].encode(), int(vector["timestamp"]))

    def test_wrong_secrets_are_faults_of_the_operator(self):
        for secret in ("", "MDEy", "whpk_MDEy", "whsec_not base64"):
            with self.subTest(secret):
                self.assertRaises(ValueError, pluginhost.verify, secret, {}, b"")

    def test_odd_headers(self):
        vector = json.loads(VECTORS.read_text(encoding="utf-8"))["verify"][0]
        odd = (("timestamp", "9" * 5000), ("timestamp", "²"), ("signature", "v1,\u00e9"), ("signature", " "))
        for name, value in odd:
            headers = {**vector["headers"], "webhook-" + name: value}
            with self.subTest(name):
                self.assertRaises(
                    pluginhost.SignatureError, pluginhost.verify, vector["secret"], headers, b"{}", vector["now"]
                )


if __name__ == "__main__":
    unittest.main()
