"""Validating a valid instance in flag mode allocates nothing.

A library that counts is preloaded into schema-harness, which validates each instance once and 1,001 times: both must
allocate as much. The harness must be a release build, since without optimisation much of Swift allocates.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from harness import DIALECT, ROOT

sys.path.insert(0, str(ROOT / "Benchmarks"))
import schema_cases  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent

OWN = [
    ("decimals", {"items": {"minimum": 0.25, "maximum": 99.75, "multipleOf": 0.01, "exclusiveMinimum": 0}}, [0.5, 12.34, 99]),
    (
        "numbers of any size",
        {"items": {"minimum": -(10**30), "maximum": 10**30, "multipleOf": 7}}, [7 * 10**25, -(7**30), 49, 7 * 10**19],
    ),
    (
        "constants", {"items": {"enum": [1, 2.5, "a", None, True, [1, {"a": "b"}], {"b": 1, "a": [2]}]}},
        [{"a": [2], "b": 1}, [1, {"a": "b"}], 2.5],
    ),
    ("unique elements", {"uniqueItems": True}, [[number, {"a": str(number)}] for number in range(20)]),
    (
        "evaluated members",
        {
            "allOf": [{"properties": {"a": True}}, {"patternProperties": {"^x": {"type": "integer"}}}],
            "anyOf": [{"required": ["z"]}, {"properties": {"b": {"const": 1}}}], "unevaluatedProperties": False,
        },
        {"a": 1, "x1": 2, "b": 1},
    ),
    (
        "evaluated elements",
        {"prefixItems": [True], "contains": {"type": "string"}, "minContains": 2, "unevaluatedItems": {"type": "integer"}},
        [None, "a", 1, "b", 2],
    ),
    (
        "conditions",
        {
            "if": {"properties": {"kind": {"const": "a"}}}, "then": {"required": ["x"]}, "else": False,
            "dependentRequired": {"x": ["y"]}, "dependentSchemas": {"y": {"minProperties": 3}},
            "propertyNames": {"maxLength": 4, "pattern": "^[a-z]+$"}, "not": {"required": ["q"]},
        },
        {"kind": "a", "x": 1, "y": 2},
    ),
    (
        "choices",
        {
            "items": {"oneOf": [
                {"type": "string"}, {"type": "number", "multipleOf": 2}, {"type": "number", "minimum": 1000.5},
            ]},
        },
        ["a", 4, 1001],
    ),
    ("escapes and other scripts", {"items": {"maxLength": 4, "pattern": "^\\p{L}+$"}}, ["ÄÖÜ", "日本語", "a"]),
    ("patterns", {"items": {"pattern": "^(?:[a-z0-9]+[._-]?)*[a-z0-9]@[a-z]+\\.(?:com|org)$"}}, ["some.body@example.org"]),
    ("references", {"$ref": "#/$defs/t", "$defs": {"t": {"items": {"$ref": "#/$defs/t"}}}}, [[[[]], []], []]),
]
FORMATS = [
    ("date-time", "2024-02-29T12:34:56.789+01:00"), ("date", "2024-02-29"), ("time", "12:34:56Z"), ("duration", "P1DT2H"),
    ("email", "joe.bloggs@example.com"), ("hostname", "www.example.com"), ("ipv4", "192.168.0.1"), ("ipv6", "::1"),
    ("uri", "https://example.com/a?b#c"), ("uri-reference", "/a/b"), ("iri", "https://example.com/ä"),
    ("iri-reference", "/ä"), ("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d16380"), ("json-pointer", "/a~1b/0"),
    ("relative-json-pointer", "1/a"), ("uri-template", "https://example.com/{id}"),
]


class AllocationTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        swift = shutil.which("swift")
        toolchain = pathlib.Path(os.path.realpath(swift)).parent if swift else pathlib.Path("/usr/bin")
        compiler = shutil.which("cc") or shutil.which("clang") or str(toolchain / "clang")
        cls.folder = tempfile.TemporaryDirectory()
        cls.counter = pathlib.Path(cls.folder.name, "count.so")
        subprocess.run(
            [compiler, "-O1", "-shared", "-fPIC", "-o", str(cls.counter), str(HERE / "count_allocations.c")], check=True
        )

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def allocations(self, schema, instance, repetitions: int, options: list) -> int:
        binary = os.environ.get("SCHEMA_HARNESS_BIN") or str(ROOT / ".build/release/schema-harness")
        lines = [
            {"cmd": "start", "version": 1}, {"cmd": "dialect", "dialect": DIALECT},
            {"cmd": "run", "seq": 1, "case": {"schema": schema, "tests": [{"instance": instance}]}}, {"cmd": "stop"},
        ]
        run = subprocess.run(
            [binary, "--repeat", str(repetitions), *options], input="\n".join(map(json.dumps, lines)) + "\n",
            capture_output=True, text=True, check=True,
            # Otherwise each run makes other hash tables, and those may grow at other times.
            env={**os.environ, "LD_PRELOAD": str(self.counter), "SWIFT_DETERMINISTIC_HASHING": "1"},
        )
        self.assertEqual(json.loads(run.stdout.splitlines()[2]), {"seq": 1, "results": [{"valid": True}]}, schema)
        return int(run.stderr.rpartition("allocations: ")[2])

    def of_thousand(self, schema, instance, *options) -> int:
        """What a thousand validations allocate."""
        return self.allocations(schema, instance, 1001, [*options]) - self.allocations(schema, instance, 1, [*options])

    def test_validating_allocates_nothing(self):
        for name, schema, instance in OWN + [case for case in schema_cases.all_cases() if len(json.dumps(case[2])) < 50_000]:
            with self.subTest(name):
                self.assertEqual(self.of_thousand(schema, instance), 0)

    def test_checking_formats_allocates_nothing(self):
        for name, text in FORMATS:
            with self.subTest(name):
                self.assertEqual(self.of_thousand({"format": name}, text, "--assert-formats"), 0)

    def test_what_does_allocate(self):
        """The exceptions that docs/json-schema.md names; and so a proof that allocations are seen at all."""
        for schema, instance in (
            ({"uniqueItems": True}, list(range(1000))),
            ({"format": "idn-hostname"}, "例え.テスト"), ({"format": "idn-email"}, "a@例え.テスト"), ({"format": "regex"}, "a+b"),
            ({"pattern": "^(?!.*--)[a-z-]+$"}, "some-body"),
        ):
            with self.subTest(str(schema)):
                self.assertGreaterEqual(self.of_thousand(schema, instance, "--assert-formats"), 1000)


if __name__ == "__main__":
    unittest.main()
