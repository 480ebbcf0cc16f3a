#!/usr/bin/env python3
"""Checks that imports point inwards, as the table in docs/architecture.md says.

Prints `file:line: what is wrong` for each import that is not in the table and exits 1 if there was one.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What each target may import beside the standard library. Only the targets of this package and the outside
# libraries in OUTSIDE are judged; the rest (Synchronization, Dispatch, Glibc ...) is free, but for Foundation.
ALLOWED = {
    "CAssets": set(),
    "CCurl": set(),
    "CWriteAheadLog": set(),
    "JSONSchema": set(),
    "DocumentModel": {"JSONSchema"},
    "RequestProof": {"JSONSchema", "Crypto", "CryptoExtras"},
    "PluginProtocol": {"CAssets", "JSONSchema", "DocumentModel", "Crypto"},
    "PluginHost": {"JSONSchema", "DocumentModel", "PluginProtocol", "Crypto", "Logging", "NIOConcurrencyHelpers"},
    "Curl": {"CCurl", "NIOConcurrencyHelpers"},
    "DocumentStore": {
        "CWriteAheadLog", "JSONSchema", "DocumentModel", "PluginProtocol", "PluginHost", "RequestProof",
        "Crypto", "GRDB", "Logging", "NIOConcurrencyHelpers",
    },
    "HostServer": {
        "CAssets", "JSONSchema", "DocumentModel", "PluginProtocol", "PluginHost",
        "Crypto", "HTTPTypes", "Hummingbird", "HummingbirdCore", "Logging", "NIOConcurrencyHelpers", "NIOCore",
        "NIOHTTP1", "NIOPosix", "ServiceLifecycle",
    },
    "HostCommand": {
        "JSONSchema", "DocumentModel", "PluginProtocol", "PluginHost", "Curl", "DocumentStore", "HostServer",
        "ArgumentParser", "Crypto", "Logging", "NIOConcurrencyHelpers", "ServiceLifecycle",
    },
    "pluginhost": {"HostCommand"},
    "schema-harness": {"JSONSchema"},
    "PluginKit": {"JSONSchema", "DocumentModel", "PluginProtocol"},
    "TestSupport": {"JSONSchema", "DocumentModel", "PluginProtocol", "PluginHost", "Logging", "NIOConcurrencyHelpers"},
    "table-of-contents": {
        "JSONSchema", "DocumentModel", "PluginProtocol", "PluginKit", "Hummingbird", "HummingbirdCore", "Logging", "NIOCore",
    },
}

OUTSIDE = {
    "ArgumentParser", "Crypto", "CryptoExtras", "GRDB", "HTTPTypes", "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "Logging",
    "NIO", "NIOConcurrencyHelpers", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOFoundationCompat", "ServiceLifecycle",
}

# Targets on the hot path or meant for other platforms do without the whole of Foundation.
WITHOUT_FOUNDATION = {"JSONSchema", "DocumentModel", "PluginProtocol", "PluginHost", "RequestProof"}

IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public |package |internal |fileprivate |private )?import\s+"
    r"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?([A-Za-z_]\w*)"
)


def targets():
    """Yields each target's name and folder."""
    for folder in sorted((ROOT / "Sources").iterdir()):
        if folder.is_dir():
            yield folder.name, folder
    yield "table-of-contents", ROOT / "plugins-sample" / "table-of-contents"


def main() -> int:
    problems = []
    for name, folder in targets():
        if name not in ALLOWED:
            problems.append(f"{folder.relative_to(ROOT)}: no row for this target in scripts/checks/imports.py")
            continue
        for path in sorted(folder.rglob("*.swift")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                match = IMPORT.match(line)
                if match is None:
                    continue
                module, place = match.group(1), f"{path.relative_to(ROOT)}:{number}"
                if (module in ALLOWED or module in OUTSIDE) and module not in ALLOWED[name]:
                    problems.append(f"{place}: {name} may not import {module}")
                if module == "Foundation" and name in WITHOUT_FOUNDATION:
                    problems.append(f"{place}: {name} does without Foundation (FoundationEssentials at most)")
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
