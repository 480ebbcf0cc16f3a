#!/usr/bin/env python3
"""Measures what many plugins and many documents cost.

The load is that of `scripts/bench`: full durable cycles with one plugin that matches. Three hosts are measured in turn: one as there, one
with 10,000 registered and enabled plugins of which one matches, and one with 1,000,000 documents. The same number of documents is changed on
each; on the last they are spread evenly over all. The rate may fall by less than 10 %.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time

from bench import HERE, TOKEN, Failure, Plugin, add_options, create_documents, in_folder, measure, median, parsed, start_host

GOAL = 0.9
EVENTS = ["document.created", "document.changed", "document.deleted", "block.created", "block.changed", "comment.added"]


def add_plugins(host, count: int):
    """Registers plugins that want the events of documents of other types, or other events."""
    began = time.monotonic()
    for number in range(count):
        manifest = {
            "protocol": ["1.0"], "name": f"other-{number}", "scopes": ["tags:write"],
            "subscriptions": [
                {"events": ["document.changed"], "match": {"types": [f"type-{number % 500}"]}, "phase": ("after", "before")[number % 2]},
                {"events": [EVENTS[2 + number % 4]], "match": {"types": ["letter"], "text": "urgent|important"}},
            ],
        }
        made = host.client.call("POST", "/v1/plugins", {"url": f"http://127.0.0.1:9999/{number}", "handshake": "skip", "manifest": manifest})
        host.client.call("POST", f"/v1/plugins/{made['id']}/enable", {})
        if (number + 1) % 1000 == 0:
            print(f"{host.name}: {number + 1:,} plugins after {time.monotonic() - began:.0f} s", file=sys.stderr)
    host.client.reconnect()
    found = len(host.client.call("GET", "/v1/plugins")["items"])
    if found != count + 1:
        raise Failure(f"{host.name} has {found} plugins, not {count + 1}")


def add_documents(host, count: int):
    """Makes documents by wrk until there are so many."""
    made = len(host.documents)
    while made < count:
        seconds = 2 if count - made < 50_000 else 20
        run = subprocess.run(
            ["wrk", "--threads", "1", "--connections", "64", "--duration", f"{seconds}s", "--timeout", "30s", "--script",
             str(HERE / "create.lua"), f"http://127.0.0.1:{host.port}/", "--", TOKEN],
            capture_output=True, text=True, check=True,
        )
        result = json.loads(next(line for line in run.stdout.splitlines() if line.startswith("RESULT ")).removeprefix("RESULT "))
        if result["bad"] or result["broken"] or not result["requests"]:
            raise Failure(f"{host.name}: documents could not be made: {result}")
        made += result["requests"]
        print(f"{host.name}: {made:,} documents", file=sys.stderr)


def spread(host, total: int, wanted: int):
    """Takes documents spread evenly over all there are for those to be changed."""
    host.client.reconnect()
    found, seen, cursor, step = [], 0, "", max(1, total // wanted)
    while cursor is not None:
        page = host.client.call("GET", f"/v1/documents?limit=1000{cursor}")
        for item in page["items"]:
            if seen % step == 0 and len(found) < wanted:
                found.append(item["id"])
            seen += 1
        cursor = f"&cursor={page['nextCursor']}" if page.get("nextCursor") else None
    if seen < total or len(found) != wanted:
        raise Failure(f"{host.name} lists {seen:,} documents, not {total:,}")
    host.documents = found
    (host.folder / f"{host.name}.ids").write_text("".join(f"{identifier}\n" for identifier in found))


def run(options, folder):
    plugin = Plugin(folder)
    hosts = []
    try:
        for name in ("plain", "plugins", "documents"):
            if name != "plain" and options.only not in (None, name):
                continue
            host = start_host(options, folder, plugin, name)
            hosts.append(host)
            if name == "plugins":
                add_plugins(host, options.plugins - 1)
            if name == "documents":
                add_documents(host, options.total)
                spread(host, options.total, options.documents)
            else:
                create_documents(host, options.documents)
        for host in hosts:
            measure(host, plugin, options, options.warm_up, keep=False)
        for number in range(options.rounds):
            for host in hosts if number % 2 == 0 else hosts[::-1]:
                measure(host, plugin, options, options.seconds, keep=True)
                print(f"{host.name}: round {number + 1}: {host.rounds[-1]['rate']:,.0f} cycles/s", file=sys.stderr)
        return report(hosts, options)
    finally:
        for host in hosts:
            host.stop()
        plugin.stop()


def report(hosts: list, options) -> bool:
    print(f"\nFull durable cycles, {options.documents:,} documents changed in turn, {options.rounds} rounds of {options.seconds:g} s each in turn (medians):\n")
    names = {"plain": "plain", "plugins": f"{options.plugins:,} plugins", "documents": f"{options.total:,} documents"}
    print(f"{'':24}" + "".join(f"{names[host.name]:>22}" for host in hosts))
    for label, key, form in (("cycles/s", "rate", "{:,.0f}"), ("p50 ms", "p50", "{:.2f}"), ("p99 ms", "p99", "{:.2f}"),
                             ("CPU µs a cycle", "processor", "{:.0f}")):
        print(f"{label:24}" + "".join(f"{form.format(median(host, key)):>22}" for host in hosts))
    print(f"{'memory MiB':24}" + "".join(f"{host.resident_mib():>22.0f}" for host in hosts))
    print()
    all_met = True
    for host in hosts[1:]:
        ratio = statistics.median(each["rate"] / plain["rate"] for each, plain in zip(host.rounds, hosts[0].rounds))
        met = ratio > GOAL
        all_met = all_met and met
        print(f"  {'met' if met else 'MISSED':8}{names[host.name]}: ratio {ratio:.3f}   (more than {GOAL})")
    return all_met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--plugins", type=int, default=10_000, help="registered plugins, of which one matches (default 10000)")
    parser.add_argument("--total", type=int, default=1_000_000, help="documents in all (default 1000000)")
    parser.add_argument("--only", choices=["plugins", "documents"], help="measures one of the two")
    return in_folder(run, parsed(parser))


if __name__ == "__main__":
    sys.exit(main())
