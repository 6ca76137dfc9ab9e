"""Funnels, retention, paths, lifecycle and stickiness through the whole program: every number has its people behind it."""
import datetime
import json
import random

import pytest

from support.project import Project

START = datetime.datetime(2026, 3, 2, tzinfo=datetime.timezone.utc)
RANGE = {"from": "2026-03-02", "to": "2026-03-15"}
STEPS = [{"event": "view"}, {"event": "cart"}, {"event": "buy"}]


@pytest.fixture(scope="module")
def shop(server):
    """A few people who come again and again."""
    project = Project(server)
    dice = random.Random(7)
    events = []
    for _ in range(600):
        at = START + datetime.timedelta(days=dice.randrange(-3, 14), minutes=dice.randrange(1440))
        user = dice.randrange(30)
        event = {"event": dice.choice(["view", "view", "view", "cart", "buy"]), "timestamp": at.isoformat(), "session_id": f"s{user}-{at.date()}",
                 "user_id" if user % 3 else "anonymous_id": f"u{user}"}
        if dice.random() < 0.7:
            event["source"] = dice.choice(["web", "app", "mail"])
        events.append(event)
    assert project.send(events).json["accepted"] == len(events)
    return project


def ask(project, kind, **body):
    answer = project.query(kind, **RANGE, **body)
    assert answer.status == 200, answer
    return answer.json["data"]


def people(project, kind, select, **body):
    """How many there are, and that all of them are listed."""
    answer = project.query("actors", of={"kind": kind, "body": {"at_least": project.position, **RANGE, **body}}, select=select, limit=1000)
    assert answer.status == 200, answer
    users = answer.json["data"]["users"]
    assert len({(user["user_id"], user["anonymous"]) for user in users}) == len(users) == answer.json["data"]["total"]
    return len(users)


@pytest.mark.parametrize("more", [{}, {"order": "strict"}, {"order": "any"}, {"window": "1h"}, {"exclude": [{"event": "buy", "between": [1, 2]}]},
                                  {"hold": ["source"]}, {"filters": [{"property": "source", "op": "ne", "value": "app"}]}], ids=json.dumps)
def test_a_funnels_steps_are_its_people(shop, more):
    steps = ask(shop, "funnel", steps=STEPS, **more)["steps"]
    assert steps[0]["count"] > 0
    for number, step in enumerate(steps, 1):
        assert people(shop, "funnel", {"step": number, "outcome": "reached"}, steps=STEPS, **more) == step["count"]
        assert people(shop, "funnel", {"step": number, "outcome": "dropped"}, steps=STEPS, **more) == step["dropped"]


def test_the_rows_of_a_breakdown_are_its_people_and_add_up(shop):
    body = {"steps": STEPS, "breakdown": ["source"], "top": 2}
    data = ask(shop, "funnel", **body)
    assert [row["breakdown"] for row in data["breakdown"]][-1] == ["$other"]
    for number in (1, 2, 3):
        counts = [row["steps"][number - 1]["count"] for row in data["breakdown"]]
        assert sum(counts) == data["steps"][number - 1]["count"]
        for row, count in zip(data["breakdown"], counts):
            assert people(shop, "funnel", {"step": number, "outcome": "reached", "breakdown": row["breakdown"]}, **body) == count


def test_sessions_are_counted_and_users_are_listed(shop):
    sessions = ask(shop, "funnel", steps=STEPS, count="sessions", window="1d")["steps"][0]["count"]
    assert 0 < people(shop, "funnel", {"step": 1, "outcome": "reached"}, steps=STEPS, count="sessions", window="1d") < sessions


@pytest.mark.parametrize("more", [{}, {"cohort": "recurring"}, {"bracket": "rolling"}, {"mode": "on_or_after"}, {"return": {"event": "buy"}},
                                  {"interval": "week"}], ids=json.dumps)
def test_a_cell_of_retention_is_its_people(shop, more):
    body = {"start": {"event": "view"}, "return": {"event": "view"}, "periods": 4, **more}
    data = ask(shop, "retention", **body)
    assert data["cohorts"]
    for cohort in data["cohorts"]:
        assert people(shop, "retention", {"cohort": cohort["start"]}, **body) == cohort["size"]
        for cell in cohort["cells"]:
            assert people(shop, "retention", {"cohort": cohort["start"], "n": cell["n"]}, **body) == cell["count"]
            assert cell["rate"] == cell["count"] / cohort["size"]


def test_a_path_and_an_edge_are_their_people(shop):
    body = {"within": "1d", "steps": 3}
    data = ask(shop, "paths", **body)
    assert len(data["paths"]) == 20
    for path in data["paths"][:5]:
        assert people(shop, "paths", {"path": path["events"]}, **body) == path["users"] <= path["count"]
    for edge in data["edges"][:5]:
        assert people(shop, "paths", {"step": edge["step"], "from": edge["from"], "to": edge["to"]}, **body) == edge["users"] <= edge["count"]


def test_a_state_of_a_lifecycle_is_its_people(shop):
    data = ask(shop, "lifecycle", event="view", interval="week")
    assert data["buckets"] == ["2026-03-02", "2026-03-09"]
    for state in ("new", "returning", "resurrecting", "dormant"):
        for bucket, count in zip(data["buckets"], data[state]):
            assert people(shop, "lifecycle", {"bucket": bucket, "state": state}, event="view", interval="week") == count


def test_stickiness_is_its_people(shop):
    units = ask(shop, "stickiness", event="view")["units"]
    assert [unit["n"] for unit in units] == list(range(1, 15))
    for unit in units:
        assert people(shop, "stickiness", {"units": unit["n"]}, event="view") == unit["users"]


def test_an_answer_is_repeated_from_the_events_up_to_a_position(project):
    event = {"event": "view", "user_id": "u", "timestamp": "2026-03-02T10:00:00Z"}
    first = project.track(event).json["position"]
    project.track({**event, "user_id": "v"})
    body = {"start": {"event": "view"}, "return": {"event": "view"}}
    assert [cohort["size"] for cohort in ask(project, "retention", **body)["cohorts"]] == [2]
    assert [cohort["size"] for cohort in ask(project, "retention", as_of=first, **body)["cohorts"]] == [1]
    assert ask(project, "stickiness", as_of=first)["units"][0]["users"] == 1


TWO = {"steps": [{}, {}]}
BACK = {"start": {}, "return": {}}
WRONG = [
    ("funnel", {}, "/steps"), ("funnel", {"steps": [{}]}, "/steps"), ("funnel", {"steps": [{}] * 21}, "/steps"), ("funnel", {"steps": "x"}, "/steps"),
    ("funnel", {"steps": [5, {}]}, "/steps/0"), ("funnel", {"steps": [{"event": 5}, {}]}, "/steps/0/event"), ("funnel", {**TWO, "window": "7"}, "/window"),
    ("funnel", {**TWO, "window": 7}, "/window"), ("funnel", {**TWO, "window": "367d"}, "/window"), ("funnel", {**TWO, "order": "none"}, "/order"),
    ("funnel", {**TWO, "exclude": [{}]}, "/exclude/0/between"), ("funnel", {**TWO, "exclude": [{"between": [2, 2]}]}, "/exclude/0/between"),
    ("funnel", {**TWO, "exclude": [{"between": [1, 2]}], "order": "any"}, "/exclude"), ("funnel", {**TWO, "exclude": [{"between": [1, 2]}] * 11}, "/exclude"),
    ("funnel", {**TWO, "hold": [1]}, "/hold"), ("funnel", {**TWO, "attribution": "step:0"}, "/attribution"), ("funnel", {**TWO, "attribution": "step:x"}, "/attribution"),
    ("funnel", {**TWO, "breakdown": []}, "/breakdown"), ("funnel", {**TWO, "top": 101}, "/top"), ("funnel", {**TWO, "count": "events"}, "/count"),
    ("funnel", {**TWO, "interval": "day"}, "/interval"),
    ("retention", {}, "/start"), ("retention", {"start": {}}, "/return"), ("retention", {**BACK, "start": []}, "/start"),
    ("retention", {**BACK, "start": {"evnt": "x"}}, "/start/evnt"), ("retention", {**BACK, "interval": "hour"}, "/interval"),
    ("retention", {**BACK, "periods": 367}, "/periods"), ("retention", {**BACK, "periods": "8"}, "/periods"), ("retention", {**BACK, "mode": "off"}, "/mode"),
    ("retention", {**BACK, "cohort": "new"}, "/cohort"), ("retention", {**BACK, "bracket": "round"}, "/bracket"),
    ("retention", {**BACK, "from": "0001-01-01", "to": "9999-12-31"}, "/interval"),
    ("paths", {"start": {}, "end": {}}, "/end"), ("paths", {"steps": 1}, "/steps"), ("paths", {"within": "0s"}, "/within"), ("paths", {"limit": 10001}, "/limit"),
    ("lifecycle", {"interval": "year"}, "/interval"), ("lifecycle", {"breakdown": ["x"]}, "/breakdown"), ("lifecycle", {"filters": {}}, "/filters"),
    ("stickiness", {"interval": 1}, "/interval"), ("stickiness", {"start": {}}, "/start"),
]


@pytest.mark.parametrize("kind, body, pointer", WRONG, ids=[f"{kind} {json.dumps(body)[:70]}" for kind, body, _ in WRONG])
def test_what_is_wrong_in_a_question_is_told_with_its_place(shop, kind, body, pointer):
    answer = shop.query(kind, **body)
    assert answer.status == 400 and answer.json["error"]["code"] == "invalid_request", answer
    assert answer.json["error"]["pointer"] == pointer, answer
