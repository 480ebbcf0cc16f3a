#!/usr/bin/env python3
"""Measures JSONSchema beside the fastest validators and reader on PyPI, on the same schemas and instances.

validating  JSONSchema (flag mode, from a tape, compiled once), sourcemeta-jsonschema (`validate --fast --benchmark`),
            jsonschema-rs (`is_valid`, on Python's objects, which it must walk)
reading     JSONSchema (onto a tape, and into a tree), orjson (`loads`)

Each round runs all of them one after the other; the medians of the rounds are printed. All must find every instance
valid, or the benchmark fails.
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import jsonschema_rs
import orjson

import schema_cases

ROOT = pathlib.Path(__file__).resolve().parent.parent
ANSWERS = ("answer-host-schema", "answer-plain-schema")


class Failure(Exception):
    pass


def time_of(body, seconds: float) -> float:
    """Nanoseconds of one call: the median of five rounds that take `seconds` together."""
    calls = 1
    while True:
        started = time.perf_counter_ns()
        for _ in range(calls):
            body()
        passed = time.perf_counter_ns() - started
        if passed >= seconds * 1e9 / 10:
            break
        calls *= 2
    rounds = []
    for _ in range(5):
        started = time.perf_counter_ns()
        for _ in range(calls):
            body()
        rounds.append((time.perf_counter_ns() - started) / calls)
    return statistics.median(rounds)


def sourcemeta(folder: pathlib.Path, name: str, loops: int) -> float:
    run = subprocess.run(
        [
            sys.executable, "-m", "sourcemeta_jsonschema", "validate", str(folder / f"{name}.schema.json"), str(folder / f"{name}.instance.json"),
            "--fast", "--benchmark", "--loop", str(loops),
        ],
        capture_output=True, text=True, check=False,
    )
    found = re.search(r"PASS ([0-9.]+) \+- [0-9.]+ us", run.stdout + run.stderr)
    if not found:
        raise Failure(f"sourcemeta-jsonschema on {name}: {run.stdout[:500]}{run.stderr[:500]}")
    return float(found.group(1)) * 1000


def python_peers(name: str, schema, instance: bytes, seconds: float) -> dict:
    validator = jsonschema_rs.validator_for(schema)
    value = orjson.loads(instance)
    if not validator.is_valid(value):
        raise Failure(f"jsonschema-rs on {name}: not valid")
    return {
        "jsonschema-rs": time_of(lambda: validator.is_valid(value), seconds),
        "orjson": time_of(lambda: orjson.loads(instance), seconds),
    }


def ours(binary: pathlib.Path, folder: pathlib.Path, names: list) -> dict:
    run = subprocess.run([str(binary), str(folder), *names], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise Failure(f"SchemaBench failed:\n{run.stdout}{run.stderr}")
    return {row["name"]: row for row in map(json.loads, run.stdout.splitlines())}


def in_microseconds(nanoseconds: float) -> str:
    return f"{nanoseconds / 1000:,.3f}" if nanoseconds < 1e5 else f"{nanoseconds / 1000:,.0f}"


def measure(options, folder: pathlib.Path) -> tuple:
    cases = [case for case in schema_cases.all_cases() if not options.only or options.only in case[0]]
    names, sizes, results = [case[0] for case in cases], {}, {case[0]: {} for case in cases}
    for name, schema, instance in cases:
        (folder / f"{name}.schema.json").write_bytes(orjson.dumps(schema))
        (folder / f"{name}.instance.json").write_bytes(orjson.dumps(instance))
        sizes[name] = (folder / f"{name}.instance.json").stat().st_size
    for number in range(options.rounds):
        mine = ours(options.binary, folder, names)
        for name, schema, _ in cases:
            instance = (folder / f"{name}.instance.json").read_bytes()
            first = sourcemeta(folder, name, 20)
            times = {
                **{key: value for key, value in mine[name].items() if key not in ("name", "bytes")},
                "sourcemeta": sourcemeta(folder, name, max(20, min(1_000_000, int(options.seconds * 1e9 / first)))),
                **python_peers(name, schema, instance, options.seconds),
            }
            for key, value in times.items():
                results[name].setdefault(key, []).append(value)
        print(f"round {number + 1} of {options.rounds} done", file=sys.stderr)
    medians = {
        name: {key: statistics.median(values) for key, values in rows.items()} for name, rows in results.items()
    }
    return sizes, medians


def print_table(sizes: dict, results: dict):
    columns = [
        ("validate", "validate"), ("sourcemeta", "sourcemeta"), ("jsonschema-rs", "jsonschema-rs"),
        ("read: tape", "readTape"), ("tree", "readTree"), ("orjson", "orjson"), ("write", "write"), ("compile", "compile"),
    ]
    width = max(map(len, results))
    print("\nµs, medians; `validate`, `tape`, `tree`, `write` and `compile` are ours:\n")
    print(f"{'':{width}}  {'bytes':>9}  " + "  ".join(f"{title:>13}" for title, _ in columns))
    for name, row in results.items():
        cells = "  ".join(f"{in_microseconds(row[key]):>13}" for _, key in columns)
        print(f"{name:{width}}  {sizes[name]:>9,}  {cells}")


def print_goals(results: dict):
    print("\ngoals, on the answer of 16 commands:")
    for name in ANSWERS:
        if name not in results:
            continue
        row = results[name]
        for text, value, goal in (
            ("validate / sourcemeta --fast", row["validate"] / row["sourcemeta"], 1.5),
            ("validate / jsonschema-rs", row["validate"] / row["jsonschema-rs"], 1),
            ("reading onto a tape / orjson", row["readTape"] / row["orjson"], 1),
            ("reading into a tree / orjson", row["readTree"] / row["orjson"], None),
        ):
            verdict = "" if goal is None else "met" if value <= goal else "MISSED"
            print(f"  {verdict:8}{name:22}{text:32}{value:6.2f}   ({f'at most {goal}' if goal else 'no goal'})")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="rounds, in each of which all are measured (default 3)")
    parser.add_argument("--seconds", type=float, default=0.3, help="about how long one peer runs on one case (default 0.3)")
    parser.add_argument("--quick", action="store_true", help="one round: whether it works, not how fast")
    parser.add_argument("--only", metavar="TEXT", help="only the cases whose name holds this")
    parser.add_argument("--json", metavar="FILE", help="writes the figures there too, in nanoseconds")
    parser.add_argument("--binary", type=pathlib.Path, required=True, help="the program SchemaBench, built for release")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 1, 0.05
    try:
        with tempfile.TemporaryDirectory(prefix="schema-bench-") as folder:
            sizes, results = measure(options, pathlib.Path(folder))
    except Failure as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    print_table(sizes, results)
    print_goals(results)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
