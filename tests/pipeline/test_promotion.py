"""Properties with columns of their own: the same answers before, while and after the columns are filled, and after kill -9."""
import time

import pytest

from support.project import ALL_TIME, Project
from support.server import Server, run

PLANS = ["pro", "free", 7, 2.5, True, None, {"a": 1}, "it's"]


def events(begin, count):
    return [{"event": "view", "user_id": f"u-{n % 7}", "timestamp": f"2026-03-02T10:{n % 60:02}:00Z", "properties": {"plan": PLANS[n % len(PLANS)], "n": n % 3}}
            for n in range(begin, begin + count)]


def answers(project):
    """What is asked about the property, in every way."""
    questions = [{"series": [{}], "breakdown": ["plan"]}, {"series": [{"measure": "sum", "property": "plan"}]},
                 {"series": [{"measure": "unique_users", "filters": [{"property": "plan", "op": op, "value": value}]}
                             for op, value in (("eq", "pro"), ("eq", 7), ("ne", 2.5), ("gt", 2), ("contains", "r"), ("in", [True, "free"]))]},
                 {"series": [{"filters": [{"property": "properties.plan", "op": "not_exists"}]}]}]
    found = []
    for question in questions:
        answer = project.trends(**ALL_TIME, **question)
        assert answer.status == 200, answer
        found.append(answer.json["data"]["series"])
    return found


def promoted(project):
    rows = project.query("properties", **{"from": "2026-03-02", "to": "2026-03-02"}, search="plan").json["data"]["properties"]
    return [row["promoted"] for row in rows]


def wait_until_promoted(project):
    deadline = time.monotonic() + 60
    while promoted(project) != [True] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert promoted(project) == [True]


def wait_until_in_the_file(server):
    deadline = time.monotonic() + 30
    while b"\nspectrum_warehouse_pending_bytes 0\n" not in server.get("/-/metrics").body and time.monotonic() < deadline:
        time.sleep(0.05)
    assert b"\nspectrum_warehouse_pending_bytes 0\n" in server.get("/-/metrics").body


def test_answers_are_the_same_with_and_without_a_column_and_after_a_kill(tmp_path):
    data = tmp_path / "data"
    with Server("--promote-on-demand", 0, data=data) as server:
        project = Project(server, "default")
        for begin in range(0, 20_000, 5_000):
            project.send(events(begin, 5_000))
        before = answers(project)
        assert promoted(project) == [False]
        server.kill()
    for _ in range(2):
        with Server("--promote", "plan,never", data=data) as server:
            project = Project(server, "default")
            assert answers(project) == before  # perhaps while it is filled
            server.kill()
    with Server("--promote", "plan,never", data=data) as server:
        project = Project(server, "default")
        wait_until_promoted(project)
        assert answers(project) == before
        project.send(events(0, 500))
        after = answers(project)
        assert sum(row["total"] for row in after[0]) == 20_500
        server.kill()
    # Whoever opens it goes on filling, also when nobody declares the property any more.
    with Server(data=data) as server:
        project = Project(server, "default")
        assert answers(project) == after and promoted(project) == [True]
        project.send(events(0, 10))
        assert sum(row["total"] for row in answers(project)[0]) == 20_510
        last = answers(project)
        server.stop()
    assert run("verify", data=data).returncode == 0
    assert run("rebuild", data=data).returncode == 0
    with Server(data=data) as server:
        assert answers(Project(server, "default")) == last
        server.stop()


@pytest.mark.parametrize("line", ['promote = ["plan", "n"]', 'promote = "plan,n"'])
def test_a_file_declares_them_as_a_list_or_a_text(tmp_path, line):
    (tmp_path / "spectrum.toml").write_text(line + "\n")
    with Server("--config", str(tmp_path / "spectrum.toml")) as server:
        project = Project(server, "default")
        project.send(events(0, 20))
        rows = project.query("properties", **{"from": "2026-03-02", "to": "2026-03-02"}).json["data"]["properties"]
        assert {row["name"]: row["promoted"] for row in rows} == {"plan": True, "n": True}


def test_what_is_asked_for_often_is_promoted_and_stays_so(tmp_path):
    data = tmp_path / "data"
    with Server(data=data) as server:
        project = Project(server, "default")
        project.send(events(0, 2_000) + [{"event": "view", "user_id": "u", "timestamp": "2026-03-02T11:00:00Z", "properties": {"id": f"id-{n}"}} for n in range(1_500)])
        before = answers(project)
        assert promoted(project) == [False]
        for _ in range(60):
            for name in ("plan", "id"):
                assert project.trends(**ALL_TIME, series=[{"filters": [{"property": name, "op": "eq", "value": "pro"}]}]).status == 200
        wait_until_promoted(project)
        assert answers(project) == before
        wait_until_in_the_file(server)
        server.kill()
    with Server(data=data) as server:
        project = Project(server, "default")
        assert answers(project) == before
        rows = project.query("properties", **{"from": "2026-03-02", "to": "2026-03-02"}).json["data"]["properties"]
        # What has a different value in each event is left in the JSON.
        assert {row["name"]: row["promoted_because"] for row in rows} == {"plan": "asked_for", "n": None, "id": None}


def test_nothing_is_promoted_that_is_not_allowed():
    with Server("--promote-on-demand", 0) as server:
        project = Project(server, "default")
        project.send(events(0, 100))
        for _ in range(60):
            project.trends(**ALL_TIME, series=[{}], breakdown=["plan"])
        project.send(events(0, 1))
        assert promoted(project) == [False]
