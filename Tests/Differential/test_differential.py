"""Compares schema-harness with jsonschema-rs over generated schemas and instances, and its numbers with exact arithmetic.

DIFFERENTIAL_CASES says how many schemas with an instance are compared (default 1,000; `scripts/differential` asks for
20,000).
"""

import json
import math
import os
import random
import unittest
from fractions import Fraction

import jsonschema_rs
from hypothesis import HealthCheck, Phase, given, seed, settings

from harness import Harness
from strategies import cases

CASES = int(os.environ.get("DIFFERENTIAL_CASES", "1000"))
INSTANCES = 5

# Disagreements that are the peer's, each as narrow as it can be told: why, the section that decides, and a test of
# the schema (as text) and instance.
EXPLAINED: list = []


def text(value) -> str:
    return json.dumps(value, ensure_ascii=True)


class DifferentialTests(unittest.TestCase):
    def setUp(self):
        self.harness = Harness()

    def tearDown(self):
        self.harness.close()

    def test_agrees_with_jsonschema_rs(self):
        compared = valid = 0
        explained: dict = {}

        @seed(20)
        @settings(
            max_examples=max(1, CASES // INSTANCES), deadline=None, database=None,
            phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
        )
        @given(cases(INSTANCES))
        def compare(case):
            nonlocal compared, valid
            schema, instances = case
            ours = self.harness.validate(text(schema), [text(instance) for instance in instances])
            self.assertIsInstance(ours, list, f"refused: {ours}: {text(schema)}")
            validator = jsonschema_rs.Draft202012Validator(schema)
            for instance, found in zip(instances, ours):
                compared += 1
                expected = validator.is_valid(instance)
                valid += expected
                if found == expected:
                    continue
                reason = next((why for why, applies in EXPLAINED if applies(text(schema), instance)), None)
                if reason is None:
                    self.fail(f"\nschema   {text(schema)}\ninstance {text(instance)}\nours {found}, jsonschema-rs {expected}")
                explained[reason] = explained.get(reason, 0) + 1

        compare()
        for reason, count in explained.items():
            print(f"explained: {count}: {reason}")
        print(f"{compared} cases compared, {valid} of them valid")
        self.assertGreaterEqual(compared, CASES * 9 // 10)
        # Instances that are all valid, or all not, would compare little.
        self.assertTrue(compared // 10 < valid < compared * 9 // 10)


def decimal(randomly: random.Random) -> str:
    """A number as JSON writes it, of any size and form."""
    digits = "".join(randomly.choice("0123456789") for _ in range(randomly.choice([1, 2, 3, 17, 18, 19, 20, 25])))
    whole = digits.lstrip("0") or "0"
    sign = randomly.choice(["", "-"])
    form = randomly.randrange(4)
    if form == 0:
        return sign + whole
    if form == 1:
        return f"{sign}{whole}.{randomly.choice(['0', '5', '25', digits])}"
    return f"{sign}{whole}{randomly.choice(['', '.5'])}{randomly.choice('eE')}{randomly.choice(['', '+', '-'])}{randomly.randrange(30)}"


class ExactNumberTests(unittest.TestCase):
    """Numbers compare by their mathematical value (core, section 4.2.2; validation, section 6.2)."""

    def test_agrees_with_fractions(self):
        randomly = random.Random(3)
        harness = Harness()
        rules = {
            "minimum": lambda value, bound: value >= bound, "maximum": lambda value, bound: value <= bound,
            "exclusiveMinimum": lambda value, bound: value > bound, "exclusiveMaximum": lambda value, bound: value < bound,
            "multipleOf": lambda value, bound: (value / bound).denominator == 1,
            "const": lambda value, bound: value == bound,
        }
        held = 0
        for _ in range(max(1000, CASES // 4)):
            bound = decimal(randomly)
            keyword = randomly.choice(sorted(rules))
            if keyword == "multipleOf":
                bound = bound.lstrip("-")
                if Fraction(bound) == 0:
                    continue
            near = Fraction(bound) + randomly.choice([0, 0, 1, -1])
            instances = [decimal(randomly), bound, str(math.floor(near)), bound + "0" if "." in bound and "e" not in bound.lower() else bound]
            expected = [rules[keyword](Fraction(instance), Fraction(bound)) for instance in instances]
            held += sum(expected)
            found = harness.validate(f'{{"{keyword}":{bound}}}', instances)
            self.assertEqual(found, expected, f"{keyword} {bound}: {instances}")
        harness.close()
        self.assertGreater(held, 1000)


if __name__ == "__main__":
    unittest.main()
