"""The wall clock jumps while the server runs; the monotonic clock goes on."""
import os
import pathlib
import time

import pytest

from support.server import BINARY, Server

# Built beside the tests; see tests/support/shifted_clock.
LIBRARY = pathlib.Path(os.environ.get(
    "SPECTRUM_SHIFTED_CLOCK", BINARY.parent / "tests/support/shifted_clock/libshifted_clock.so")).absolute()
HOUR = 3600
# Near midnight a clock that jumps is in another day.
DAYS = {"from": time.strftime("%Y-%m-%d", time.gmtime(time.time() - 96 * HOUR)), "to": time.strftime("%Y-%m-%d", time.gmtime(time.time() + 48 * HOUR))}


@pytest.fixture
def clock(tmp_path, monkeypatch):
    """A function that moves the clock of servers started after it by seconds: `clock(-2 * HOUR)`."""
    if os.environ.get("SPECTRUM_TEST_PATIENCE"):
        pytest.skip("a sanitizer's runtime wants to be the first library")
    assert LIBRARY.exists(), f"{LIBRARY} is missing; build it with the tests"
    offset = tmp_path / "offset"
    offset.write_text("0")
    monkeypatch.setenv("LD_PRELOAD", str(LIBRARY))
    monkeypatch.setenv("SHIFTED_CLOCK_FILE", str(offset))
    return lambda seconds: offset.write_text(str(seconds))


def send(server, id):
    answer = server.post("/track", {"event": "tick", "user_id": "u", "event_id": id})
    assert answer.status == 202, answer
    return answer.json


def counted(server, position):
    query = {"event_type": "tick", "at_least": position, **DAYS}
    return server.get("/metrics", query=query).json["data"]["total_events"]


def test_a_clock_that_jumps_back_neither_loses_nor_doubles(clock):
    with Server() as server:
        first = send(server, "before")
        clock(-3 * HOUR)
        assert send(server, "before")["status"] == "duplicate"
        second = send(server, "after")
        assert second["status"] == "accepted"
        assert second["position"] > first["position"]
        assert counted(server, second["position"]) == 2
        server.kill()
        server.start()
        assert send(server, "after")["status"] == "duplicate"
        assert counted(server, second["position"]) == 2


def test_positions_and_ledger_hold_when_the_clock_jumps_forth_and_back(clock):
    with Server() as server:
        position = 0
        for number, offset in enumerate((0, HOUR, -48 * HOUR, 0)):
            clock(offset)
            answer = send(server, f"e{number}")
            assert answer["position"] > position
            position = answer["position"]
        rows = server.get("/api/v1/ledger", query={"at_least": position, **DAYS}).json["data"]
        assert sum(row["stored"] for row in rows) == 4
        assert counted(server, position) == 4


def test_an_event_is_judged_by_the_clock_of_its_receipt(clock):
    with Server() as server:
        ahead = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 20 * 3600))
        event = {"event": "tick", "user_id": "u", "timestamp": ahead}
        assert server.post("/track", event).status == 202
        clock(-24 * HOUR)
        refused = server.post("/track", event)
        assert refused.status == 400 and refused.json["error"]["code"] == "invalid_timestamp", refused
