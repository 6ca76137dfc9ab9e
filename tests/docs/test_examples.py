"""Runs the examples of the documents, in their order, on a fresh server for each document.

An example is a line `<!-- example status=202 -->`, a ```sh block, and mostly a ```json block with the answer (see
CONTRIBUTING.md, "Examples in documents"). Every answer is compared with that block and with src/api/openapi.json.
"""
import http.client
import json
import re
import subprocess
from dataclasses import dataclass

import pytest

from support.openapi import Description
from support.server import BINARY, ROOT, Server, environment

DOCUMENTS = ["README.md", "docs/http-api.md", "docs/loading.md", "docs/questions.md", "docs/experiments.md", "docs/sql.md"]

# Values that differ from run to run: compared by type.
VOLATILE = {"as_of", "complete_until", "created_at", "event_id", "event_ids", "eventId", "generated_at", "id", "message", "position",
            "prefix", "received_at", "replayed_at", "request_id", "resource_id", "secret", "timestamp", "took_ms", "version"}
ANYTHING = "…"

EXAMPLE = re.compile(r"<!-- example(?P<attributes>[^>]*?)-->\s*```sh\n(?P<script>.*?)\n```(?:\s*```json\n(?P<answer>.*?)\n```)?", re.DOTALL)
SH_BLOCK = re.compile(r"```sh\n(.*?)\n```", re.DOTALL)

# `curl` notes each exchange before it hands the answer on; `spectrum` is the program under test.
PREAMBLE = r"""
set -euo pipefail
curl() {
  local exchange
  exchange=$(mktemp -d "$EXCHANGES/$(date +%s%N).XXXXXX")
  : >"$exchange/body"
  command curl -sS --max-time 30 -o "$exchange/body" -w '%{http_code} %{method} %{url_effective} %{content_type}' "$@" >"$exchange/line"
  cat "$exchange/body"
}
spectrum() { "$SPECTRUM" "$@"; }
"""


@dataclass
class Example:
    where: str
    script: str
    status: int | None
    exit_code: int
    answer: str | None


def examples_of(document):
    text = (ROOT / document).read_text()
    for match in EXAMPLE.finditer(text):
        attributes = dict(part.split("=", 1) for part in match["attributes"].split())
        unknown = attributes.keys() - {"status", "exit"}
        where = f"{document}:{text.count(chr(10), 0, match.start()) + 1}"
        assert not unknown, f"{where}: unknown {unknown}"
        yield Example(where, match["script"], int(attributes["status"]) if "status" in attributes else None,
                      int(attributes.get("exit", 0)), match["answer"])


def differences(expected, actual, place="$", key=None):
    """Where an answer is not what the document shows."""
    if expected == ANYTHING:
        return
    kinds = [("number" if isinstance(v, (int, float)) and not isinstance(v, bool) else type(v).__name__) for v in (expected, actual)]
    if kinds[0] != kinds[1]:
        yield f"{place} is {json.dumps(actual)[:300]}, not {json.dumps(expected)[:300]}"
    elif key in VOLATILE:
        return
    elif isinstance(expected, dict):
        if expected.keys() != actual.keys():
            yield f"{place} has {sorted(actual)}, not {sorted(expected)}"
        for name in expected.keys() & actual.keys():
            yield from differences(expected[name], actual[name], f"{place}.{name}", name)
    elif isinstance(expected, list):
        has_more = bool(expected) and expected[-1] == ANYTHING
        shown = expected[:-1] if has_more else expected
        if len(actual) < len(shown) or (len(actual) > len(shown) and not has_more):
            yield f"{place} has {len(actual)} elements, not {len(shown)}: {json.dumps(actual)[:600]}"
        for number, (left, right) in enumerate(zip(shown, actual)):
            yield from differences(left, right, f"{place}[{number}]")
    elif expected != actual:
        yield f"{place} is {json.dumps(actual)}, not {json.dumps(expected)}"


def run_example(example, server, folder, description):
    """Yields what is wrong."""
    exchanges = folder / f"exchanges-{example.where.replace('/', '-')}"
    exchanges.mkdir()
    script = example.script.replace("localhost:8000", f"localhost:{server.port}").replace("build/release/spectrum", "spectrum")
    done = subprocess.run(["bash", "-c", PREAMBLE + script], capture_output=True, text=True, timeout=120, cwd=folder,
                          env=environment(data=server.data) | {"EXCHANGES": str(exchanges), "SPECTRUM": str(BINARY)})
    said = f"; it printed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    if done.returncode != example.exit_code:
        yield f"exit {done.returncode}, not {example.exit_code}{said}"
        return

    status = None
    for exchange in sorted(exchanges.iterdir()):
        code, method, url, *content_type = (exchange / "line").read_text().split(" ", 3)
        status, body = int(code), (exchange / "body").read_bytes()
        yield from description.problems(method, url, status, content_type[0] if content_type else "", body)
        if status == 202:
            yield from wait_until_counted(server, json.loads(body).get("position", 0))
    if example.status != status:
        yield f"status {status}, not {example.status}{said}"

    if example.answer is None:
        return
    try:
        actual = json.loads(done.stdout)
    except ValueError:
        yield f"printed no JSON{said}"
        return
    yield from differences(json.loads(example.answer), actual)


def wait_until_counted(server, position):
    """Readers take longer from one example to the next than the server takes to count."""
    try:
        answer = server.get("/metrics", query={"at_least": position})
    except (OSError, http.client.HTTPException) as error:
        yield f"the server does not count to {position}: {error!r}"
        return
    if answer.status != 200:
        yield f"the server does not count to {position}: {answer}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_examples_do_what_they_say(document, tmp_path):
    description = Description()
    examples = list(examples_of(document))
    assert examples
    problems = []
    with Server() as server:
        for example in examples:
            problems += [f"{example.where}: {problem}" for problem in run_example(example, server, tmp_path, description)]
            if not server.is_running():
                problems.append(f"{example.where}: the server is gone")
                break
        assert not problems, "\n".join(problems) + f"\n\nthe server printed:\n{server.output()[-5000:]}"
        server.stop()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_request_in_a_document_is_run(document):
    run = [example.script for example in examples_of(document)]
    shown = [block for block in SH_BLOCK.findall((ROOT / document).read_text()) if "curl" in block and "localhost:8000" in block]
    assert [block for block in shown if block not in run] == []
