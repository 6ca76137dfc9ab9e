#!/usr/bin/env python3
"""Checks every #include under src/ against the layers below, the only table of them. Usage: check_layers.py [SRC]"""
import graphlib
import pathlib
import re
import sys

# Folder: the folders whose headers it may include, beside its own.
LAYERS = {
    "base": "",
    "model": "base",
    "ports": "model base",
    "http": "base",
    "stats": "base",
    "dashboard": "base",
    "ingest": "ports model base",
    "catalog": "ports model base",
    "log": "ports model base",
    "bulk": "ports model base",
    "lake": "warehouse ports model base",
    "demo": "model base",
    "warehouse": "ports model base",
    "load": "lake warehouse ports model base",
    "query": "stats warehouse ports model base",
    "api": "dashboard http ingest catalog query stats load lake ports model base",
    "adapters/duckdb": "warehouse ports model base",
    "adapters/local": "ports model base",
    "adapters/sqlite": "ports model base",
}
LAYERS["app"] = " ".join(LAYERS)

# Beside the code, tests put the built-in adapters and the log behind the ports.
TESTS_MAY_ALSO = ("adapters/", "log/", "tests/support/")

# File or folder: the prefixes of the third-party headers its .cc files may include ("" is any). Headers: none, ever.
THIRD_PARTY = {
    "adapters/": [""],
    "app/": [""],
    "api/json.cc": ["simdjson"],
    "api/measurements.cc": ["prometheus/"],
    "api/prometheus.cc": ["prometheus/"],
    "base/sha256.cc": ["openssl/"],
    "base/text.cc": ["fmt/"],
    "base/time_zone.cc": ["date/"],
    "bulk/": ["zlib", "zstd"],
    "http/parser.cc": ["boost/"],
    "stats/": ["boost/math/"],
    "ingest/decode.cc": ["simdjson"],
    "lake/manifest.cc": ["simdjson"],
    "query/json_members.cc": ["simdjson"],
    "ingest/decompress.cc": ["zlib", "zstd"],
}

# C++'s own headers have neither dot nor slash; the others are C's, POSIX's, Linux's and the compiler's.
SYSTEM = re.compile(r"[a-z_]+|(arpa|linux|net|netinet|sys)/.+|(\w*intrin|arm_\w+|cpuid|dirent|dlfcn|errno|fcntl|grp|"
                    r"limits|netdb|poll|pthread|pwd|sched|signal|spawn|std\w+|string|strings|time|unistd)\.h")
INCLUDE = re.compile(r'\s*#\s*include\s*(["<])([^">]+)')


def layer_of(path):
    folders = path.split("/")[:-1]
    return "/".join(folders[: 2 if path.startswith("adapters/") else 1])


def allowed(path, quote, target):
    is_test = path.endswith("_test.cc")
    if quote == "<":
        own = tuple(prefix for place, prefixes in THIRD_PARTY.items() if path.startswith(place) for prefix in prefixes)
        return SYSTEM.fullmatch(target) or is_test or (path.endswith(".cc") and target.startswith(own))
    layer = layer_of(path)
    return layer_of(target) in [layer, *LAYERS[layer].split()] or (is_test and target.startswith(TESTS_MAY_ALSO))


graphlib.TopologicalSorter({layer: below.split() for layer, below in LAYERS.items()}).prepare()  # raises on a cycle
src = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent / "src")
problems = []
for file in sorted(f for f in src.rglob("*") if f.suffix in (".h", ".cc")):
    path = file.relative_to(src).as_posix()
    if layer_of(path) not in LAYERS:
        problems.append(f"{file}: unknown folder; give it a row in tools/check_layers.py")
        continue
    for number, line in enumerate(file.read_text().splitlines(), 1):
        if (include := INCLUDE.match(line)) and not allowed(path, *include.groups()):
            problems.append(f"{file}:{number}: {layer_of(path)} may not: {line.strip()}")
print("\n".join(problems) or "layers: ok")
sys.exit(bool(problems))
