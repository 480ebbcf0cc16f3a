#!/usr/bin/env python3
"""Measures what plugins that hang cost the others.

The load is that of `scripts/bench`: full durable cycles with one healthy plugin. Rounds alternate between the host by itself and the
host while 50 other plugins hang: each holds its 16 places until its time-out of 30 s, so that 800 requests are under way that
nobody answers. Those 16 failures in 30 s are too few to open a circuit breaker: nothing is shed, and all hang to the end.

The server that hangs counts its open requests before and after each round: all must be there. Afterwards the host's record must
have each of them as late.
"""

import argparse
import asyncio
import statistics
import sys
import threading
import time

from bench import Failure, Plugin, add_options, create_documents, free_port, in_folder, measure, parsed, start_host

PLACES = 16
TIMEOUT = 30
GOAL = 0.95


class HangingServer:
    """Reads every request and never answers."""

    def __init__(self):
        self.port, self.open = free_port(), 0
        listening = threading.Event()

        async def serve(reader, writer):
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(length)
                self.open += 1
                try:
                    await reader.read()
                finally:
                    self.open -= 1
            except (asyncio.IncompleteReadError, ConnectionError):
                pass
            finally:
                writer.close()

        async def run():
            server = await asyncio.start_server(serve, "127.0.0.1", self.port, backlog=2048)
            listening.set()
            await server.serve_forever()

        threading.Thread(target=lambda: asyncio.run(run()), daemon=True).start()
        if not listening.wait(10):
            raise Failure("the server that hangs did not start")

    def when(self, count: int, seconds: float):
        end = time.monotonic() + seconds
        while self.open != count:
            if time.monotonic() > end:
                raise Failure(f"{self.open} requests hang, not {count}")
            time.sleep(0.05)


def register(host, hanging: HangingServer, count: int):
    for number in range(count):
        made = host.client.call("POST", "/v1/plugins", {
            "url": f"http://127.0.0.1:{hanging.port}/{number}", "handshake": "skip",
            "manifest": {
                "protocol": ["1.0"], "name": f"hanging-{number}",
                "subscriptions": [{
                    "events": ["document.created"], "phase": "after", "match": {"types": ["stuck"]},
                    "timeoutMilliseconds": TIMEOUT * 1000,
                }],
            },
        })
        host.client.call("POST", f"/v1/plugins/{made['id']}/enable", {})


def hang(host, hanging: HangingServer, count: int):
    """Lets every place of every plugin that hangs be taken, each by a document of its own."""
    host.client.reconnect()
    for _ in range(PLACES):
        host.client.call("POST", "/v1/documents", {"type": "stuck", "title": "Stuck"})
    hanging.when(count * PLACES, 10)


def late(host) -> int:
    """How many exchanges the host gave up since the answer's head was late."""
    host.client.reconnect()
    count, cursor = 0, ""
    while cursor is not None:
        page = host.client.call("GET", f"/v1/exchanges?outcome=failed&limit=1000{cursor}")
        count += sum(each["refusal"]["kind"] == "headers-late" for each in page["items"])
        cursor = f"&cursor={page['nextCursor']}" if page.get("nextCursor") else None
    return count


def run(options, folder):
    plugin, hanging = Plugin(folder), HangingServer()
    host = None
    try:
        host = start_host(options, folder, plugin)
        register(host, hanging, options.plugins)
        create_documents(host, options.documents)
        measure(host, plugin, options, options.warm_up, keep=False)
        rates: dict = {"alone": [], "beside": []}
        for number in range(options.rounds):
            # What comes first changes from round to round, so that a drift of the machine favours neither.
            for kind in (("alone", "beside"), ("beside", "alone"))[number % 2]:
                if kind == "beside":
                    hang(host, hanging, options.plugins)
                measure(host, plugin, options, options.seconds, keep=True)
                rates[kind].append(host.rounds[-1])
                if kind == "beside":
                    hanging.when(options.plugins * PLACES, 0)
                    hanging.when(0, TIMEOUT + 10)
                print(f"{kind}: round {number + 1}: {host.rounds[-1]['rate']:,.0f} cycles/s", file=sys.stderr)
        expected = options.plugins * PLACES * options.rounds
        time.sleep(1)
        if late(host) != expected:
            raise Failure(f"{late(host)} exchanges are recorded as late, not {expected}")
        return report(rates, options, expected)
    finally:
        if host is not None:
            host.stop()
        plugin.stop()


def report(rates: dict, options, hung: int) -> bool:
    print(f"\nFull durable cycles with and without {options.plugins} plugins that hang, {options.rounds} rounds of {options.seconds:g} s each in turn (medians):\n")
    print(f"{'':24}{'alone':>14}{'beside them':>14}")
    for label, key, form in (("cycles/s", "rate", "{:,.0f}"), ("p50 ms", "p50", "{:.2f}"), ("p99 ms", "p99", "{:.2f}"),
                             ("CPU µs a cycle", "processor", "{:.0f}")):
        cells = [form.format(statistics.median(each[key] for each in rates[kind])) for kind in ("alone", "beside")]
        print(f"{label:24}{cells[0]:>14}{cells[1]:>14}")
    ratio = statistics.median(
        beside["rate"] / alone["rate"] for alone, beside in zip(rates["alone"], rates["beside"])
    )
    print(f"\nchecked: {hung:,} requests hung until their time-out of {TIMEOUT} s, {options.plugins * PLACES:,} of them throughout each round")
    met = ratio >= GOAL
    print(f"\n  {'met' if met else 'MISSED':8}ratio {ratio:.3f}   (at least {GOAL}; the median of the rounds' ratios)")
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--plugins", type=int, default=50, help="plugins that hang (default 50)")
    return in_folder(run, parsed(parser))


if __name__ == "__main__":
    sys.exit(main())
