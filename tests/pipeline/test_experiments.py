"""Experiments through the API: defined, assigned, exposed, judged, stopped; and those of the sample shop."""
import datetime
import hashlib
import json
import subprocess

import pytest

from support.project import Project
from support.server import BINARY, Server, environment

CHECKOUT = {"id": "checkout", "variants": [{"key": "control"}, {"key": "treatment"}], "goal": {"event": "purchase"}}


@pytest.fixture(scope="module")
def server():
    with Server() as server:
        yield server


def define(project, **changes):
    return project.post("/api/v1/experiments", {**CHECKOUT, **changes})


def at(minutes):
    start = datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone.utc)
    return (start + datetime.timedelta(minutes=minutes)).isoformat()


def expose(user, variant, minutes=0):
    return {"event": "page_view", "user_id": user, "experiment_id": "checkout", "variant": variant, "timestamp": at(minutes)}


def test_a_definition_has_defaults_and_is_read_back(server):
    project = Project(server)
    made = define(project)
    assert made.status == 201, made
    assert made.json["data"] == {"id": "checkout", "name": "checkout", "variants": [{"key": "control", "weight": 1}, {"key": "treatment", "weight": 1}],
                                 "goal": {"event": "purchase"}, "window": "14d", "threshold": 0.05, "correction": "none", "status": "running"}
    assert project.get("/api/v1/experiments/checkout").json["data"] == made.json["data"]
    assert project.get("/api/v1/experiments").json["data"] == [made.json["data"]]
    assert define(project).status == 409


def test_an_experiment_belongs_to_its_project(server):
    define(Project(server))
    assert Project(server).get("/api/v1/experiments/checkout").status == 404


@pytest.mark.parametrize("changes, pointer", [
    ({"variants": [{"key": "one"}]}, "/variants"), ({"variants": [{"key": "a"}, {"key": "a"}]}, "/variants/1/key"),
    ({"variants": [{"key": "a"}, {"key": "b", "weight": 0}]}, "/variants/1/weight"), ({"variants": [{"key": "a", "share": 1}, {"key": "b"}]}, "/variants/0/share"),
    ({"goal": {}}, "/goal/event"), ({"goal": {"event": "purchase", "filters": [{"property": "plan", "op": "like", "value": 1}]}}, "/goal/filters/0/op"),
    ({"window": "0s"}, "/window"), ({"window": "2y"}, "/window"), ({"threshold": 1}, "/threshold"), ({"correction": "bonferroni"}, "/correction"),
    ({"correction": "yates", "variants": [{"key": "a"}, {"key": "b"}, {"key": "c"}]}, "/correction"), ({"status": "paused"}, "/status"), ({"id": ""}, "/id"),
    ({"treshold": 0.1}, "/treshold")])
def test_a_wrong_definition_says_where(server, changes, pointer):
    answer = define(Project(server), **changes)
    assert answer.status == 400, answer
    assert answer.json["error"]["pointer"] == pointer


def test_a_change_is_audited_and_a_stop_is_called_one(server):
    project = Project(server)
    define(project)
    path = "/api/v1/experiments/checkout"
    headers = {"X-Project": project.id}
    assert server.request("PATCH", path, {"threshold": 0.01}, headers=headers).json["data"]["threshold"] == 0.01
    assert server.request("PATCH", path, {"status": "stopped"}, headers=headers).json["data"]["status"] == "stopped"
    assert server.request("PATCH", path, {"id": "other"}, headers=headers).status == 400
    actions = [entry["action"] for entry in server.get("/api/v1/audit-entries?limit=3").json["data"]]
    assert actions == ["experiment.stop", "experiment.update", "experiment.create"]
    assert project.get("/experiments/checkout").json["data"]["status"] == "stopped"


def test_an_assignment_is_what_anybody_can_compute(server):
    project = Project(server)
    define(project, variants=[{"key": "a", "weight": 1}, {"key": "b", "weight": 3}])
    for n in range(50):
        point = int.from_bytes(hashlib.sha256(f"user {n}checkout".encode()).digest()[:8], "big") / 2**64
        assigned = project.get("/api/v1/experiments/checkout/assignment", user_id=f"user {n}").json["data"]
        assert assigned == {"variant": "a" if point < 0.25 else "b"}
    assert project.get("/api/v1/experiments/checkout/assignment").status == 400


def test_a_result_is_pearsons_over_exposed_users(server):
    project = Project(server)
    define(project)
    events = []
    for variant, users, conversions in [("control", 100, 10), ("treatment", 100, 20)]:
        for n in range(users):
            events.append(expose(f"{variant}-{n}", variant))
            if n < conversions:
                events.append({"event": "purchase", "user_id": f"{variant}-{n}", "timestamp": at(1)})
    events += [expose("both", "control"), expose("both", "treatment", 1), expose("stray", "blue")]
    project.send(events)
    data = project.get("/experiments/checkout").json["data"]
    # SciPy: chi2_contingency([[10, 20], [90, 80]], correction=False | True)
    assert data["chi_square"]["statistic"] == pytest.approx(3.92156862745098, rel=1e-9)
    assert data["p_value"] == data["chi_square"]["p_value"] == pytest.approx(0.0476703803, rel=1e-8)
    assert data["chi_square"]["p_value_yates"] == pytest.approx(0.0747059333, rel=1e-8)
    assert (data["significant"], data["verdict"], data["multiple_variants"], data["unknown_variants"]) == (True, "significant_better", 1, 1)
    assert [(arm["key"], arm["users"], arm["conversions"]) for arm in data["variants"]] == [("control", 100, 10), ("treatment", 100, 20)]
    assert data["variants"][0]["lift"] is None and data["variants"][1]["lift"] == pytest.approx(1)
    assert project.get("/experiments").json["data"] == [data]


def test_a_result_is_told_as_it_was_before_a_day(server):
    project = Project(server)
    define(project)
    day = 24 * 60
    project.send([expose("u", "control"), {"event": "purchase", "user_id": "u", "timestamp": at(day)}, expose("v", "control", day)])
    seen = {to: project.get("/experiments/checkout", to=to).json["data"]["variants"][0] for to in ("2026-02-28", "2026-03-01", "2026-03-02", at(day + 1))}
    assert [(arm["users"], arm["conversions"]) for arm in seen.values()] == [(0, 0), (1, 0), (2, 1), (2, 1)]
    assert project.get("/experiments", to="2026-03-01").json["data"][0]["variants"][0]["users"] == 1
    assert project.get("/experiments/checkout", to="soon").status == 400


def test_an_experiment_without_data_says_so(server):
    project = Project(server)
    define(project)
    data = project.get("/experiments/checkout").json["data"]
    assert (data["verdict"], data["significant"], data["p_value"], data["chi_square"]) == ("not_enough_data", None, None, None)


def test_the_sample_shop_shows_a_true_effect_and_none(server):
    project = Project(server)
    events = subprocess.run([BINARY, "demo", "--events", "60000", "--days", "60", "--seed", "1", "--end", "2026-11-01T00:00:00Z", "--out", "-"],
                            check=True, capture_output=True, text=True, env=environment()).stdout.splitlines()
    for begin in range(0, len(events), 5000):
        assert project.send_lines(events[begin:begin + 5000]).status == 202
    for id in ("checkout_button", "homepage_banner"):
        assert define(project, id=id).status == 201
    better, same = project.get("/experiments").json["data"]
    assert (better["id"], better["verdict"], same["id"], same["verdict"]) == (
        "checkout_button", "significant_better", "homepage_banner", "no_significant_difference"), json.dumps([better, same])
    assert better["sample_ratio"]["ok"] and same["sample_ratio"]["ok"]
