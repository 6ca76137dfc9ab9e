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


# --- wrong usage --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments, says", [
    (["load", "x.csv", "--tz", "Mars"], "Mars"),
    (["load", "x.csv", "--map", "user_id"], "field="),
    (["load", "x.csv", "--to", "ftp://x"], "http://"),
    (["load", "x.csv", "--to", "localhost:8000"], "http://"),
    (["project", "create", "x", "--max-event-age", "5x"], "duration"),
    (["project", "create", "x", "--timezone", "Mars"], "Mars"),
    (["key", "create", "x", "--scope", "all"], "ingest"),
    (["key", "create", "x"], "--scope is missing"),
    (["key", "create", "x", "--scope", "read", "--expires-at", "soon"], "RFC 3339"),
    (["demo", "--end", "soon"], "RFC 3339"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_a_value_that_an_option_does_not_take_is_wrong_usage(tmp_path, arguments, says):
    assert says in refused(*arguments, data=tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_a_command_that_is_none_is_named_beside_those_that_are(tmp_path):
    assert re.search(r"no command 'nope'; there are serve, load, export, .*version", refused("nope"))
    assert re.search(r"no command 'project nope'; there are create, list\b", refused("project", "nope"))
    assert re.search(r"a command is missing; there are serve, load", refused())
    assert "sql-worker" not in refused("nope")


def test_a_configuration_file_that_is_missing_is_named_without_a_line(tmp_path):
    says = refused("config", "--config", tmp_path / "none.toml")
    assert f"there is no configuration file {tmp_path / 'none.toml'}" in says and "line" not in says


# --- where options come from --------------------------------------------------------------------------------------------


def stored_at(data):
    with Server(data=data) as server:
        (row,) = Project(server, "default").query("events", **{"from": "2026-07-01", "to": "2026-07-01"}).json["data"]
        return row["timestamp"]


def test_an_option_that_must_be_given_may_come_from_the_file(tmp_path):
    config = tmp_path / "spectrum.toml"
    config.write_text('scope = ["ingest", "read"]\n')
    assert run("key", "create", "x", "--config", config, data=tmp_path / "data").stdout.startswith("spk_")
    config.write_text('scope = "all"\n')
    assert "ingest" in refused("key", "create", "x", "--config", config, data=tmp_path / "data")


@pytest.mark.parametrize("flags, variables, line, utc_hour", [
    ([], {"tz": "Europe/Berlin"}, "", 10),
    ([], {}, 'tz = "Europe/Berlin"', 10),
    ([], {"tz": "UTC"}, 'tz = "Europe/Berlin"', 12),
    (["--tz", "Asia/Tokyo"], {"tz": "UTC"}, 'tz = "Europe/Berlin"', 3),
], ids=["variable", "file", "variable over file", "flag over both"])
def test_an_option_of_a_command_comes_from_flag_variable_or_file(tmp_path, rows, flags, variables, line, utc_hour):
    config = tmp_path / "spectrum.toml"
    config.write_text(line + "\n")
    run("load", rows, *flags, "--config", config, data=tmp_path / "data", **variables)
    assert stored_at(tmp_path / "data").startswith(f"2026-07-01T{utc_hour:02}:00:00")


def test_lists_flags_and_names_with_dashes_come_from_the_file(tmp_path, rows):
    config = tmp_path / "spectrum.toml"
    config.write_text('set = ["source=file", "entity_id=x"]\ntz = "UTC"\ndry_run = true\non_error = "stop"\nevents = 5\n')
    assert "1 good" in run("load", rows, "--config", config, data=tmp_path / "data").stdout
    assert "1 stored" in run("load", rows, "--config", config, data=tmp_path / "data", dry_run="false").stdout


def test_a_line_that_no_command_takes_or_of_a_wrong_value_is_wrong_usage(tmp_path, rows):
    config = tmp_path / "spectrum.toml"
    config.write_text("tzz = 5\n")
    assert "unknown key 'tzz'" in refused("load", rows, "--config", config, data=tmp_path / "data")
    config.write_text('tz = "Mars"\n')
    assert "Mars" in refused("load", rows, "--config", config, data=tmp_path / "data")
    assert "Mars" in refused("load", rows, data=tmp_path / "data", tz="Mars")


def test_a_key_need_not_stand_among_the_flags(tmp_path, rows):
    with Server(management_key="secret") as server:
        assert run("load", rows, "--tz", "UTC", "--to", server.url, check=False).returncode == 1
        assert "1 stored" in run("load", rows, "--tz", "UTC", "--to", server.url, key="secret").stdout


def test_help_names_the_variables(tmp_path):
    assert "SPECTRUM_TZ" in run("load", "--help").stdout
    assert "SPECTRUM_MAX_EVENT_AGE" in run("project", "create", "--help").stdout


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
    assert done.stderr.count("does not take events now") >= 3, "a line every ten seconds"
