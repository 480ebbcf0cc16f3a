#!/usr/bin/env python3
"""Checks what .editorconfig asks of every text file, and the length of Swift files.

Prints `file:line: what is wrong` for each finding and exits 1 if there was one.
"""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LONGEST_SWIFT_FILE_LINES = 450

# Inputs that are wrong on purpose, or somebody else's text to the byte.
AS_GIVEN = ("Tests/Fixtures/", "protocol/examples/", "protocol/vectors/", "LICENSE")


def problems_of(path: pathlib.Path, name: str):
    data = path.read_bytes()
    if b"\0" in data:
        return
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield f"{name}: not UTF-8 at byte {error.start}"
        return
    if text and not text.endswith("\n"):
        yield f"{name}: no newline at the end"
    if text.endswith("\n\n"):
        yield f"{name}: an empty line at the end"
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if line.endswith("\r"):
            yield f"{name}:{number}: ends in CR LF"
        elif line != line.rstrip(" \t"):
            yield f"{name}:{number}: trailing space"
    if name.startswith("Sources/") and name.endswith(".swift") and len(lines) - 1 > LONGEST_SWIFT_FILE_LINES:
        yield f"{name}: {len(lines) - 1} lines, at most {LONGEST_SWIFT_FILE_LINES}"


def main() -> int:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    names = sorted(set(filter(None, listed.stdout.decode().split("\0"))))
    problems = [
        problem
        for name in names
        if not name.startswith(AS_GIVEN) and (ROOT / name).is_file() and not (ROOT / name).is_symlink()
        for problem in problems_of(ROOT / name, name)
    ]
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
