"""Talks to schema-harness, the executable that speaks Bowtie's protocol."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Harness:
    """One process, asked as often as one likes."""

    def __init__(self, *options: str):
        binary = os.environ.get("SCHEMA_HARNESS_BIN") or str(ROOT / ".build/release/schema-harness")
        self.process = subprocess.Popen([binary, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.sequence = 0
        self.ask({"cmd": "start", "version": 1})
        if self.ask({"cmd": "dialect", "dialect": DIALECT}) != {"ok": True}:
            raise RuntimeError("the harness does not know the dialect")

    def ask(self, request: dict) -> dict:
        return self.ask_text(json.dumps(request))

    def ask_text(self, line: str) -> dict:
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the harness ended with {self.process.wait()} at {line}")
        return json.loads(answer)

    def validate(self, schema: str, instances: list) -> list:
        """Whether each instance is valid, or why the schema was refused; all given as JSON texts."""
        self.sequence += 1
        tests = ",".join(f'{{"description":"","instance":{instance}}}' for instance in instances)
        answer = self.ask_text(
            f'{{"cmd":"run","seq":{self.sequence},"case":{{"description":"","schema":{schema},"tests":[{tests}]}}}}'
        )
        if answer.get("seq") != self.sequence:
            raise RuntimeError(f"an answer to another question: {answer}")
        if answer.get("errored"):
            return answer["context"]["message"]
        return [result["valid"] for result in answer["results"]]

    def close(self):
        self.process.stdin.write(b'{"cmd":"stop"}\n')
        self.process.stdin.close()
        status = self.process.wait(10)
        self.process.stdout.close()
        if status != 0:
            raise RuntimeError(f"the harness ended with {status}")
