#!/usr/bin/env python3
"""Collects seeds for the fuzz targets: `seeds.py ROOT SUITES READER-FOLDER SCHEMA-FOLDER`.

A seed of the reader is any JSON text; one of the schema target is a line with a schema, then an instance.
"""

import json
import pathlib
import shutil
import sys


def compact(value) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def main(root: str, suites: str, reader: str, schema: str):
    folders = [pathlib.Path(reader), pathlib.Path(schema)]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    texts, pairs = [], []
    for path in sorted(pathlib.Path(root, "protocol").rglob("*.json")):
        texts.append(path.read_bytes())
    for path in sorted(pathlib.Path(root, "protocol/schemas").glob("*.json")):
        pairs.append((json.loads(path.read_text()), {}))
    for path in sorted(pathlib.Path(suites, "JSONTestSuite/test_parsing").glob("*.json")):
        if path.stat().st_size <= 4096:
            texts.append(path.read_bytes())
    for path in sorted(pathlib.Path(suites, "JSON-Schema-Test-Suite/tests/draft2020-12").rglob("*.json")) or sorted(
        pathlib.Path(suites, "JSON-Schema-Test-Suite/draft2020-12").rglob("*.json")
    ):
        for group in json.loads(path.read_text(encoding="utf-8")):
            pairs += [(group["schema"], test["data"]) for test in group["tests"]]
    for number, text in enumerate(texts):
        (folders[0] / f"{number:05}").write_bytes(text)
    for number, (rules, instance) in enumerate(pairs):
        (folders[1] / f"{number:05}").write_bytes(compact(rules) + b"\n" + compact(instance))
    print(f"{len(texts)} seeds for the reader, {len(pairs)} for the schema", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
