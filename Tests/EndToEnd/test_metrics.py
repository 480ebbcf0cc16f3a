"""What `/metrics` says is what a Prometheus server reads, and a caller's trace reaches the plugin."""

import re
import time
import unittest

from prometheus_client.parser import text_string_to_metric_families

from host import Host, Plugin

STAGES = {"match", "queue", "connect", "send", "plugin", "receive", "validate", "apply"}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def nothing(_):
    return {"protocol": "1.0"}


class MetricsTests(unittest.TestCase):
    def families(self, host):
        answer = host.call("GET", "/metrics", token=False)
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.headers["content-type"].startswith("text/plain; version=0.0.4"))
        return {family.name: family for family in text_string_to_metric_families(answer.raw.decode())}

    def test_a_prometheus_parser_reads_what_happened(self):
        def slow(_):
            time.sleep(0.03)
            return {"protocol": "1.0", "commands": [{"op": "tag.add", "tag": "seen"}]}

        with Host() as host, Plugin("tagger", slow) as tagger, Plugin("broken", lambda _: (500, {}, b""), phase="before") as broken:
            host.register(tagger)
            host.register(broken)
            document = host.document()["id"]
            for number in range(5):
                self.assertEqual(host.change(document, {"op": "document.setTitle", "title": f"t{number}"}).status, 200)
            families = self.families(host)

            exchanges = {(s.labels["plugin"], s.labels["phase"], s.labels["outcome"]): s.value
                         for s in families["pluginhost_exchanges"].samples}
            self.assertEqual(exchanges[("tagger", "after", "applied")], 1)
            self.assertEqual(exchanges[("tagger", "after", "nothing")], 4)
            self.assertEqual(exchanges[("broken", "before", "failed")], 5)
            refusals = {(s.labels["plugin"], s.labels["kind"]): s.value
                        for s in families["pluginhost_exchange_refusals"].samples}
            self.assertEqual(refusals, {("broken", "5xx"): 5})

            stages = families["pluginhost_exchange_stage_duration_seconds"]
            self.assertEqual(stages.type, "histogram")
            series = {}
            for sample in stages.samples:
                key = (sample.labels["plugin"], sample.labels["stage"])
                series.setdefault(key, {})[(sample.name.rsplit("_", 1)[1], sample.labels.get("le"))] = sample.value
            self.assertTrue({stage for plugin, stage in series if plugin == "tagger"} <= STAGES | {"dns", "tls"})
            for key, samples in series.items():
                buckets = [(float(le), value) for (kind, le), value in samples.items() if kind == "bucket"]
                self.assertEqual(buckets, sorted(buckets), key)
                self.assertEqual([value for _, value in buckets], sorted(value for _, value in buckets), key)
                self.assertEqual(buckets[-1], (float("inf"), samples[("count", None)]), key)
            plugin = series[("tagger", "plugin")]
            self.assertEqual(plugin[("count", None)], 5)
            self.assertGreater(plugin[("sum", None)], 5 * 0.03)
            self.assertEqual(plugin[("bucket", "0.01")], 0)
            # What did not take place is not counted: the connection of the pings, or of the first exchange, was kept.
            self.assertLessEqual(series.get(("tagger", "connect"), {}).get(("count", None), 0), 1)

            for name in ("exchanges_under_way", "exchanges_waiting", "reactions_waiting", "breakers_open"):
                now = {s.labels["plugin"]: s.value for s in families[f"pluginhost_{name}"].samples}
                self.assertEqual(now, {"tagger": 0, "broken": 0, "other": 0}, name)

    def test_trace_reaches_the_plugin_with_a_span_of_its_own(self):
        headers = []

        def verify(_, given, __):
            headers.append((given["traceparent"], given["tracestate"]))

        with Host(arguments=["--log-level", "debug"]) as host, Plugin("traced", nothing, verify=verify) as plugin:
            host.register(plugin)
            document = host.document()["id"]
            headers.clear()
            sent = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "tracestate": "a=1, b=2"}
            answer = host.change(document, {"op": "tag.add", "tag": "a"}, headers=sent)
            [(parent, state)] = headers
            self.assertRegex(parent, f"^00-{TRACE}-[0-9a-f]{{16}}-01$")
            self.assertNotEqual(parent, sent["traceparent"])
            self.assertEqual(state, "a=1,b=2")
            self.assertEqual(answer["exchanges"][0]["traceparent"], parent)
            stored = host.call("GET", f"/v1/exchanges/{answer['exchanges'][0]['id']}")
            self.assertEqual(stored["traceparent"], parent)
            self.assertRegex(host.logged(), re.compile(f"trace={TRACE}"))
            self.assertRegex(answer.headers["server-timing"], r"^traced;dur=\d+\.\d{3}$")


if __name__ == "__main__":
    unittest.main()
