#!/usr/bin/env python3
"""Checks what Markdown pages promise: that the files they link to exist, and that code they show is the code there is.

A fenced block whose opening line names a path, as in ```python plugins-sample/urgent.py, must hold that file's text.
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


def main() -> int:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md"],
        cwd=ROOT, capture_output=True, check=True,
    )
    pages = [ROOT / name for name in sorted(set(filter(None, listed.stdout.decode().split("\0"))))]
    problems = [problem for page in pages if page.is_file() for problem in problems_of(page)]
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
