"""Questions that take long end when nobody waits any more."""
import contextlib
import gzip
import http.client
import json
import os
import time

import pytest

from support.project import ALL_TIME, Project
from support.server import Server

EVENTS = 300_000
PATIENCE = float(os.environ.get("SPECTRUM_TEST_PATIENCE", "1"))


@pytest.fixture(scope="module")
def full():
    """A server with events enough to keep a question busy for seconds."""
    with Server() as server:
        project = Project(server, "default")
        for begin in range(0, EVENTS, 10_000):
            lines = [json.dumps({"event": "view", "user_id": f"u-{n % 5000}", "timestamp": f"2026-03-02T{n % 24:02}:{n % 60:02}:00Z",
                                 "properties": {"a": n % 7, "b": n % 11, "c": n % 13, "id": f"{n:>040}"}}) for n in range(begin, begin + 10_000)]
            project.send_lines(lines)
        yield project
        server.stop()


def slow(project, series=20):
    return {**ALL_TIME, "series": [{"measure": "p99", "property": "c"} for _ in range(series)],
            "breakdown": ["a", "b", "c"], "top": 100, "compare": "previous_year", "at_least": project.position}


def cpu_seconds(server):
    with open(f"/proc/{server.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_question_ends_when_its_client_goes(full):
    assert full.trends(**ALL_TIME, series=[{}]).json["data"]["series"][0]["total"] == EVENTS
    before = cpu_seconds(full.server)
    assert full.query("trends", **slow(full)).status == 200
    whole = cpu_seconds(full.server) - before
    assert whole > 1, "too quick to be seen ending"

    connection = http.client.HTTPConnection("127.0.0.1", full.server.port)
    before = cpu_seconds(full.server)
    connection.request("POST", "/api/v1/query/trends", json.dumps(slow(full)), {"X-Project": full.id})
    time.sleep(0.2)
    connection.sock.close()
    connection.close()
    # Until nothing runs any more.
    deadline, last = time.monotonic() + 60, None
    while last != (now := round(cpu_seconds(full.server), 1)) and time.monotonic() < deadline:
        last = now
        time.sleep(0.5)
    assert cpu_seconds(full.server) - before < whole / 2


@contextlib.contextmanager
def slow_questions(project, count):
    """So many slow questions are under way; their clients go at the end."""
    connections = [project.server.connect() for _ in range(count)]
    try:
        for connection in connections:
            connection.request("POST", "/api/v1/query/trends", json.dumps(slow(project)), {"X-Project": project.id})
        time.sleep(0.5)
        yield
    finally:
        for connection in connections:
            connection.close()


def test_slow_questions_keep_neither_health_nor_administration_nor_packed_events_waiting(full):
    packed = gzip.compress(b'{"event": "packed", "user_id": "u"}')
    with slow_questions(full, 40):
        begin = time.monotonic()
        assert full.server.get("/api/v1/health").status == 200
        assert full.server.get("/api/v1/projects").status == 200
        assert full.server.post("/track", packed, headers={"Content-Encoding": "gzip"}).status == 202
        assert time.monotonic() - begin < 3 * PATIENCE
