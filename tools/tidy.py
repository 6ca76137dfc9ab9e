#!/usr/bin/env python3
"""House rules that no compiler checks. Usage: tidy.py [ROOT]"""
import os
import pathlib
import re
import sys

NOT_OURS = {".git", "build", "node_modules", "spectrum-data", "__pycache__", ".svelte-kit", "dist", "corpus"}
CODE = {".h", ".cc", ".sql", ".py", ".sh", ".js", ".ts", ".svelte", ".css", ".cmake"}
TEXT = CODE | {".md", ".txt", ".json", ".yml", ".yaml", ".toml", ".html", ".lock", ".service"}

# A name must say what a file holds; these say that nobody knew.
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "misc"}

# Where a path of the machine it was written on is the subject (fixtures, results), not a slip.
MAY_NAME_PATHS = ("tests/", "bench/", ".ci/")
# In classes, so that this file does not match itself.
MACHINE_PATH = re.compile(r"(?<![\w.])/wor[k]/|\.\./share[d]\b|(?<![\w.])/hom[e]/\w")
UNFINISHED = re.compile(r"\bTO[D]O\b|\bFIXM[E]\b")

# One SQL text runs on DuckDB and PostgreSQL: what only one of them has, or both have with different answers.
# A file for one engine says so in its first line: "-- engine: duckdb".
SQL_ONE_ENGINE = re.compile(
    r"!?~\*?|#>>?|\bSIMILAR\s+TO\b|\b(?:QUALIFY|time_bucket|date_bin|approx_count_distinct|JSONB|regexp_like)\b"
    r"|\bAS\s+IDENTITY\b|\bFOR\s+(?:UPDATE|SHARE)\b|\bat\b(?!\s+time\s+zone)"
    r"|\b(?:describe|lambda|pivot|show|summarize)\b", re.IGNORECASE)
SQL_NOT_CODE = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)


def files(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - NOT_OURS)
        yield from (pathlib.Path(folder, name) for name in sorted(names))


def is_text(file):
    return file.suffix in TEXT or file.name in ("Makefile", "CMakeLists.txt") or file.read_bytes()[:2] == b"#!"


def header_guard(lines):
    first = next((n for n, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("//")), 1)
    if not lines or lines[first - 1].strip() != "#pragma once":
        yield first, "a header begins with #pragma once"


def sql(text):
    if text.startswith("-- engine: "):
        return
    blanked = SQL_NOT_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    for match in SQL_ONE_ENGINE.finditer(blanked):
        yield blanked.count("\n", 0, match.start()) + 1, f"`{match[0]}` does not mean the same on both engines"


def problems(file, path):
    """Yields (line, what is wrong)."""
    parts = re.split(r"[/_.-]", path.lower())
    if found := EMPTY_NAMES.intersection(parts):
        yield 1, f"the name says nothing: {', '.join(sorted(found))}"
    if file.suffix in (".cpp", ".cxx", ".hpp", ".hh"):
        yield 1, "C++ files end in .h and .cc"
    if file.is_symlink() or not is_text(file):
        return

    text = file.read_text()
    lines = text.splitlines()
    is_code = file.suffix != ".md"
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield number, "trailing whitespace"
        if file.suffix in (".h", ".cc") and "\t" in line:
            yield number, "a tab"
        if is_code and UNFINISHED.search(line):
            yield number, "unfinished: open an issue instead"
        if not path.startswith(MAY_NAME_PATHS) and MACHINE_PATH.search(line):
            yield number, "a path of somebody's machine"
    if text and not text.endswith("\n"):
        yield len(lines), "no newline at the end"
    if file.suffix == ".h":
        yield from header_guard(lines)
    if file.suffix == ".sql":
        yield from sql(text)


root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
found = [f"{file}:{line}: {what}" for file in files(root)
         for line, what in problems(file, file.relative_to(root).as_posix())]
print("\n".join(found) or "tidy: ok")
sys.exit(bool(found))
