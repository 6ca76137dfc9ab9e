"""Real files by the documented commands: what is counted is what Python's own csv and re count."""
import collections
import csv
import datetime
import gzip
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from support.project import Project
from support.server import BINARY, ROOT, Server, environment, run

FOLDER = pathlib.Path(os.environ.get("SPECTRUM_TEST_DATA", ROOT.parent / "shared/data"))


def file(name):
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{path} is not there; SPECTRUM_TEST_DATA names its folder")
    return path


@pytest.fixture(scope="module")
def clicks():
    with gzip.open(file("ecom.csv.gz"), "rt", newline="") as rows:
        return list(csv.DictReader(rows))


def check_clicks(server, clicks):
    """Counts by event, users by day, and a property, over the whole file."""
    project = Project(server, "default")
    project.position = server.post("/v1/events", []).json["position"]
    days = [row["timestamp"][:10] for row in clicks]
    span = {"from": min(days), "to": max(days)}
    data = project.data("/metrics", **span)
    users = lambda rows: len({row["user_id"] for row in rows})
    assert data["total_events"] == len(clicks) == 31_106
    assert data["unique_users"] == users(clicks)
    by_type, by_day = collections.defaultdict(list), collections.defaultdict(list)
    for row in clicks:
        by_type[row["event"]].append(row)
        by_day[row["timestamp"][:10]].append(row)
    assert {row["event_type"]: (row["count"], row["users"]) for row in data["by_type"]} == \
        {name: (len(rows), users(rows)) for name, rows in by_type.items()}
    assert {row["bucket"]: (row["count"], row["users"]) for row in data["series"] if row["count"]} == \
        {day: (len(rows), users(rows)) for day, rows in by_day.items()}
    for column in ("platform", "acquisition_channel", "user_cohort", "user_lifecycle"):
        counts = collections.Counter(row[column] for row in clicks)
        names = list(counts)[:20]
        answer = project.trends(**span, interval="month", series=[
            {"event": "*", "filters": [{"property": column, "op": "eq", "value": name} if name else {"property": column, "op": "not_exists"}]}
            for name in names])
        assert [row["total"] for row in answer.json["data"]["series"]] == [counts[name] for name in names], column
    check_breakdown(project, span, clicks)


def check_breakdown(project, span, clicks):
    """Users by platform and week, the three largest platforms and the rest."""
    week_of = lambda row: (lambda day: str(day - datetime.timedelta(days=day.weekday())))(datetime.date.fromisoformat(row["timestamp"][:10]))
    platforms = collections.Counter(row["platform"] or "$none" for row in clicks)
    top = [name for name, _ in sorted(platforms.items(), key=lambda item: (-item[1], item[0].encode()))[:3]]
    users = collections.defaultdict(set)
    for row in clicks:
        platform = row["platform"] or "$none"
        name = platform if platform in top else "$other"
        users[name, week_of(row)].add(row["user_id"])
        users[name, None].add(row["user_id"])
    answer = project.trends(**span, interval="week", breakdown=["platform"], top=3, series=[{"measure": "unique_users"}])
    data = answer.json["data"]
    assert [row["breakdown"] for row in data["series"]] == [[name] for name in top + ["$other"] * (len(platforms) > 3)]
    for row in data["series"]:
        name = row["breakdown"][0]
        assert row["total"] == len(users[name, None]), name
        assert row["values"] == [len(users[name, week]) for week in data["buckets"]], name


def test_a_click_stream_is_loaded_into_a_running_server_and_loading_twice_adds_nothing(clicks):
    with Server() as server:
        for _ in range(2):
            run("load", file("ecom.csv.gz"), "--tz", "UTC", data=server.data)
            check_clicks(server, clicks)
        ledger = Project(server, "default").ledger()
        assert ledger["received"] == 2 * len(clicks) and ledger["quarantined"] == 0
        assert (ledger["stored"], ledger["duplicate"]) == (len(clicks), len(clicks))
        server.stop()
        assert run("verify", data=server.data).returncode == 0


def test_a_click_stream_is_loaded_straight_into_a_directory_and_then_served(tmp_path, clicks):
    for _ in range(2):
        run("load", file("ecom.csv.gz"), "--tz", "UTC", data=tmp_path / "data")
    assert run("verify", data=tmp_path / "data").returncode == 0
    with Server(data=tmp_path / "data") as server:
        check_clicks(server, clicks)
        run("load", file("ecom.csv.gz"), "--tz", "UTC", data=server.data)
        check_clicks(server, clicks)
        server.stop()


def test_standard_input_is_the_same_as_the_file(tmp_path, clicks):
    with gzip.open(file("ecom.csv.gz")) as rows:
        run("load", "--format", "csv", "--tz", "UTC", "-", data=tmp_path / "data", stdin=rows.read())
    with Server(data=tmp_path / "data") as server:
        check_clicks(server, clicks)


def test_a_row_that_no_request_could_carry_is_quarantined_and_the_others_stored(tmp_path):
    rows = b"user_id,event,text\nu1,good,ok\nu1,bad,caf\xe9,more\nu1,bad," + b"x" * 25_000_000 + b"\nu1,good,ok2\n"
    (tmp_path / "rows.csv").write_bytes(rows)
    with Server(data=tmp_path / "served") as server:
        run("load", tmp_path / "rows.csv", data=server.data)
        assert Project(server, "default").count() == 2
        items = Project(server, "default").quarantine()
        server.stop()
    run("load", tmp_path / "rows.csv", data=tmp_path / "alone")
    with Server(data=tmp_path / "alone") as server:
        same = Project(server, "default").quarantine()
    assert [(item["line"], item["code"]) for item in items] == [(item["line"], item["code"]) for item in same]
    assert {(item["line"], item["code"]) for item in items} == {(3, "invalid_value"), (4, "too_large")}
    assert max(len(item["payload"]) for item in items) < 300_000


def test_a_bad_row_is_quarantined_once_however_often_its_file_is_loaded(tmp_path):
    rows, data = tmp_path / "rows.csv", tmp_path / "data"
    rows.write_text("event,user_id,timestamp\nview,u,2026-03-02T10:00:00Z\nbad,u,soon\nbad,u,soon\nshort\nbad,,2026-03-02T10:00:00Z\n")
    run("load", rows, data=data)
    again = run("load", rows, data=data)
    assert "0 stored, 5 duplicates, 0 quarantined" in again.stdout
    with Server(data=data) as server:
        project = Project(server, "default")
        run("load", rows, data=data)
        with rows.open("a") as file:
            file.write("bad,u,soon\n")
        run("load", rows, data=data)
        assert sorted(item["line"] for item in project.quarantine()) == [3, 4, 5, 6, 7]
        assert project.ledger() == {"received": 21, "stored": 1, "duplicate": 15, "quarantined": 5, "limited": 0, "erased": 0}
        server.kill()
        server.start()
        run("load", rows, data=data)
        assert len(project.quarantine()) == 5


@pytest.mark.parametrize("more", [[], ["--dry-run"]], ids=["", "dry"])
def test_a_csv_whose_columns_are_no_events_is_told_before_anything_is_taken(tmp_path, more):
    (tmp_path / "rows.csv").write_text("what,who\nview,u\n")
    with Server() as server:
        def load(*options):
            return run("load", tmp_path / "rows.csv", *options, *more, data=server.data, check=False)
        done = load()
        assert done.returncode == 1 and "it has what, who" in done.stderr and "--map event_type=COLUMN" in done.stderr, done
        done = load("--map", "event_type=what")
        assert done.returncode == 1 and "--map user_id=COLUMN" in done.stderr, done
        assert Project(server, "default").ledger()["received"] == 0
        assert load("--map", "event_type=what", "--map", "user_id=who").returncode == 0


def test_positions_tell_files_by_names_so_these_must_differ(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "rows.csv").write_text("event,user_id\nview,u\n")
    for files in ([tmp_path / "a/rows.csv", tmp_path / "b/rows.csv"], ["-"]):
        done = run("load", *files, "--id-from", "position", data=tmp_path / "data", stdin="", check=False)
        assert done.returncode == 1 and "use content" in done.stderr


def test_a_dry_run_stores_nothing(tmp_path):
    with Server(data=tmp_path / "data") as server:
        run("load", file("ecom.csv.gz"), "--tz", "UTC", "--dry-run", data=server.data)
        assert Project(server, "default").ledger()["received"] == 0


def test_without_a_time_zone_every_row_goes_to_the_quarantine_with_its_line(tmp_path):
    head = tmp_path / "head.csv"
    with gzip.open(file("ecom.csv.gz"), "rt") as rows:
        head.write_text("".join(next(rows) for _ in range(6)))
    with Server() as server:
        run("load", head, data=server.data, check=False)
        project = Project(server, "default")
        project.position = server.post("/v1/events", []).json["position"]
        items = project.quarantine()
        assert [(item["code"], item["source"], item["line"]) for item in reversed(items)] == [("invalid_timestamp", "load", n) for n in range(2, 7)]
        assert all(item["file"].endswith("head.csv") for item in items)


def test_on_error_stop_ends_at_the_first_bad_row_and_keeps_what_came_before(tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("event_id,event,user_id,timestamp\n" + "".join(f"e{n},view,u,2026-03-02T10:00:00Z\n" for n in range(5)) +
                    "bad,view,u,soon\nafter,view,u,2026-03-02T10:00:00Z\n")
    with Server() as server:
        done = run("load", rows, "--on-error", "stop", data=server.data, check=False)
        assert done.returncode == 1 and re.search(r"\b7\b", done.stderr + done.stdout), done
        project = Project(server, "default")
        project.position = server.post("/v1/events", []).json["position"]
        assert project.counts() == {"view": 5}
        assert project.quarantine() == []


@pytest.mark.parametrize("text, instant", [("2026-03-02 23:30", "2026-03-03T04:30:00Z"), ("20260302", "2026-03-02T05:00:00Z"),
                                           ("1772512200", "2026-03-03T04:30:00Z"), ("2026-03-02T23:30:00+01:00", "2026-03-02T22:30:00Z")])
@pytest.mark.parametrize("name, content", [("rows.csv", "event,user_id\nview,u\n"), ("rows.ndjson", '{"event":"view","user_id":"u"}\n')])
def test_a_time_that_is_set_for_all_rows_is_read_as_one_in_a_column(tmp_path, name, content, text, instant):
    rows = tmp_path / name
    rows.write_text(content)
    with Server() as server:
        run("load", rows, "--set", f"timestamp={text}", "--tz", "America/New_York", data=server.data)
        answer = Project(server, "default").post("/api/v1/query/events", {"from": "2026-03-01", "to": "2026-03-05"})
        assert [event["timestamp"] for event in answer.json["data"]] == [instant], answer


def test_a_time_that_is_set_and_none_is_refused_before_anything_is_read(tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("event,user_id\nview,u\n")
    refused = run("load", rows, "--set", "timestamp=yesterday", data=tmp_path / "data", check=False)
    assert refused.returncode != 0 and "--set timestamp: 'yesterday' is no time" in refused.stderr, refused


LINE = re.compile(r'^(\S+) \S+ \S+ \[(\d+)/(\w+)/(\d+):(\S+) ([-+]\d{4})\] "(\S+) (\S+)[^"]*" (\d+) (\d+|-) "')
DOCUMENT = ROOT / "docs/loading.md"


def test_an_access_log_is_loaded_through_the_documented_pipeline(tmp_path):
    if not shutil.which("jq"):
        pytest.skip("the tool jq is not installed")
    log = file("apache_logs.gz")
    text = DOCUMENT.read_text()
    program = re.search(r"cat >combined\.jq <<'END'\n.*?\nEND\n", text, re.DOTALL)[0]
    pipeline = re.search(r"^zcat access\.log\.gz \| .*$", text, re.MULTILINE)[0].replace("access.log.gz", "apache_logs.gz")
    shutil.copy(log, tmp_path / "apache_logs.gz")
    with gzip.open(log, "rt", errors="replace") as lines:
        parsed = [LINE.match(line) for line in lines]
    assert len(parsed) == 10_000 and all(parsed)
    with Server() as server:
        script = f'set -euo pipefail\nspectrum() {{ "{BINARY}" "$@"; }}\n{program}\n{pipeline}\n'
        for attempt in range(2):
            done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120, env=environment(data=server.data))
            assert done.returncode == 0, done.stderr
            project = Project(server, "default")
            project.position = server.post("/v1/events", []).json["position"]
            ledger = project.ledger()
            assert (ledger["stored"], ledger["duplicate"], ledger["quarantined"]) == (10_000, attempt * 10_000, 0)
        span = {"from": "2015-05-01", "to": "2015-05-31"}
        assert project.data("/metrics", **span)["total_events"] == 10_000
        assert project.data("/metrics", **span)["unique_users"] == len({match[1] for match in parsed})
        by_status = collections.Counter(match[9] for match in parsed)
        answer = project.trends(**span, series=[{"event": "http_request", "filters": [{"property": "properties.status", "op": "eq", "value": int(status)}]}
                                                for status in by_status])
        assert [row["total"] for row in answer.json["data"]["series"]] == list(by_status.values())
        by_hour = collections.Counter(f"{match[4]}-05-{match[2]}T{match[5][:2]}:00:00+00:00" for match in parsed if match[6] == "+0000")
        answer = project.trends(**span, interval="hour", series=[{"event": "*"}])
        data = answer.json["data"]
        assert {bucket: value for bucket, value in zip(data["buckets"], data["series"][0]["values"]) if value} == dict(by_hour)
        server.stop()


def test_the_sample_shop_is_the_same_for_the_same_seed_and_end(tmp_path):
    for name in ("one", "two"):
        run("demo", "--events", 2000, "--days", 10, "--seed", 7, "--end", "2026-03-01T00:00:00Z", "--out", tmp_path / f"{name}.ndjson")
    run("demo", "--events", 2000, "--days", 10, "--seed", 8, "--end", "2026-03-01T00:00:00Z", "--out", tmp_path / "other.ndjson")
    one, two, other = ((tmp_path / f"{name}.ndjson").read_bytes() for name in ("one", "two", "other"))
    assert one == two != other and one.count(b"\n") == 2000
    with Server() as server:
        run("load", tmp_path / "one.ndjson", data=server.data)
        project = Project(server, "default")
        project.position = server.post("/v1/events", []).json["position"]
        assert project.ledger() == {"received": 2000, "stored": 2000, "duplicate": 0, "quarantined": 0, "limited": 0, "erased": 0}
        assert project.data("/metrics", **{"from": "2026-02-01", "to": "2026-03-01"})["total_events"] == 2000
        run("demo", "--events", 500, "--seed", 9, "--to", server.url)
        project.position = server.post("/v1/events", []).json["position"]
        assert project.ledger()["stored"] == 2500
