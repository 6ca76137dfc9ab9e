"""The command line: what is wrong usage, where options come from, what is said when something is missing."""
import json
import re
import time

import pytest

from support.project import Project
from support.server import Server, run

ROW = {"event": "view", "user_id": "u", "event_id": "e-1"}


def refused(*arguments, **more):
    """What a command says on stderr that ends as wrong usage."""
    done = run(*arguments, check=False, **more)
    assert done.returncode == 2, done
    return done.stderr + done.stdout


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("event,user_id,event_id,timestamp\nview,u,e-1,2026-07-01 12:00:00\n")
    return path


# --- loads ---------------------------------------------------------------------------------------------------------------


def test_a_dry_run_points_to_no_list_of_what_it_did_not_store(tmp_path):
    path = tmp_path / "bad.ndjson"
    path.write_text(json.dumps({"event": "no user"}) + "\n" + "{}\n" * 9)
    said = run("load", path, "--dry-run", data=tmp_path / "data").stdout
    assert "and 5 more" in said and "quarantine" not in said
    assert "GET /api/v1/quarantine" in run("load", path, data=tmp_path / "data").stdout


def test_a_server_that_was_never_reached_ends_a_load(rows):
    began = time.monotonic()
    done = run("load", rows, "--tz", "UTC", "--to", "http://127.0.0.1:1", check=False)
    assert done.returncode == 1 and 25 < time.monotonic() - began < 60
    assert "no answer from http://127.0.0.1:1" in done.stderr and "is the address right?" in done.stderr
    assert done.stderr.count("does not take rows now") >= 3, "a line every ten seconds"
