#!/usr/bin/env python3
"""Checks what Markdown pages promise: that the files they link to exist, and that code they show is the code there is.

A fenced block whose opening line names a path, as in ```python plugins-sample/urgent.py, must hold that file's text.
Each page of docs/decisions has a number of its own, which its heading repeats.
Prints `file:line: what is wrong` for each finding and exits 1 if there was one.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def problems_of(page: pathlib.Path):
    name, fence, shown = page.relative_to(ROOT), None, []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            if fence is None:
                fence, shown = line[3:].split(), []
                continue
            if len(fence) > 1 and "/" in fence[1]:
                source = ROOT / fence[1]
                if not source.is_file():
                    yield f"{name}:{number}: shows {fence[1]}, which does not exist"
                elif source.read_text(encoding="utf-8").splitlines() != shown:
                    yield f"{name}:{number}: does not show {fence[1]} as it is"
            fence = None
        elif fence is not None:
            shown.append(line)
        else:
            for target in LINK.findall(line):
                path = target.split("#")[0]
                if path and "://" not in path and not path.startswith("mailto:") and not (page.parent / path).exists():
                    yield f"{name}:{number}: links to {path}, which does not exist"


def problems_of_numbers(pages: list[pathlib.Path]):
    taken = {}
    for page in pages:
        if page.parent != ROOT / "docs" / "decisions":
            continue
        name, number = page.relative_to(ROOT), re.match(r"(\d{4})-", page.name)
        if number is None:
            yield f"{name}:1: is not named NNNN-title.md"
            continue
        other = taken.setdefault(number[1], name)
        if other != name:
            yield f"{name}:1: has the number of {other}"
        if not page.read_text(encoding="utf-8").startswith(f"# {int(number[1])}. "):
            yield f"{name}:1: its heading does not begin with \"# {int(number[1])}. \""


def main() -> int:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md"],
        cwd=ROOT, capture_output=True, check=True,
    )
    pages = [ROOT / name for name in sorted(set(filter(None, listed.stdout.decode().split("\0"))))]
    pages = [page for page in pages if page.is_file()]
    problems = [problem for page in pages for problem in problems_of(page)] + list(problems_of_numbers(pages))
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
