"""Lists behind the numbers: events page by page, what there is to ask about, the people behind a number, money."""
import itertools
import json
import random

import pytest

SPAN = {"from": "2026-03-02", "to": "2026-03-04"}
SENT = {"event": "buy", "event_id": "order-1", "user_id": "ann", "anonymous_id": "v-1", "timestamp": "2026-03-02T10:00:00.25Z",
        "session_id": "s-1", "value": 2.5, "amount_minor": 1250, "currency": "EUR", "experiment_id": "button", "variant": "green",
        "source": "web", "entity_id": "e-1", "status": "success", "context": {"page": "/mug"},
        "product": {"sku": "mug", "name": "Mug", "category": "kitchen", "price_usd": 12.5}, "properties": {"plan": "pro", "n": 1, "deep": {"a": [1]}}}


def pages(project, kind, **body):
    """All pages of a list, by their cursors."""
    cursor = {}
    for _ in range(1000):
        answer = project.query(kind, **body, **cursor)
        assert answer.status == 200, answer
        yield answer.json["data"]
        if answer.json["meta"]["next_cursor"] is None:
            return
        cursor = {"cursor": answer.json["meta"]["next_cursor"]}
    raise AssertionError("no last page")


def test_an_event_is_listed_with_every_field_that_was_sent(project):
    project.send([SENT, {"event": "view", "anonymous_id": "v-2", "timestamp": "2026-03-02T09:00:00Z"}])
    rows = project.query("events", **SPAN).json["data"]
    got = rows[0]
    assert got.pop("user") == {"id": "ann", "anonymous": False} and got.pop("event_type") == "buy"
    assert got.pop("timestamp") == "2026-03-02T10:00:00.250Z" and got.pop("position") > 0 and got.pop("received_at")
    assert got == {name: value for name, value in SENT.items() if name not in ("event", "user_id", "timestamp")}
    assert rows[1]["user"] == {"id": "v-2", "anonymous": True}
    assert "value" not in rows[1] and "properties" not in rows[1] and "product" not in rows[1]


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_pages_of_events_hold_each_event_once_newest_first(project, limit):
    dice = random.Random(limit)
    project.send([{"event": dice.choice(["view", "buy"]), "event_id": f"e-{i}", "user_id": f"u-{i % 3}",
                   "timestamp": f"2026-03-03T10:00:{dice.randrange(5):02}Z"} for i in range(23)])
    listed = list(itertools.chain.from_iterable(pages(project, "events", **SPAN, limit=limit)))
    assert sorted(row["event_id"] for row in listed) == sorted(f"e-{i}" for i in range(23))
    order = [(row["timestamp"], row["position"]) for row in listed]
    assert order == sorted(order, reverse=True)
    of_one = list(itertools.chain.from_iterable(pages(project, "events", **SPAN, limit=limit, user_id="u-1", event="buy")))
    assert of_one == [row for row in listed if row["user"]["id"] == "u-1" and row["event_type"] == "buy"]


def test_properties_say_what_there_is_to_ask_about(project):
    project.send([{"event": "view", "user_id": "a", "timestamp": "2026-03-02T10:00:00Z", "source": "web",
                   "properties": {"plan": "pro", "n": 2.0, "Big": True, "source": "x", "gone": None, "list": [1], "mixed": 1}},
                  {"event": "view", "user_id": "a", "timestamp": "2026-03-02T11:00:00Z", "properties": {"plan": "free", "n": 2, "mixed": "1"}},
                  {"event": "buy", "user_id": "a", "timestamp": "2026-03-03T11:00:00Z", "properties": {"plan": "pro"}}])
    data = project.query("properties", **SPAN).json["data"]
    assert data["events"] == [{"event_type": "view", "count": 2, "last_seen": "2026-03-02T11:00:00Z"},
                              {"event_type": "buy", "count": 1, "last_seen": "2026-03-03T11:00:00Z"}]
    found = {row["name"]: (row["type"], row["count"], {value["value"]: value["count"] for value in row["values"]}) for row in data["properties"]}
    assert found == {"plan": ("text", 3, {"pro": 2, "free": 1}), "n": ("number", 2, {"2": 2}), "Big": ("boolean", 1, {"true": 1}),
                     "source": ("text", 1, {"web": 1}), "properties.source": ("text", 1, {"x": 1}), "list": ("list", 1, {}),
                     "mixed": ("mixed", 2, {"1": 2})}
    assert data["properties"][0]["values"][0] == {"value": "pro", "count": 2}
    names = lambda **body: [row["name"] for row in project.query("properties", **SPAN, **body).json["data"]["properties"]]
    assert names(event="buy") == ["plan"]
    assert names(search="bi") == ["Big"]
    # Every name is one that a question takes.
    for name in found:
        answer = project.trends(**SPAN, series=[{"filters": [{"property": name, "op": "exists"}]}])
        assert answer.json["data"]["series"][0]["total"] == found[name][1], name


def test_the_people_behind_a_number_are_as_many_as_it_says(project):
    project.send([{"event": "view", "user_id": f"u-{i:02}", "timestamp": f"2026-03-0{2 + i % 2}T10:00:00Z", "source": "web" if i % 3 else "app",
                   "user": {"segment": "new", "traits": {"seat": i}}} for i in range(20)] +
                 [{"event": "view", "anonymous_id": "v", "timestamp": "2026-03-02T10:00:00Z"}])
    question = {**SPAN, "series": [{"measure": "unique_users"}], "breakdown": ["source"], "top": 1, "at_least": project.position}
    series = project.query("trends", **question).json["data"]["series"]
    for row, (bucket, day) in itertools.product(series, enumerate(["2026-03-02", "2026-03-03", "2026-03-04"])):
        select = {"series": "A", "bucket": day, "breakdown": row["breakdown"]}
        listed = list(pages(project, "actors", of={"kind": "trends", "body": question}, select=select, limit=3))
        people = list(itertools.chain.from_iterable(page["users"] for page in listed))
        assert len({(person["user_id"], person["anonymous"]) for person in people}) == len(people) == row["values"][bucket]
        assert {page["total"] for page in listed} == {row["values"][bucket]}
    one = project.query("actors", of={"kind": "trends", "body": {**question, "filters": [{"property": "user.traits.seat", "value": 3}]}}).json["data"]
    assert one == {"users": [{"user_id": "u-03", "anonymous": False, "first_seen": "2026-03-03T10:00:00Z", "last_seen": "2026-03-03T10:00:00Z",
                              "segment": "new", "traits": {"seat": 3}}], "total": 1}


def test_the_people_of_a_funnel_are_as_many_as_its_step_says(project):
    project.send([{"event": step, "user_id": f"u-{i}", "timestamp": f"2026-03-02T10:0{n}:00Z"}
                  for i in range(9) for n, step in enumerate(["view", "cart", "buy"][:1 + i % 3])])
    body = {**SPAN, "steps": [{"event": "view"}, {"event": "cart"}, {"event": "buy"}], "at_least": project.position}
    steps = project.query("funnel", **body).json["data"]["steps"]
    for number, step in enumerate(steps, 1):
        for outcome, count in (("reached", step["count"]), ("dropped", step["dropped"])):
            if (number, outcome) == (1, "dropped"):
                continue
            answer = project.query("actors", of={"kind": "funnel", "body": body}, select={"step": number, "outcome": outcome})
            assert answer.status == 200 and answer.json["data"]["total"] == count, (number, outcome, answer)


def test_the_people_of_every_kind_are_as_many_as_its_number(project):
    project.send([{"event": "view", "user_id": f"u-{i}", "timestamp": f"2026-03-0{2 + n}T10:00:00Z"}
                  for i in range(9) for n in range(1 + i % 3)])
    body = {**SPAN, "at_least": project.position}
    people = lambda kind, body, select: project.query("actors", of={"kind": kind, "body": body}, select=select).json["data"]["total"]
    retention = body | {"start": {"event": "view"}, "return": {"event": "view"}, "periods": 3}
    for cohort in project.query("retention", **retention).json["data"]["cohorts"]:
        for cell in cohort["cells"]:
            assert people("retention", retention, {"cohort": cohort["start"], "n": cell["n"]}) == cell["count"]
    lifecycle = project.query("lifecycle", **body).json["data"]
    for state in ("new", "returning", "resurrecting", "dormant"):
        for bucket, count in zip(lifecycle["buckets"], lifecycle[state]):
            assert people("lifecycle", body, {"bucket": bucket, "state": state}) == count, (bucket, state)
    for unit in project.query("stickiness", **body).json["data"]["units"]:
        assert people("stickiness", body, {"units": unit["n"]}) == unit["users"]


@pytest.mark.parametrize("kind, body, pointer", [
    ("actors", {"of": {"kind": "pie", "body": {}}}, "/of/kind"), ("actors", {}, "/of"), ("actors", {"of": {"kind": "trends"}}, "/of/body"),
    ("actors", {"of": {"kind": "trends", "body": {"series": [{"measure": "x"}]}}}, "/of/body/series/0/measure"),
    ("actors", {"of": {"kind": "trends", "body": {"series": [{}]}}, "select": {"bucket": "x"}}, "/select/bucket"),
    ("actors", {"of": {"kind": "trends", "body": {"series": [{}]}}, "limit": 0}, "/limit"),
    ("events", {"cursor": "1"}, "/cursor"), ("events", {"cursor": "a.b"}, "/cursor"), ("events", {"limit": 10_001}, "/limit"),
    ("events", {"events": "x"}, "/events"), ("properties", {"events": "x"}, "/events"), ("revenue", {"limit": "1"}, "/limit"),
])
def test_what_is_wrong_is_said_with_its_place(project, kind, body, pointer):
    answer = project.query(kind, **body)
    assert (answer.status, answer.json["error"]["pointer"]) == (400, pointer), answer


def test_revenue_is_counted_in_the_smallest_unit(project):
    project.send([{"event": "purchase", "user_id": "a", "timestamp": "2026-03-02T10:00:00Z", "amount_minor": 1000, "currency": "EUR",
                   "product": {"sku": "mug", "name": "Mug", "category": "kitchen"}},
                  {"event": "purchase", "user_id": "b", "timestamp": "2026-03-03T10:00:00Z", "amount_minor": 501, "currency": "EUR"},
                  {"event": "refund", "user_id": "a", "timestamp": "2026-03-03T10:00:00Z", "amount_minor": 250, "currency": "EUR", "product_id": "mug"}])
    data = project.query("revenue", **SPAN, refund_event="refund").json["data"]
    assert data == {
        "totals": [{"currency": "EUR", "gross_minor": 1501, "refunds_minor": 250, "net_minor": 1251, "orders": 2, "buyers": 2,
                    "average_order_minor": 751, "arppu_minor": 626}],
        "buckets": ["2026-03-02", "2026-03-03", "2026-03-04"],
        "series": [{"currency": "EUR", "breakdown": ["$none"], "net_minor": [0, 501, 0], "orders": [0, 1, 0]},
                   {"currency": "EUR", "breakdown": ["kitchen"], "net_minor": [1000, -250, 0], "orders": [1, 0, 0]}],
        "products": [{"currency": "EUR", "sku": "mug", "name": "Mug", "category": "kitchen", "net_minor": 750, "orders": 1, "buyers": 1}]}


def test_as_of_repeats_an_older_answer_and_warns_about_attributes(project):
    view = {"event": "view", "user_id": "a", "timestamp": "2026-03-02T10:00:00Z", "user": {"segment": "new"}}
    project.send([view])
    before = project.position
    project.send([view | {"user": {"segment": "loyal"}}])
    question = {**SPAN, "series": [{}], "breakdown": ["user.segment"], "as_of": before}
    answer = project.query("trends", **question).json
    assert [(row["breakdown"], row["total"]) for row in answer["data"]["series"]] == [(["loyal"], 1)]
    assert answer["meta"]["as_of"] == before and "user.segment" in answer["meta"]["warnings"][0]
    assert project.query("trends", **question | {"breakdown": ["source"]}).json["meta"]["warnings"] == []
    assert project.query("trends", **{**question, "as_of": None}).json["meta"]["warnings"] == []
