"""The answers that the dashboard reads, of one small set of events: tests/contract/answers has each with its question. What the
program answers is compared with them here; the dashboard reads the same files in ui/src/lib/answers.test.ts.

SPECTRUM_WRITE_ANSWERS=1 writes them anew.
"""
import json
import os

import pytest

from support.openapi import Description
from support.project import Project, patiently
from support.server import ROOT, Server

FOLDER = ROOT / "tests/contract/answers"
FILES = sorted(FOLDER.glob("*.json"))
DESCRIPTION = Description()
# What differs from run to run, and what stands for it in the files.
VOLATILE = {"as_of", "complete_until", "generated_at", "received_at", "took_ms", "query_id"}


@pytest.fixture(scope="module")
def project():
    """The only one of its server, so that positions are the same each time."""
    with Server() as server:
        project = Project(server, "default")
        events = (FOLDER / "events.ndjson").read_text()
        assert project.send_lines(events).json["accepted"] == len(events.splitlines())
        yield project


def steady(value, key=""):
    if key in VOLATILE and value is not None:
        return "2026-03-09T00:00:00Z" if isinstance(value, str) else 0
    if isinstance(value, dict):
        return {name: steady(member, name) for name, member in value.items()}
    return [steady(item) for item in value] if isinstance(value, list) else value


def test_there_is_one_of_each_question():
    assert len(FILES) == 9


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_dashboards_answers_are_those_of_the_files(project, file):
    kept = json.loads(file.read_text())
    project.count()  # waits until everything that was sent is counted
    answer = patiently(lambda: project.server.post(kept["path"], kept["body"]))
    assert answer.status == 200, answer
    assert DESCRIPTION.problems("POST", kept["path"], answer.status, answer.headers["content-type"], answer.body) == []
    got = steady(answer.json)
    if os.environ.get("SPECTRUM_WRITE_ANSWERS"):
        file.write_text(json.dumps({**kept, "answer": got}, indent=2, ensure_ascii=False) + "\n")
    else:
        assert got == kept["answer"]
