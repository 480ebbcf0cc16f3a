#!/usr/bin/env python3
"""Measures the host's HTTP client beside a C program on libcurl's multi interface.

Both post the same signed request, 32 in flight, to an nginx that answers with the same commands each time; rounds are in turn. The client
must reach 0.8 of the C program's rate. At half of its own rate the 99th percentile of what it adds to a plugin's own time must be under
1 ms: from the call to the answer in the caller's hands, less the time from the last byte sent to the first byte received.

nginx's own count must show that each request that is said to be answered reached it.
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

from bench import Failure, Plugin, in_folder

GOALS = {"ratio": 0.8, "p99": 1000}


def write_request(folder: pathlib.Path):
    """A request such as the host sends after a change of a small document."""
    identifier = "0" * 26
    event = {"id": f"evt_{identifier}", "type": "document.changed", "phase": "after", "time": "2026-11-24T13:23:55.123Z", "hop": 0,
             "causes": [], "commands": [{"op": "property.set", "pointer": "/status", "value": "draft"}], "data": {"fromRevision": 1, "revision": 2}}
    blocks = [{"id": f"blk_{identifier}", "type": "paragraph", "text": "It says that much, and a little more. " * 3, "properties": {}, "children": [],
               "annotations": [], "comments": []} for _ in range(4)]
    body = json.dumps({"protocol": "1.0", "exchange": f"exc_{identifier}", "dryRun": False, "budgetMilliseconds": 2000,
                       "host": {"name": "pluginhost", "url": "http://127.0.0.1"}, "plugin": {"id": f"plg_{identifier}", "scopes": [], "state": {}},
                       "actor": {"type": "user", "id": "usr_1"}, "events": [event],
                       "document": {"id": f"doc_{identifier}", "type": "note", "title": "A title", "revision": 2, "blocks": blocks}}).encode()
    stamp = int(time.time())
    signed = f"exc_{identifier}.{stamp}.".encode() + body
    signature = base64.b64encode(hmac.new(os.urandom(32), signed, hashlib.sha256).digest()).decode()
    (folder / "body.json").write_bytes(body)
    (folder / "headers").write_text(
        f"content-type: application/json\naccept: application/json\nuser-agent: pluginhost\nwebhook-id: exc_{identifier}\n"
        f"webhook-timestamp: {stamp}\nwebhook-signature: v1,{signature}\npluginhost-budget-ms: 2000\n"
    )


def measure(program: pathlib.Path, plugin: Plugin, options, folder: pathlib.Path, rate: int = 0) -> dict:
    asked = plugin.asked_when_quiet()
    run = subprocess.run(
        [program, plugin.url, folder / "body.json", folder / "headers", str(options.in_flight), str(options.seconds), str(rate)],
        capture_output=True, text=True, check=False,
    )
    if run.returncode != 0:
        raise Failure(f"{program.name} failed: {run.stdout}{run.stderr}")
    result = json.loads(run.stdout)
    asked = plugin.asked_when_quiet() - asked
    # The second of warming up is asked too, and not counted.
    if not result["requests"] <= asked:
        raise Failure(f"{program.name} says {result['requests']} requests were answered; nginx saw {asked}")
    result["rate"] = result["requests"] / result["seconds"]
    result["cost"] = result["processor"] / result["requests"] * 1e6
    return result


def run(options, folder: pathlib.Path) -> bool:
    plugin = Plugin(folder)
    try:
        write_request(folder)
        programs = {"client": options.client, "libcurl in C": options.reference}
        rounds: dict = {name: [] for name in programs}
        for number in range(options.rounds):
            for name in list(programs) if number % 2 == 0 else list(programs)[::-1]:
                rounds[name].append(measure(programs[name], plugin, options, folder))
                print(f"{name}: round {number + 1}: {rounds[name][-1]['rate']:,.0f} requests/s", file=sys.stderr)
        half = int(statistics.median(each["rate"] for each in rounds["client"]) / 2)
        calm = [measure(options.client, plugin, options, folder, rate=half) for _ in range(options.rounds)]
    finally:
        plugin.stop()
    print(f"\nSigned POST to nginx, {options.in_flight} in flight, {options.rounds} rounds of {options.seconds} s each in turn (medians):\n")
    print(f"{'':24}" + "".join(f"{name:>14}" for name in programs))
    for label, key, form in (("requests/s", "rate", "{:,.0f}"), ("CPU µs a request", "cost", "{:.1f}")):
        print(f"{label:24}" + "".join(f"{form.format(statistics.median(each[key] for each in rounds[name])):>14}" for name in programs))
    ratio = statistics.median(a["rate"] / b["rate"] for a, b in zip(*rounds.values()))
    p50, p99 = (statistics.median(each[key] for each in calm) for key in ("p50", "p99"))
    reached = statistics.median(each["rate"] for each in calm)
    print(f"\nat half load ({reached:,.0f} requests/s) the client adds to a plugin's own time: p50 {p50:.0f} µs, p99 {p99:.0f} µs")
    if reached < 0.9 * half:
        raise Failure(f"half load was to be {half:,} requests a second, and was {reached:,.0f}")
    goals = (("ratio", f"{ratio:.2f}", f"at least {GOALS['ratio']}", ratio >= GOALS["ratio"]),
             ("p99 µs", f"{p99:.0f}", f"under {GOALS['p99']}", p99 < GOALS["p99"]))
    print()
    for name, value, goal, met in goals:
        print(f"  {'met' if met else 'MISSED':8}{name:10}{value:>8}   ({goal})")
    return all(met for *_, met in goals)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--client", type=pathlib.Path, required=True, help="TransportBench, as scripts/bench builds it")
    parser.add_argument("--reference", type=pathlib.Path, required=True, help="the C program, as scripts/bench builds it")
    parser.add_argument("--in-flight", type=int, default=32, help="requests under way at once (default 32)")
    parser.add_argument("--seconds", type=int, default=8, help="length of a round (default 8)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each, in turn (default 3)")
    parser.add_argument("--quick", action="store_true", help="one round of 3 s: whether it works, not how fast")
    parser.add_argument("--keep", action="store_true", help="leaves what was made, and says where")
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.rounds = 3, 1
    return in_folder(run, options)


if __name__ == "__main__":
    sys.exit(main())
