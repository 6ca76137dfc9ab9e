"""Questions: small data whose answers were computed by hand, or here by Python's own calendar; what is no question."""
import concurrent.futures
import datetime
import http.client
import json
import zoneinfo

import pytest

from support.project import Project, patiently
from support.server import Server

UTC = datetime.timezone.utc


def at(text, **more):
    return {"event": "view", "user_id": "u-1", "timestamp": text, **more}


# --- metrics and trends on a handful of events --------------------------------------------------------------------------

DAYS = {"from": "2026-03-02", "to": "2026-03-04"}
EVENTS = [
    at("2026-03-02T00:00:00Z", user_id="ann", plan="pro", score=2),
    at("2026-03-02T23:59:59.999999Z", user_id="bob", plan="free", score=2.0),
    at("2026-03-03T12:00:00Z", user_id="ann", event="buy", score=10, source="web"),
    at("2026-03-04T00:00:00Z", user_id="ann", score="10", active=True),
    at("2026-03-04T10:00:00Z", anonymous_id="ann", user_id=None, event="buy", plan="pro", source=""),
    at("2026-03-01T23:59:59Z", user_id="eve"),  # before
    at("2026-03-05T00:00:00Z", user_id="eve"),  # after
]


@pytest.fixture
def shop(project):
    assert project.send(EVENTS).json["accepted"] == len(EVENTS)
    return project


def test_metrics_counts_in_all_by_type_and_over_time(shop):
    assert shop.data("/metrics", **DAYS) == {
        "total_events": 5, "unique_users": 3,
        "by_type": [{"event_type": "view", "count": 3, "users": 2}, {"event_type": "buy", "count": 2, "users": 2}],
        "series": [{"bucket": "2026-03-02", "count": 2, "users": 2}, {"bucket": "2026-03-03", "count": 1, "users": 1},
                   {"bucket": "2026-03-04", "count": 2, "users": 2}]}


def test_metrics_of_one_type(shop):
    data = shop.data("/metrics", **DAYS, event_type="buy")
    assert (data["total_events"], data["unique_users"], [row["count"] for row in data["series"]]) == (2, 2, [0, 1, 1])
    assert data["by_type"] == [{"event_type": "buy", "count": 2, "users": 2}]
    assert shop.data("/metrics", **DAYS, event_type="nothing")["total_events"] == 0


def test_an_instant_in_to_is_excluded_and_a_date_is_included(shop):
    assert shop.data("/metrics", **{"from": "2026-03-02", "to": "2026-03-04T00:00:00Z"})["total_events"] == 3
    assert shop.data("/metrics", **{"from": "2026-03-02T00:00:00.000001Z", "to": "2026-03-04"})["total_events"] == 4
    assert shop.data("/metrics", **{"from": "2026-03-02", "to": "2026-03-02"})["total_events"] == 2


def test_the_default_range_is_the_30_days_that_end_today(project):
    project.track({"event": "now", "user_id": "u"})
    data = project.data("/metrics")
    today = datetime.datetime.now(UTC).date()
    assert len(data["series"]) == 30 and data["series"][-1]["bucket"] in (str(today), str(today - datetime.timedelta(days=1)))
    assert data["total_events"] == 1


def test_meta_says_what_is_counted(shop):
    meta = shop.get("/metrics", **DAYS).json["meta"]
    assert meta["as_of"] >= shop.position and meta["timezone"] == "UTC" and meta["cache_hit"] in (True, False)
    assert meta["warnings"] == [] and meta["took_ms"] >= 0 and isinstance(meta["engine"], str)
    complete = datetime.datetime.fromisoformat(meta["complete_until"])
    assert abs((complete - datetime.datetime.now(UTC)).total_seconds()) < 10


FILTERS = [
    ("plan", "eq", "pro", 2), ("plan", "ne", "pro", 3), ("plan", "in", ["pro", "free"], 3), ("plan", "not_in", ["pro", "free"], 2),
    ("plan", "contains", "r", 3), ("plan", "contains", "", 3), ("plan", "exists", None, 3), ("plan", "not_exists", None, 2),
    ("properties.plan", "eq", "pro", 2), ("plan", "eq", "PRO", 0), ("active", "not_exists", None, 4), ("active", "exists", None, 1),
    ("score", "eq", "2", 2), ("score", "eq", 2, 2), ("score", "eq", "10", 2), ("score", "gt", 2, 1), ("score", "gte", 2, 3),
    ("score", "lt", 10, 2), ("score", "lte", 10, 3), ("score", "ne", "2", 3), ("active", "eq", "true", 1), ("active", "eq", True, 1),
    ("event_type", "eq", "buy", 2), ("user_id", "eq", "ann", 3), ("source", "exists", None, 1), ("source", "eq", "web", 1),
    ("plan", "gt", 1, 0), ("score", "in", [2, 10], 4),
]


@pytest.mark.parametrize("name, op, value, count", FILTERS, ids=[f"{n} {o} {json.dumps(v)}" for n, o, v, _ in FILTERS])
def test_a_filter_keeps_what_it_says(shop, name, op, value, count):
    condition = {"property": name, "op": op} | ({} if value is None else {"value": value})
    for body in ({"filters": [condition], "series": [{"event": "*"}]}, {"series": [{"event": "*", "filters": [condition]}]}):
        answer = shop.trends(**DAYS, **body)
        assert answer.status == 200, answer
        expected = count
        if (name, op, value) == ("user_id", "eq", "ann"):
            # The visitor `ann` is another user than the user `ann`; whether the text of a visitor is a user_id is not said.
            assert answer.json["data"]["series"][0]["total"] in (3, 4)
            continue
        assert answer.json["data"]["series"][0]["total"] == expected, answer


UNKNOWN = [
    ("trends", {"series": [{"event": "veiw"}]}, "/series/0/event", "'view' or 'buy'"),
    ("trends", {"series": [{"filters": [{"property": "pln", "op": "exists"}]}]}, "/series/0/filters/0/property", "'plan'"),
    ("trends", {"series": [{"measure": "sum", "property": "scores"}]}, "/series/0/property", "'score'"),
    ("trends", {"series": [{}], "breakdown": ["user.traits.sea"]}, "/breakdown/0", "'user.traits.seat'"),
    ("trends", {"series": [{}], "filters": [{"property": "sorce", "value": "web"}]}, "/filters/0/property", "'source'"),
    ("funnel", {"steps": [{"event": "view"}, {"event": "by"}]}, "/steps/1/event", "'buy'"),
    ("lifecycle", {"event": "by"}, "/event", "'buy'"),
    ("events", {"event": "by"}, "/event", "'buy'"),
    ("revenue", {"event": "by"}, "/event", "'buy'"),
    ("actors", {"of": {"kind": "trends", "body": {"series": [{"event": "by"}]}}}, "/of/body/series/0/event", "'buy'"),
]


@pytest.mark.parametrize("kind, body, pointer, nearest", UNKNOWN, ids=[f"{kind} {pointer}" for kind, _, pointer, _ in UNKNOWN])
def test_a_name_that_nothing_has_is_refused_with_the_nearest_ones(shop, kind, body, pointer, nearest):
    shop.send([at("2026-03-01T00:00:00Z", user={"traits": {"seat": 1}})])
    shop.trends(**DAYS, series=[{}])  # waits for all of it
    answer = shop.query(kind, **body)
    assert (answer.status, answer.json["error"]["pointer"]) == (400, pointer), answer
    assert nearest in answer.json["error"]["message"], answer


def test_a_project_without_events_knows_no_wrong_names_and_a_new_name_counts_at_once(project):
    question = {**DAYS, "series": [{"event": "brand_new", "filters": [{"property": "fresh", "op": "exists"}]}]}
    assert project.trends(**question).json["data"]["series"][0]["total"] == 0
    project.send([at("2026-03-02T00:00:00Z")])
    assert project.trends(**question).status == 400
    project.send([at("2026-03-02T00:00:00Z", event="brand_new", fresh=1)])
    assert project.trends(**question).json["data"]["series"][0]["total"] == 1


def test_filters_all_must_hold_and_series_are_rows_of_their_own(shop):
    answer = shop.trends(**DAYS, filters=[{"property": "plan", "op": "exists"}],
                         series=[{"event": "view"}, {"event": "buy", "name": "bought"}, {"measure": "unique_users"},
                                 {"event": "*", "filters": [{"property": "plan", "op": "eq", "value": "pro"}, {"property": "score", "op": "exists"}]}])
    rows = answer.json["data"]["series"]
    assert [(row["name"], row["values"], row["total"]) for row in rows] == \
        [("A", [2, 0, 0], 2), ("bought", [0, 0, 1], 1), ("C", [2, 0, 1], 3), ("D", [1, 0, 0], 1)]
    assert answer.json["data"]["complete"] == [True, True, True]


def test_a_bucket_that_has_not_ended_is_not_complete(project):
    today = datetime.datetime.now(UTC).date()
    if datetime.datetime.now(UTC).time() > datetime.time(23, 59, 50):
        pytest.skip("it is about midnight")
    answer = project.trends(**{"from": str(today - datetime.timedelta(days=1)), "to": str(today)}, series=[{"event": "*"}])
    assert answer.json["data"]["complete"] == [True, False]


@pytest.mark.parametrize("interval, buckets", [("week", ["2026-02-23", "2026-03-02"]), ("month", ["2026-02-01", "2026-03-01"])])
def test_buckets_are_named_by_their_first_day_which_may_lie_before_from(project, interval, buckets):
    project.send([at("2026-02-28T12:00:00Z"), at("2026-02-27T12:00:00Z"), at("2026-03-02T12:00:00Z")])
    answer = project.trends(**{"from": "2026-02-28", "to": "2026-03-03"}, interval=interval, series=[{"event": "*"}])
    assert (answer.json["data"]["buckets"], answer.json["data"]["series"][0]["values"]) == (buckets, [1, 1])


def test_late_events_count_on_their_day(project):
    project.send([at("2026-03-03T12:00:00Z")])
    assert project.data("/metrics", **DAYS)["series"][0]["count"] == 0
    project.send([at("2026-03-02T12:00:00Z")])
    assert project.data("/metrics", **DAYS)["series"][0]["count"] == 1


# --- time zones ---------------------------------------------------------------------------------------------------------

ZONES = [
    ("America/New_York", "2026-03-07", "2026-03-09"), ("America/New_York", "2026-10-31", "2026-11-02"),
    ("Europe/Berlin", "2026-03-28", "2026-03-30"), ("Europe/Berlin", "2025-10-25", "2025-10-27"),
    ("Asia/Kolkata", "2026-03-01", "2026-03-03"), ("Asia/Kathmandu", "2026-03-01", "2026-03-03"),
    ("Australia/Lord_Howe", "2026-04-04", "2026-04-06"), ("Australia/Lord_Howe", "2025-10-04", "2025-10-06"),
    ("Pacific/Apia", "2011-12-28", "2012-01-01"), ("Africa/Cairo", "2025-04-24", "2025-04-26"),
    ("America/St_Johns", "2025-11-01", "2025-11-03"), ("UTC", "2026-03-01", "2026-03-03"),
]


def instants(zone, first, last):
    """One each half hour, from a day before the first local day to a day after the last, and the seconds around."""
    begin = datetime.datetime.fromisoformat(first).replace(tzinfo=UTC) - datetime.timedelta(days=2)
    end = datetime.datetime.fromisoformat(last).replace(tzinfo=UTC) + datetime.timedelta(days=3)
    while begin < end:
        yield begin
        yield begin + datetime.timedelta(seconds=1799)
        begin += datetime.timedelta(minutes=30)


def label(local, interval):
    """The bucket of a local time by Python's calendar."""
    day = local.date()
    if interval == "week":
        return str(day - datetime.timedelta(days=day.weekday()))
    if interval == "month":
        return str(day.replace(day=1))
    return str(day)


@pytest.mark.parametrize("zone, first, last", ZONES, ids=[f"{zone} {first}" for zone, first, _ in ZONES])
def test_buckets_follow_the_local_clock(server, zone, first, last):
    project = Project(server)
    tz = zoneinfo.ZoneInfo(zone)
    sent = list(instants(tz, first, last))
    project.send([at(instant.isoformat()) for instant in sent])
    first_day, last_day = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    inside = [instant.astimezone(tz) for instant in sent if first_day <= instant.astimezone(tz).date() <= last_day]
    for interval in ("day", "week", "month"):
        expected = {}
        for local in inside:
            expected[label(local, interval)] = expected.get(label(local, interval), 0) + 1
        answer = project.trends(**{"from": first, "to": last, "timezone": zone}, interval=interval, series=[{"event": "*"}])
        assert answer.status == 200, answer
        data = answer.json["data"]
        assert dict(zip(data["buckets"], data["series"][0]["values"])) == expected, interval
        assert len(set(data["buckets"])) == len(data["buckets"])
        assert sum(data["series"][0]["values"]) == data["series"][0]["total"] == len(inside)


def hour_start(instant, tz, width):
    """The first instant of a local hour (or minute) bucket: back to the full hour, but not past a change of the offset."""
    local = instant.astimezone(tz)
    minutes = local.minute if width == 60 else 0
    start = instant - datetime.timedelta(minutes=minutes, seconds=local.second, microseconds=local.microsecond)
    while start.astimezone(tz).utcoffset() != local.utcoffset():
        start += datetime.timedelta(minutes=1)
    return start


@pytest.mark.parametrize("zone, first, last", ZONES, ids=[f"{zone} {first}" for zone, first, _ in ZONES])
def test_hours_are_the_clocks_hours_and_a_new_one_begins_where_the_offset_changes(server, zone, first, last):
    project = Project(server)
    tz = zoneinfo.ZoneInfo(zone)
    sent = list(instants(tz, first, last))
    project.send([at(instant.isoformat()) for instant in sent])
    first_day, last_day = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    expected = {}
    for instant in sent:
        if first_day <= instant.astimezone(tz).date() <= last_day:
            name = hour_start(instant, tz, 60).astimezone(tz).isoformat()
            expected[name] = expected.get(name, 0) + 1
    answer = project.trends(**{"from": first, "to": last, "timezone": zone}, interval="hour", series=[{"event": "*"}])
    assert answer.status == 200, answer
    data = answer.json["data"]
    got = dict(zip(data["buckets"], data["series"][0]["values"]))
    assert len(got) == len(data["buckets"]), "a bucket is doubled"
    assert got == expected
    assert [datetime.datetime.fromisoformat(name) for name in data["buckets"]] == \
        sorted(datetime.datetime.fromisoformat(name) for name in data["buckets"])
    assert sum(got.values()) == data["series"][0]["total"]


def test_minutes_around_a_change_are_all_there(server):
    project = Project(server)
    begin = datetime.datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30 EDT; 01:30 EST comes an hour later
    project.send([at((begin + datetime.timedelta(minutes=n)).isoformat()) for n in range(60)])
    answer = project.trends(**{"from": begin.isoformat(), "to": (begin + datetime.timedelta(hours=1)).isoformat(),
                               "timezone": "America/New_York"}, interval="minute", series=[{"event": "*"}])
    data = answer.json["data"]
    tz = zoneinfo.ZoneInfo("America/New_York")
    assert data["buckets"] == [(begin + datetime.timedelta(minutes=n)).astimezone(tz).isoformat() for n in range(60)]
    assert data["series"][0]["values"] == [1] * 60


def test_the_projects_time_zone_is_the_default(server):
    project = Project(server, timezone="Asia/Tokyo")
    project.send([at("2026-03-02T15:00:00Z"), at("2026-03-02T14:59:59Z")])
    assert [row["count"] for row in project.data("/metrics", **{"from": "2026-03-02", "to": "2026-03-03"})["series"]] == [1, 1]
    assert project.get("/metrics").json["meta"]["timezone"] == "Asia/Tokyo"
    assert [row["count"] for row in project.data("/metrics", **{"from": "2026-03-02", "to": "2026-03-03", "timezone": "UTC"})["series"]] == [2, 0]


# --- what is no question ------------------------------------------------------------------------------------------------

GOOD = {"series": [{"event": "view"}]}
WRONG = [
    ({**GOOD, "intervall": "day"}, "/intervall", "interval"), ({"serie": []}, "/serie", "series"),
    ({"series": [{"event": "x", "mesure": "count"}]}, "/series/0/mesure", "measure"),
    ({**GOOD, "filters": [{"property": "x", "op": "eq", "vale": 1}]}, "/filters/0/vale", "value"),
    ({**GOOD, "filters": [{"property": "x", "op": "equals", "value": 1}]}, "/filters/0/op", None),
    ({**GOOD, "filters": [{"op": "eq", "value": 1}]}, "/filters/0", None),
    ({**GOOD, "filters": [{"property": "x", "op": "in", "value": "y"}]}, "/filters/0/value", None),
    ({**GOOD, "filters": [{"property": "x", "op": "gt", "value": "y"}]}, "/filters/0/value", None),
    ({**GOOD, "filters": {}}, "/filters", None),
    ({**GOOD, "interval": "year"}, "/interval", None), ({**GOOD, "interval": 5}, "/interval", None),
    ({**GOOD, "timezone": "Mars/Olympus"}, "/timezone", None), ({**GOOD, "timezone": "../../etc/passwd"}, "/timezone", None),
    ({**GOOD, "from": "yesterday"}, "/from", None), ({**GOOD, "to": "2026-02-30"}, "/to", None), ({**GOOD, "from": 5}, "/from", None),
    ({**GOOD, "from": "2026-03-05", "to": "2026-03-01"}, "/from", None),
    ({**GOOD, "from": "2026-03-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "/from", None),
    ({**GOOD, "from": "2020-01-01", "to": "2026-01-01", "interval": "minute"}, "/interval", None),
    ({**GOOD, "from": "0001-01-01", "to": "9999-12-31"}, "/interval", None),
    ({"series": []}, "/series", None), ({"series": [GOOD["series"][0]] * 21}, "/series", None), ({}, "/series", None),
    ({"series": "x"}, "/series", None), ({"series": [5]}, "/series/0", None), ({"series": [{"event": 5}]}, "/series/0/event", None),
    ({"series": [{"event": "x", "measure": "magic"}]}, "/series/0/measure", None),
    ({**GOOD, "at_least": "soon"}, "/at_least", None), ({**GOOD, "at_least": -1}, "/at_least", None),
    ([], None, None), (5, None, None),
]


@pytest.mark.parametrize("body, pointer, near", WRONG, ids=[json.dumps(body)[:80] for body, _, _ in WRONG])
def test_what_is_wrong_in_a_question_is_told_with_its_place(project, body, pointer, near):
    answer = project.server.post("/api/v1/query/trends", body, headers={"X-Project": project.id})
    assert answer.status == 400 and answer.json["error"]["code"] == "invalid_request", answer
    if pointer is not None:
        assert answer.json["error"].get("pointer", "").startswith(pointer), answer
    if near:
        assert f"'{near}'" in answer.json["error"]["message"], answer
    assert answer.json["error"]["request_id"]


@pytest.mark.parametrize("query", ["from=soon", "to=2026-13-01", "interval=year", "timezone=Nowhere", "at_least=x", "from=2026-03-05&to=2026-03-01",
                                   "interval=minute&from=2020-01-01&to=2026-01-01"])
@pytest.mark.parametrize("path", ["/metrics", "/api/v1/ledger"])
def test_what_is_wrong_in_parameters_is_400(project, path, query):
    answer = project.server.get(f"{path}?{query}", headers={"X-Project": project.id})
    assert answer.status == 400 and answer.json["error"]["code"] == "invalid_request", answer


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"series":[{"event":"\\ud800"}]}', b'{"series":NaN}'])
def test_a_question_that_is_no_json_is_400(project, body):
    assert project.server.post("/api/v1/query/trends", body, headers={"X-Project": project.id}).status == 400


@pytest.mark.parametrize("text", ["'", "\"", "\\", "a'b", "x' OR '1'='1", "'; DROP TABLE fact_events; --", "%", "_", "$1", "?", "\u0000", "a.b", "a\"b", "$.x",
                                  "[0]", "*", "/p", "a/b", "$browser", "#", "é", "😀", "x" * 1000])
def test_texts_in_questions_are_nothing_but_texts(project, text):
    stored = "\u0000" not in text and len(text) <= 200
    if stored:
        assert project.track({"event": text, "user_id": "u", "source": text, "properties": {text: text, "p": text}}).status == 202
    project.track({"event": "other", "user_id": "u"})
    for condition in ({"property": "p", "op": "eq", "value": text}, {"property": f"properties.{text}", "op": "eq", "value": text},
                      {"property": "source", "op": "contains", "value": text}):
        answer = project.trends(series=[{"event": "*", "filters": [condition]}, {"event": text}])
        if "\u0000" in text or len(text) > 255:
            assert answer.status in (200, 400), answer
        else:
            assert answer.status == 200, answer
            totals = [row["total"] for row in answer.json["data"]["series"]]
            assert totals[1] == (2 if text == "*" else stored), (condition, totals)
            if not set(text) & set(".*[$"):  # a dot in a name may be read as a path; as a value it is a text
                assert totals[0] == stored, (condition, totals)


# --- ledger, quarantine, audit ------------------------------------------------------------------------------------------


def test_the_ledger_accounts_for_everything_received(project):
    project.send([at("2026-03-02T00:00:00Z", event_id="a"), at("2026-03-02T00:00:00Z", event_id="a"), {"event": "x"}, 5])
    project.track({"event": "no user"})
    project.track(at("2020-01-01T00:00:00Z", event_id="b"))
    today = datetime.datetime.now(UTC).date()
    assert project.ledger() == {"received": 6, "stored": 2, "duplicate": 1, "quarantined": 3, "limited": 0, "erased": 0}
    for interval in ("hour", "day"):
        buckets = project.data("/api/v1/ledger", interval=interval, **{"from": str(today - datetime.timedelta(days=1)), "to": str(today)})
        assert len(buckets) == (2 if interval == "day" else 48)
        assert sum(bucket["received"] for bucket in buckets) == 6
        assert all(b["received"] == b["stored"] + b["duplicate"] + b["quarantined"] for b in buckets)


def test_the_quarantine_is_listed_newest_first_in_pages(project):
    project.send([{"event": f"n{n}"} for n in range(25)])
    assert project.ledger()["quarantined"] == 25
    pages, cursor = [], None
    for _ in range(10):
        page = project.get("/api/v1/quarantine", limit=10, **({"cursor": cursor} if cursor else {})).json
        pages.append([json.loads(item["payload"])["event"] for item in page["data"]])
        cursor = page["meta"]["next_cursor"]
        if cursor is None:
            break
    assert [len(page) for page in pages] == [10, 10, 5]
    assert sum(pages, []) == [f"n{n}" for n in reversed(range(25))]
    for bad in ("limit=0", "limit=10001", "limit=x", "cursor=x", "cursor=0", "cursor=-1", "cursor=9223372036854775808"):
        assert project.server.get(f"/api/v1/quarantine?{bad}", headers={"X-Project": project.id}).status == 400, bad


LISTS = ["quarantine", "projects", "keys", "experiments", "annotations", "audit-entries"]


@pytest.mark.parametrize("list", LISTS)
def test_a_last_page_that_is_full_has_no_cursor(list):
    with Server() as server:
        project = Project(server, "default")
        project.send([{"event": "no user"}] * 3)
        assert len(project.quarantine()) == 3
        for n in range(3):
            assert server.post("/api/v1/projects", {"id": f"p-{n}_{n}-"}).status == 201
            assert server.post("/api/v1/keys", {"name": f"k{n}", "scopes": ["read"]}).status == 201
            experiment = {"id": f"e{n}", "name": "e", "variants": [{"key": "a"}, {"key": "b"}], "goal": {"event": "buy"}}
            assert server.post("/api/v1/experiments", experiment).status == 201
            assert server.post("/api/v1/annotations", {"at": "2026-01-01T00:00:00Z", "text": "here"}).status == 201
        rows = server.get(f"/api/v1/{list}").json["data"]
        full = server.get(f"/api/v1/{list}?limit={len(rows)}").json
        assert full["data"] == rows and full["meta"]["next_cursor"] is None
        first = server.get(f"/api/v1/{list}?limit={len(rows) - 1}").json
        assert first["data"] == rows[:-1] and first["meta"]["next_cursor"]
        last = server.get(f"/api/v1/{list}?limit={len(rows)}&cursor={first['meta']['next_cursor']}").json
        assert last["data"] == rows[-1:] and last["meta"]["next_cursor"] is None
        foreign = server.get(f"/api/v1/{list}?cursor=zzz")
        assert foreign.status == 400 and foreign.json["error"]["pointer"] == "/cursor", foreign


def test_the_quarantine_can_be_asked_for_one_code(project):
    project.send([{"event": "no user"}, at("soon"), {"event": "no user either"}])
    assert len(project.quarantine()) == 3
    assert [item["code"] for item in project.quarantine(code="invalid_timestamp")] == ["invalid_timestamp"]
    assert project.quarantine(code="too_deep") == []


def replay(project, path):
    return project.server.post(path, headers={"X-Project": project.id})


def test_a_replayed_event_moves_in_the_ledger_and_stays_listed(server):
    project = Project(server, max_event_age="30d")
    project.send([at("2026-01-05T00:00:00Z", event_id="old")])
    assert project.ledger()["quarantined"] == 1
    (item,) = project.quarantine()
    failed = replay(project, f"/api/v1/quarantine/{item['id']}/replay")
    assert failed.status == 200 and failed.json["data"] == {"replayed": 0, "duplicate": 0, "failed": 1}
    assert failed.json["meta"]["reason"] == {key: item[key] for key in ("code", "message", "pointer")}
    assert server.request("PATCH", f"/api/v1/projects/{project.id}", {"max_event_age": None}).status == 200
    done = replay(project, f"/api/v1/quarantine/{item['id']}/replay")
    assert done.status == 200 and done.json["data"] == {"replayed": 1, "duplicate": 0, "failed": 0}
    assert replay(project, f"/api/v1/quarantine/{item['id']}/replay").status == 409
    project.position = project.send([]).json["position"]
    assert project.ledger() == {"received": 1, "stored": 1, "duplicate": 0, "quarantined": 0, "limited": 0, "erased": 0}
    (after,) = project.quarantine()
    assert after["replayed_at"] and {**after, "replayed_at": None} == item
    assert project.data("/metrics", **{"from": "2026-01-05", "to": "2026-01-05"})["total_events"] == 1
    assert project.track(at("2026-01-05T00:00:00Z", event_id="old")).json["status"] == "duplicate"


def test_a_replayed_event_whose_id_came_meanwhile_is_a_duplicate(server):
    project = Project(server, max_event_age="30d")
    project.send([at("2026-01-05T00:00:00Z", event_id="same")])
    (item,) = (project.ledger(), project.quarantine())[1]
    server.request("PATCH", f"/api/v1/projects/{project.id}", {"max_event_age": None})
    project.track(at("2026-01-05T00:00:00Z", event_id="same"))
    assert replay(project, f"/api/v1/quarantine/{item['id']}/replay").json["data"] == {"replayed": 0, "duplicate": 1, "failed": 0}
    project.position = project.send([]).json["position"]
    assert project.ledger() == {"received": 2, "stored": 1, "duplicate": 1, "quarantined": 0, "limited": 0, "erased": 0}


def test_all_events_of_a_code_are_replayed(server):
    project = Project(server, max_event_age="30d")
    project.send([at("2026-01-05T00:00:00Z", event_id=f"{n}") for n in range(600)] + [{"event": "no user"}] * 3)
    assert project.ledger()["quarantined"] == 603
    server.request("PATCH", f"/api/v1/projects/{project.id}", {"max_event_age": None})
    done = replay(project, "/api/v1/quarantine/replay?code=invalid_timestamp")
    assert done.json["data"] == {"replayed": 600, "duplicate": 0, "failed": 0}
    assert replay(project, "/api/v1/quarantine/replay").json["data"] == {"replayed": 0, "duplicate": 0, "failed": 3}
    project.position = project.send([]).json["position"]
    assert project.ledger() == {"received": 603, "stored": 600, "duplicate": 0, "quarantined": 3, "limited": 0, "erased": 0}


def test_replays_of_one_item_at_the_same_time_store_it_once(server):
    project = Project(server, max_event_age="30d")
    project.send([at("2026-01-05T00:00:00Z", event_id="once")])
    assert project.ledger()["quarantined"] == 1
    (item,) = project.quarantine()
    server.request("PATCH", f"/api/v1/projects/{project.id}", {"max_event_age": None})
    paths = [f"/api/v1/quarantine/{item['id']}/replay", "/api/v1/quarantine/replay"]
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: patiently(lambda: replay(project, paths[n % 4 == 0])), range(24)))
    assert {answer.status for answer in answers} == {200, 409}
    done = [answer.json["data"] for answer in answers if answer.status == 200]
    assert sum(each["replayed"] for each in done) == 1 and not any(each["duplicate"] or each["failed"] for each in done)
    project.position = project.send([]).json["position"]
    assert project.ledger() == {"received": 1, "stored": 1, "duplicate": 0, "quarantined": 0, "limited": 0, "erased": 0}


def test_a_replay_that_a_crash_left_without_its_mark_is_not_done_again():
    with Server(crash_at="log.after_sync:2") as server:
        project = Project(server, max_event_age="30d")
        project.send([at("2026-01-05T00:00:00Z", event_id="once")])
        (item,) = (project.ledger(), project.quarantine())[1]
        path = f"/api/v1/quarantine/{item['id']}/replay"
        server.request("PATCH", f"/api/v1/projects/{project.id}", {"max_event_age": None})
        with pytest.raises((OSError, http.client.HTTPException)):
            replay(project, path)
        assert server.wait() == 137
        del server.settings["crash_at"]
        server.start()
        assert patiently(lambda: replay(project, path)).status == 409
        project.position = project.send([]).json["position"]
        assert project.ledger() == {"received": 1, "stored": 1, "duplicate": 0, "quarantined": 0, "limited": 0, "erased": 0}


@pytest.mark.parametrize("id", ["0", "999999999", "x", "-1", "1.5", "99999999999999999999999"])
def test_an_item_that_is_not_there_is_404(project, id):
    assert replay(project, f"/api/v1/quarantine/{id}/replay").status == 404


def test_prometheus_counts_what_came(server):
    def metric(name):
        (line,) = [line for line in server.get("/-/metrics").body.decode().splitlines() if line.startswith(name + " ")]
        return float(line.split()[1])
    project, name = Project(server), "spectrum_ingest_events_quarantined_total"
    before = metric(name)
    project.send([{"event": "no user"}] * 4)
    assert metric(name) == before + 4
    assert metric("spectrum_log_accepting") == 1


def test_prometheus_tells_how_long_questions_take(server):
    def answered(status):
        label = f'spectrum_query_seconds_count{{path="/api/v1/query/trends",status="{status}"}} '
        return sum(float(line.split()[1]) for line in server.get("/-/metrics").body.decode().splitlines() if line.startswith(label))
    project = Project(server)
    before = answered(200), answered(400)
    assert server.request("POST", "/api/v1/query/trends", {"project": project.id, "series": [{"event": "*"}]}).status == 200
    assert server.request("POST", "/api/v1/query/trends", {"project": project.id}).status == 400
    assert (answered(200), answered(400)) == (before[0] + 1, before[1] + 1)


def test_health_names_every_dependency(server):
    answer = server.get("/api/v1/health")
    assert answer.status == 200
    assert answer.json["data"]["status"] == "ok" and answer.json["data"]["service"] == "spectrum"
    assert set(answer.json["data"]["dependencies"]) >= {"event_log", "warehouse", "catalog"}
    assert set(answer.json["data"]["dependencies"].values()) == {"ok"}
