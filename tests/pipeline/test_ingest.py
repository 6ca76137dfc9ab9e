"""Events in: every form a body may have, every limit, every reason to reject; what is stored is what was sent."""
import datetime
import gzip
import json
import re
import shutil
import subprocess
import time

import pytest

from support.project import Project
from support.server import Server, run

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
GOOD = {"event": "good", "user_id": "u-1"}


def event(**fields):
    return {**GOOD, **fields}


def zstd(data):
    if not shutil.which("zstd"):
        pytest.skip("the tool zstd is not installed")
    return subprocess.run(["zstd", "-qc"], input=data, capture_output=True, check=True, timeout=60).stdout


def rejection(answer):
    """(code, pointer) of a refused single event."""
    error = answer.json["error"]
    return error["code"], error.get("pointer")


def nested(levels, kind=list):
    """A JSON value of so many levels."""
    return "[" * levels + "]" * levels if kind is list else '{"a":' * levels + "1" + "}" * levels


# --- how much a project may send ---------------------------------------------------------------------------------------

def test_beyond_the_rate_limit_nothing_is_taken_and_it_is_said_when_to_come_again():
    with Server("--rate-limit", 50) as server:
        project = Project(server, "default")
        assert server.post("/v1/events", [event(event_id=f"e-{i}") for i in range(200)]).status == 202
        refused = server.post("/v1/events", [event(), event(), event()])
        assert refused.status == 429 and refused.json["error"]["code"] == "rate_limited", refused
        assert "50 events a second" in refused.json["error"]["message"]
        wait = int(refused.headers["retry-after"])
        assert refused.headers["access-control-expose-headers"] == "Retry-After"
        assert 1 <= wait <= 3
        assert server.post("/track", event()).status == 429
        time.sleep(wait)
        again = server.post("/track", event(event_id="e-0")).json
        assert again["status"] == "duplicate"
        project.position = again["position"]
        assert project.ledger() == {"received": 201, "stored": 200, "duplicate": 1, "quarantined": 0, "limited": 4, "erased": 0}
        metrics = server.get("/-/metrics").body.decode()
        assert "spectrum_ingest_events_limited_total 4" in metrics


def test_sample_data_waits_for_the_rate_limit_and_loads_do_not_meet_it(tmp_path):
    with Server("--rate-limit", 6000) as server:
        project = Project(server, "default")
        run("demo", "--events", 12000, "--to", server.url)
        (tmp_path / "rows.csv").write_text("event,user_id\n" + "".join(f"load,u-{n}\n" for n in range(20000)))
        limited = project.ledger()["limited"]
        assert limited >= 2000
        run("load", tmp_path / "rows.csv", data=server.data)
        ledger = project.ledger()
        assert ledger["stored"] == 32000 and ledger["limited"] == limited, ledger


# --- forms of a body ---------------------------------------------------------------------------------------------------


def test_the_quick_start_line_is_accepted(project):
    answer = project.track('{"event":"page_view","user_id":"u-001"}', headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 202, answer
    assert answer.json.keys() == {"status", "event_id", "position"}
    assert answer.json["status"] == "accepted"
    assert UUID7.fullmatch(answer.json["event_id"])
    assert project.counts() == {"page_view": 1}


@pytest.mark.parametrize("content_type", ["text/plain", "application/json; charset=utf-8", "multipart/form-data", "nonsense"])
def test_track_takes_one_event_whatever_the_content_type(project, content_type):
    assert project.track(json.dumps(GOOD), headers={"Content-Type": content_type}).status == 202
    assert project.count() == 1


def test_track_needs_no_content_type(project):
    connection = project.server.connect()
    connection.putrequest("POST", "/track", skip_accept_encoding=True)
    body = json.dumps(GOOD).encode()
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    assert connection.getresponse().status == 202
    connection.close()


def test_an_object_is_one_event(project):
    answer = project.send(event(event_id="one"))
    assert answer.status == 202 and answer.json == {"status": "accepted", "event_id": "one", "position": answer.json["position"]}


@pytest.mark.parametrize("wrap", [lambda events: events, lambda events: {"events": events}], ids=["array", "events"])
def test_a_list_is_several_events(project, wrap):
    answer = project.send(wrap([event(event_id="a"), event(event_id="b")]))
    assert answer.status == 202, answer
    assert answer.json == {"accepted": 2, "duplicates": 0, "rejected": [], "position": answer.json["position"]}
    assert project.count() == 2


@pytest.mark.parametrize("wrap", [lambda events: events, lambda events: {"events": events}], ids=["array", "events"])
def test_an_empty_list_is_accepted(project, wrap):
    answer = project.send(wrap([]))
    assert answer.status == 202, answer
    assert (answer.json["accepted"], answer.json["duplicates"], answer.json["rejected"]) == (0, 0, [])


@pytest.mark.parametrize("text", ["{}\n{}", "{}\n{}\n", "{}\r\n{}\r\n", "\n\n{}\n\n\n{}\n\n", "  {}  \n\t{}"],
                         ids=["plain", "ends with a newline", "CRLF", "blank lines", "white space around"])
def test_ndjson_is_one_event_a_line(project, text):
    answer = project.send_lines(text.format(json.dumps(event(event_id="a")), json.dumps(event(event_id="b"))))
    assert answer.status == 202, answer
    assert (answer.json["accepted"], answer.json["rejected"]) == (2, [])


def test_ndjson_counts_as_several_even_with_one_line(project):
    answer = project.send_lines([json.dumps(event(event_id="a"))])
    assert answer.json["accepted"] == 1 and "status" not in answer.json


@pytest.mark.parametrize("encoding, pack", [("gzip", gzip.compress), ("zstd", zstd)], ids=["gzip", "zstd"])
def test_packed_bodies_are_unpacked(project, encoding, pack):
    events = [event(event_id=f"e-{n}") for n in range(100)]
    one = project.send(pack(json.dumps(events).encode()), headers={"Content-Encoding": encoding})
    assert one.status == 202 and one.json["accepted"] == 100, one
    lines = project.send_lines(pack("\n".join(json.dumps(e) for e in events).encode()), headers={"Content-Encoding": encoding})
    assert lines.status == 202 and lines.json["duplicates"] == 100, lines
    assert project.count() == 100


@pytest.mark.parametrize("encoding, pack", [("Identity", bytes), ("GZIP", gzip.compress)], ids=["Identity", "GZIP"])
def test_names_of_encodings_have_no_case(project, encoding, pack):
    answer = project.send(pack(json.dumps([event()]).encode()), headers={"Content-Encoding": encoding})
    assert answer.status == 202 and answer.json["accepted"] == 1, answer


@pytest.mark.parametrize("type", ["application/x-ndjson ;charset=utf-8", "Application/X-NDJSON; charset=utf-8", "application/x-ndjson\t"])
def test_ndjson_is_known_by_its_media_type_alone(project, type):
    answer = project.send("\n".join([json.dumps(event())] * 2), headers={"Content-Type": type})
    assert answer.status == 202 and answer.json["accepted"] == 2, answer


def test_packed_requests_beyond_what_may_wait_are_refused_and_count_as_one_each():
    body = gzip.compress(json.dumps(event()).encode() + b"\n" * (4 << 20), 1)
    with Server() as server:
        project = Project(server, "default")
        connections = [server.connect(timeout=300) for _ in range(500)]
        for connection in connections:
            connection.request("POST", "/v1/events", body, {"Content-Encoding": "gzip", "Content-Type": "application/x-ndjson"})
        answers = [connection.getresponse() for connection in connections]
        refused = [answer for answer in answers if answer.status == 503]
        assert refused and all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
        taken = [json.load(answer) for answer in answers if answer.status == 202]
        assert len(taken) + len(refused) == len(answers)
        project.position = max(answer["position"] for answer in taken)
        ledger = project.ledger()
        assert ledger["stored"] == len(taken) and ledger["limited"] == len(refused), ledger


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd, gzip"])
def test_an_unknown_encoding_is_415(project, encoding):
    answer = project.send(gzip.compress(json.dumps([GOOD]).encode()), headers={"Content-Encoding": encoding})
    assert answer.status == 415 and answer.json["error"]["code"] == "unsupported_encoding", answer
    assert project.ledger()["received"] == 0


@pytest.mark.parametrize("body", [b"", b"\x1f\x8b", b"no gzip at all", gzip.compress(b"[]" * 100)[:-9], gzip.compress(b"[]") + b"tail"],
                         ids=["empty", "two bytes", "text", "cut short", "something behind"])
def test_a_damaged_gzip_is_400_and_nothing_is_taken(project, body):
    assert project.send(body, headers={"Content-Encoding": "gzip"}).status == 400
    assert project.ledger()["received"] == 0


# --- names and values of fields -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["event_type", "event", "name", "eventType"])
def test_the_event_type_has_these_names(project, name):
    assert project.track({name: "kind", "user_id": "u"}).status == 202
    assert project.counts() == {"kind": 1}


@pytest.mark.parametrize("name", ["timestamp", "occurred_at", "time", "occurredAt"])
def test_the_time_has_these_names(project, name):
    assert project.track(event(**{name: "2020-02-29T10:00:00Z"})).status == 202
    assert project.data("/metrics", **{"from": "2020-02-29", "to": "2020-02-29"})["total_events"] == 1


@pytest.mark.parametrize("sent, column, value", [
    ({"user_id": "u-7"}, "user_id", "u-7"), ({"userId": "u-7"}, "user_id", "u-7"),
    ({"session_id": "s-7"}, "session_id", "s-7"), ({"sessionId": "s-7"}, "session_id", "s-7"),
    ({"source": "web"}, "source", "web"), ({"entity_id": "e-7"}, "entity_id", "e-7"), ({"entityId": "e-7"}, "entity_id", "e-7"),
    ({"experiment_id": "x-7"}, "experiment_id", "x-7"), ({"experimentId": "x-7"}, "experiment_id", "x-7"),
    ({"variant": "B"}, "variant", "B"), ({"status": "failed"}, "status", "failed"),
    ({"product_id": "sku-7"}, "product.sku", "sku-7"), ({"productId": "sku-7"}, "product.sku", "sku-7"),
    ({"product": {"sku": "sku-7"}}, "product.sku", "sku-7"), ({"product": {"sku": "s", "name": "Tea"}}, "product.name", "Tea"),
    ({"product": {"sku": "s", "category": "drinks"}}, "product.category", "drinks"),
    ({"user": {"segment": "vip"}}, "user.segment", "vip"),
    ({"amount_minor": 5, "currency": "EUR"}, "currency", "EUR"), ({"amountMinor": 5, "currency": "EUR"}, "currency", "EUR"),
    ({"session_id": "s", "context": {"page": "/cart"}}, "session.entry_page", "/cart"),
], ids=lambda value: json.dumps(value) if isinstance(value, dict) else "")
def test_a_field_becomes_its_column(project, sent, column, value):
    names = {"event": "good", "anonymous_id": "a"} | sent
    assert project.track(names).status == 202
    assert project.count(where={column: value}) == 1


def test_camel_case_is_answered_with_event_id_in_camel_case_too(project):
    answer = project.track({"eventId": "c-1", "eventType": "x", "userId": "u"})
    assert answer.json["event_id"] == answer.json["eventId"] == "c-1"


def test_an_amount_without_currency_has_the_projects(server):
    project = Project(server, currency="EUR")
    assert project.track(event(amount_minor=100)).status == 202
    assert project.count(currency="EUR") == 1


def test_unknown_fields_are_kept_under_properties(project):
    assert project.track(event(plan="pro", score=2.0, beta=True, properties={"color": "red"}, more={"deep": "x"})).status == 202
    for name, value in {"plan": "pro", "properties.plan": "pro", "score": "2", "beta": "true", "color": "red"}.items():
        assert project.count(where={name: value}) == 1, name


def test_a_user_and_a_visitor_of_the_same_text_are_two(project):
    project.send([{"event": "x", "user_id": "same"}, {"event": "x", "anonymous_id": "same"}])
    assert project.count(measure="unique_users") == 2


def test_the_user_id_goes_before_the_anonymous_id(project):
    project.send([{"event": "x", "user_id": "u", "anonymous_id": "a"}, {"event": "x", "user_id": "u", "anonymous_id": "b"}])
    assert project.count(measure="unique_users") == 1


OPTIONAL = ["event_id", "timestamp", "session_id", "value", "amount_minor", "currency", "product", "product_id", "experiment_id",
            "variant", "source", "entity_id", "status", "properties", "context", "user"]


@pytest.mark.parametrize("nothing", [None, ""], ids=["null", "empty text"])
@pytest.mark.parametrize("field", [*OPTIONAL, "anonymous_id"])
def test_empty_text_and_null_are_as_good_as_absent(project, field, nothing):
    answer = project.track(event(**{field: nothing}))
    assert answer.status == 202, answer
    assert project.count() == 1


@pytest.mark.parametrize("nothing", [None, ""], ids=["null", "empty text"])
@pytest.mark.parametrize("empty, given, column, value", [
    ("event_type", "event", "event_type", "y"), ("event_type", "name", "event_type", "y"), ("event", "name", "event_type", "y"),
    ("user_id", "anonymous_id", "anonymous_id", "y"), ("userId", "user_id", "user_id", "y"),
])
def test_an_empty_name_does_not_hide_another_name_of_its_field(project, empty, given, column, value, nothing):
    fields = {"event": "good", "user_id": "u-1"}
    fields = {name: text for name, text in fields.items() if name not in ("event",) or "event_type" not in (column,)}
    answer = project.track(fields | {empty: nothing, given: value})
    assert answer.status == 202, answer
    assert project.count(where={column: value}) == 1


# --- identity -----------------------------------------------------------------------------------------------------------


def test_ids_that_the_server_makes_are_told_one_for_each_event(project):
    answer = project.send([event(event_id="mine"), GOOD, {"event": "no user"}, GOOD])
    first, second, third, fourth = answer.json["event_ids"]
    assert first == "mine" and third is None
    assert UUID7.fullmatch(second) and UUID7.fullmatch(fourth) and second != fourth


def test_ids_are_not_told_when_the_server_made_none(project):
    assert "event_ids" not in project.send([event(event_id="a"), event(event_id="b")]).json


def test_any_text_may_be_an_id(project):
    ids = ["evt_123", "1", " ", "é", "😀", "a/b", "%00", "ABC", "abc", "1f0c3d5e-1111-4222-8333-444455556666", "x" * 128, '"', "\\", "\t"]
    answer = project.send([event(event_id=id) for id in ids])
    assert answer.json["accepted"] == len(ids), answer
    again = project.send([event(event_id=id) for id in ids])
    assert again.json["duplicates"] == len(ids), again
    assert project.count() == len(ids)


def test_ids_that_differ_in_case_only_are_two_ids(project):
    lower = "1f0c3d5e-aaaa-4bbb-8ccc-ddddeeeeffff"
    assert project.send([event(event_id=lower), event(event_id=lower.upper())]).json["accepted"] == 2
    assert project.count() == 2


def test_the_first_of_two_events_with_one_id_stays(project):
    first = project.track({"event": "first", "user_id": "u", "event_id": "same"})
    second = project.track({"event": "second", "user_id": "u", "event_id": "same"})
    assert second.json["status"] == "duplicate" and second.json["event_id"] == "same"
    assert second.json["position"] >= first.json["position"]
    assert project.counts() == {"first": 1}


def test_duplicates_within_a_request_are_stored_once(project):
    answer = project.send([{"event": f"n{n}", "user_id": "u", "event_id": f"id-{n % 3}"} for n in range(9)])
    assert (answer.json["accepted"], answer.json["duplicates"]) == (3, 6)
    assert project.counts() == {"n0": 1, "n1": 1, "n2": 1}
    assert project.ledger() == {"received": 9, "stored": 3, "duplicate": 6, "quarantined": 0, "limited": 0, "erased": 0}


def test_one_id_in_two_projects_is_two_events(server):
    one, other = Project(server), Project(server)
    assert one.track(event(event_id="shared")).json["status"] == "accepted"
    assert other.track(event(event_id="shared")).json["status"] == "accepted"


def test_a_rejected_event_does_not_use_up_its_id(project):
    assert project.track({"event": "x", "event_id": "later"}).status == 400
    assert project.track(event(event_id="later")).json["status"] == "accepted"


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_duplicates_are_known_across_restarts(end):
    with Server() as server:
        project = Project(server, "default")
        ids = [f"id-{n}" for n in range(50)] + ["0192e6f0-0000-7000-8000-000000000001"]
        assert project.send([event(event_id=id) for id in ids]).json["accepted"] == len(ids)
        getattr(server, end)()
        server.start()
        answer = project.send([event(event_id=id) for id in [*ids, "new"]])
        assert (answer.json["accepted"], answer.json["duplicates"]) == (1, len(ids))
        assert project.count() == len(ids) + 1
        server.stop()


# --- positions ----------------------------------------------------------------------------------------------------------


def test_you_read_your_own_write(project):
    for n in range(1, 51):
        assert project.track(GOOD).status == 202
        assert project.count() == n


def test_positions_grow_with_every_event(project):
    positions = [project.track(GOOD).json["position"] for _ in range(20)]
    assert positions == sorted(set(positions))


@pytest.mark.parametrize("name", ["at_least", "as_of"])
def test_a_position_beyond_the_newest_is_503_at_once_and_says_which_that_is(project, name):
    newest = project.track(GOOD).json["position"]
    begin = time.monotonic()
    answer = project.server.get(f"/metrics?{name}={newest + 1}")
    assert answer.status == 503 and answer.headers["retry-after"] and answer.json["error"]["code"] == "service_unavailable"
    assert answer.json["error"]["message"] == f"position {newest + 1} is beyond the newest, which is {newest}"
    assert time.monotonic() - begin < 2


def test_the_position_of_a_duplicate_includes_the_first_one(project):
    project.track(event(event_id="d"))
    position = project.track(event(event_id="d")).json["position"]
    project.position = position
    assert project.count() == 1


# --- time ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent, minute", [
    ("2026-03-02T09:15:00Z", "2026-03-02T09:15:00+00:00"), ("2026-03-02T09:15:59.999999Z", "2026-03-02T09:15:00+00:00"),
    ("2026-03-02t09:15:00z", "2026-03-02T09:15:00+00:00"), ("2026-03-02T09:15:00+01:00", "2026-03-02T08:15:00+00:00"),
    ("2026-03-02T09:15:00-11:30", "2026-03-02T20:45:00+00:00"), ("2026-03-02T09:15:00.123456789Z", "2026-03-02T09:15:00+00:00"),
    ("2024-02-29T23:59:59+14:00", "2024-02-29T09:59:00+00:00"), ("1969-12-31T23:59:59Z", "1969-12-31T23:59:00+00:00"),
    (1772442900, "2026-03-02T09:15:00+00:00"), (1772442900.5, "2026-03-02T09:15:00+00:00"), (1772442900000, "2026-03-02T09:15:00+00:00"),
    (1772442900000000, "2026-03-02T09:15:00+00:00"), (0, "1970-01-01T00:00:00+00:00"), (60, "1970-01-01T00:01:00+00:00"),
    (99999999999e-1, "2286-11-20T17:46:00+00:00"), (100000000000, "1973-03-03T09:46:00+00:00"),
    (-60, "1969-12-31T23:59:00+00:00"),
], ids=str)
def test_a_time_lands_in_its_minute(project, sent, minute):
    answer = project.track(event(timestamp=sent))
    if datetime.datetime.fromisoformat(minute) > datetime.datetime.now(datetime.timezone.utc):
        assert rejection(answer) == ("invalid_timestamp", "/timestamp")
        return
    assert answer.status == 202, answer
    begin = datetime.datetime.fromisoformat(minute)
    answer = project.trends(**{"from": minute, "to": (begin + datetime.timedelta(minutes=1)).isoformat()}, interval="minute",
                            series=[{"event": "*"}])
    assert answer.status == 200, answer
    assert (answer.json["data"]["buckets"], answer.json["data"]["series"][0]["values"]) == ([minute], [1])


@pytest.mark.parametrize("sent", ["yesterday", "2026-03-02", "2026-03-02T09:15:00", "2026-13-02T09:15:00Z", "2026-02-30T09:15:00Z",
                                  "2026-03-02T25:00:00Z", "2026-03-02T09:61:00Z", "2026-03-02T09:15:00+25:00", "09:15:00Z",
                                  "2026-03-02T09:15:00Z and more", " 2026-03-02T09:15:00Z", "1772442900", 1e300, -1e300, 9e15 * 100])
def test_a_time_that_cannot_be_read_is_rejected(project, sent):
    assert rejection(project.track(event(timestamp=sent))) == ("invalid_timestamp", "/timestamp")


@pytest.mark.parametrize("name", ["timestamp", "occurred_at", "time"])
def test_a_time_more_than_a_day_ahead_is_rejected(project, name):
    now = time.time()
    assert project.track(event(**{name: now + 23.9 * 3600})).status == 202
    assert rejection(project.track(event(**{name: now + 24.1 * 3600}))) == ("invalid_timestamp", f"/{name}")


def test_without_a_limit_any_age_is_taken(project):
    assert project.track(event(timestamp="1970-01-01T00:00:00Z")).status == 202


def test_older_events_than_the_project_takes_are_rejected(server):
    project = Project(server, max_event_age="48h")
    now = time.time()
    assert project.track(event(timestamp=now - 47.9 * 3600)).status == 202
    assert rejection(project.track(event(timestamp=now - 48.1 * 3600))) == ("invalid_timestamp", "/timestamp")


def test_without_a_time_the_event_has_that_of_its_receipt(project):
    before = datetime.datetime.now(datetime.timezone.utc)
    project.track(GOOD)
    bounds = {"from": (before - datetime.timedelta(seconds=1)).isoformat(),
              "to": (before + datetime.timedelta(seconds=30)).isoformat(), "interval": "minute"}
    assert project.trends(**bounds, series=[{"event": "*"}]).json["data"]["series"][0]["total"] == 1


# --- limits -------------------------------------------------------------------------------------------------------------


TEXTS = {"event_type": 200, "user_id": 255, "anonymous_id": 255, "event_id": 128, "session_id": 255, "source": 255, "variant": 255,
         "entity_id": 255, "experiment_id": 255, "product_id": 255}


@pytest.mark.parametrize("letter", ["x", "é", "\u0001"], ids=["one byte", "two bytes", "escaped"])
@pytest.mark.parametrize("field, limit", TEXTS.items())
def test_a_text_may_have_as_many_bytes_as_its_limit_says(project, field, limit, letter):
    size = len(letter.encode())
    fields = {"event_type": "good", "user_id": "u-1"}
    longest = letter * (limit // size)
    assert project.track(fields | {field: longest}).status == 202
    assert rejection(project.track(fields | {field: longest + letter})) == ("too_long", f"/{field}")


@pytest.mark.parametrize("field, inner", [("product", "sku"), ("product", "name"), ("product", "category"), ("user", "segment")])
def test_an_inner_text_has_a_limit_too(project, field, inner):
    assert project.track(event(**{field: {inner: "x" * 255}})).status == 202
    assert rejection(project.track(event(**{field: {inner: "x" * 256}}))) == ("too_long", f"/{field}/{inner}")


def sized_event(bytes):
    frame = json.dumps(event(filler=""))
    return frame[:-2] + "x" * (bytes - len(frame)) + frame[-2:]


@pytest.mark.parametrize("wrap", ["%s", "[%s]", '{"events":[%s]}'], ids=["object", "array", "events"])
def test_an_event_may_have_256_kib(project, wrap):
    assert project.send(wrap % sized_event(256 * 1024)).status == 202
    assert project.count() == 1
    answer = project.send(wrap % sized_event(256 * 1024 + 1))
    code = answer.json["error"]["code"] if wrap == "%s" else answer.json["rejected"][0]["code"]
    assert code == "too_large", answer
    assert project.count() == 1


@pytest.mark.parametrize("kind", [list, dict])
@pytest.mark.parametrize("place, outer", [('"properties":{"p":%s}', 2), ('"context":{"p":%s}', 2), ('"user":{"traits":{"p":%s}}', 3),
                                          ('"extra":%s', 1), ('"product":{"p":%s}', 2), ('"user":{"p":%s}', 2)],
                         ids=["properties", "context", "traits", "unknown field", "product", "user"])
def test_an_event_may_have_32_levels(project, place, outer, kind):
    def text(levels):
        return '{"event":"good","user_id":"u",' + place % nested(levels - outer, kind) + "}"
    assert project.track(text(32)).status == 202
    assert rejection(project.track(text(33)))[0] == "too_deep"


@pytest.mark.parametrize("levels", [100, 10_000, 1_000_000])
def test_very_deep_bodies_are_refused_and_the_server_lives(project, levels):
    for body in ("[" * levels, nested(levels), '{"a":' * levels, '{"event":"e","user_id":"u","x":' + nested(levels) + "}"):
        assert project.send(body).status in (400, 202)
    assert project.count("good") == 0


def test_10000_events_are_taken_and_one_more_is_413(project):
    events = [event(event_id=f"e-{n}") for n in range(10_000)]
    for body in ([*events, GOOD], {"events": [*events, GOOD]}):
        answer = project.send(body)
        assert answer.status == 413 and answer.json["error"]["code"] == "too_large", answer
    assert project.send_lines([json.dumps(e) for e in [*events, GOOD]]).status == 413
    assert project.ledger()["received"] == 0
    answer = project.send(events)
    assert answer.status == 202 and answer.json["accepted"] == 10_000, str(answer)[:500]
    assert project.count() == 10_000


def big_body(bytes):
    """A list of events that has exactly so many bytes."""
    pieces, left = [], bytes - 2
    while left > 200_000 + 1:
        pieces.append(sized_event(190_000 - 1))
        left -= 190_000
    pieces.append(sized_event(left))
    body = "[" + ",".join(pieces) + "]"
    assert len(body) == bytes
    return body.encode()


def test_a_body_may_have_20_mib_and_one_byte_more_is_413(project):
    assert project.send(big_body(20 << 20)).status == 202
    taken = project.ledger()["received"]
    answer = project.send(big_body((20 << 20) + 1))
    assert answer.status == 413 and answer.json["error"]["code"] == "too_large"
    packed = project.send(gzip.compress(big_body((20 << 20) + 1), 1), headers={"Content-Encoding": "gzip"})
    assert packed.status == 413 and packed.json["error"]["code"] == "too_large"
    assert project.ledger()["received"] == taken
    packed = project.send(gzip.compress(big_body(20 << 20), 1), headers={"Content-Encoding": "gzip"})
    assert packed.status == 202


# --- rejected events ----------------------------------------------------------------------------------------------------


REJECTED = [
    ("no event type", {"user_id": "u"}, "missing_field", "/event_type"),
    ("an empty event type", {"event": "", "user_id": "u"}, "missing_field", None),
    ("no user", {"event": "e"}, "missing_field", "/user_id"),
    ("an empty user", {"event": "e", "user_id": "", "anonymous_id": None}, "missing_field", "/user_id"),
    ("an empty object", {}, "missing_field", "/event_type"),
    ("a number as event type", {"event": 5, "user_id": "u"}, "invalid_type", "/event"),
    ("a number as user", {"event": "e", "user_id": 5}, "invalid_type", "/user_id"),
    ("a list as user", {"event": "e", "user_id": ["u"]}, "invalid_type", "/user_id"),
    ("an object as id", event(event_id={}), "invalid_type", "/event_id"),
    ("a boolean as session", event(session_id=True), "invalid_type", "/session_id"),
    ("a text as value", event(value="5"), "invalid_type", "/value"),
    ("a fraction as amount", event(amount_minor=1.5), "invalid_type", "/amount_minor"),
    ("a text as amount", event(amount_minor="5"), "invalid_type", "/amount_minor"),
    ("a list as properties", event(properties=[]), "invalid_type", "/properties"),
    ("a text as properties", event(properties="x"), "invalid_type", "/properties"),
    ("a list as context", event(context=[1]), "invalid_type", "/context"),
    ("a text as product", event(product="x"), "invalid_type", "/product"),
    ("a number as sku", event(product={"sku": 5}), "invalid_type", "/product/sku"),
    ("a text as price", event(product={"price_usd": "5"}), "invalid_type", "/product/price_usd"),
    ("a text as user object", event(user="x"), "invalid_type", "/user"),
    ("a number as segment", event(user={"segment": 5}), "invalid_type", "/user/segment"),
    ("a list as traits", event(user={"traits": []}), "invalid_type", "/user/traits"),
    ("a boolean as time", event(timestamp=True), "invalid_type", "/timestamp"),
    ("an object as time", event(time={}), "invalid_type", "/time"),
    ("an unknown status", event(status="maybe"), "invalid_value", "/status"),
    ("a status in capitals", event(status="SUCCESS"), "invalid_value", "/status"),
    ("a currency that is none", event(amount_minor=1, currency="EURO"), "invalid_value", "/currency"),
    ("a currency with digits", event(amount_minor=1, currency="E2R"), "invalid_value", "/currency"),
    ("a time that is none", event(timestamp="soon"), "invalid_timestamp", "/timestamp"),
    ("a time that is none, by its other name", event(occurred_at="soon"), "invalid_timestamp", "/occurred_at"),
    ("a long event type", {"event": "x" * 201, "user_id": "u"}, "too_long", "/event"),
    ("U+0000 in a user", {"event": "e", "user_id": "a\u0000b"}, "invalid_value", "/user_id"),
    ("U+0000 in an id", event(event_id="\u0000"), "invalid_value", "/event_id"),
    ("U+0000 in a property", event(properties={"a": "\u0000"}), "invalid_value", "/properties"),
    ("U+0000 in a property's name", event(properties={"\u0000": 1}), "invalid_value", "/properties"),
]
# What no JSON library of a client would send.
REJECTED_TEXTS = [
    ("half of a surrogate pair in a user", r'{"event":"e","user_id":"\ud800"}', "invalid_value", "/user_id"),
    ("the other half", r'{"event":"e","user_id":"\udc00x"}', "invalid_value", "/user_id"),
    ("two first halves", r'{"event":"e","user_id":"\ud800\ud800"}', "invalid_value", "/user_id"),
    ("half a pair in a property", r'{"event":"e","user_id":"u","properties":{"a":"\udfff"}}', "invalid_value", "/properties"),
    ("a value of 1e999", '{"event":"e","user_id":"u","value":1e999}', "invalid_value", "/value"),
    ("a value of -1e999", '{"event":"e","user_id":"u","value":-1e999}', "invalid_value", "/value"),
    ("a time of 1e999", '{"event":"e","user_id":"u","timestamp":1e999}', None, "/timestamp"),
    ("an amount of 2^63", '{"event":"e","user_id":"u","amount_minor":9223372036854775808}', None, "/amount_minor"),
    ("an amount of thirty digits", '{"event":"e","user_id":"u","amount_minor":%s}' % ("9" * 30), None, "/amount_minor"),
    ("a user given twice", '{"event":"e","user_id":"u","user_id":"v"}', "invalid_value", "/user_id"),
    ("an event in an event", '{"event":"e","user_id":"u","events":[{"event":"e","user_id":"u"}]}', None, None),
]
ALL_REJECTED = [(name, json.dumps(value), code, pointer) for name, value, code, pointer in REJECTED] + \
    [row for row in REJECTED_TEXTS if row[0] != "an event in an event"]


@pytest.mark.parametrize("text, code, pointer", [row[1:] for row in ALL_REJECTED], ids=[row[0] for row in ALL_REJECTED])
def test_an_event_that_breaks_a_rule_is_rejected_with_code_and_pointer(project, text, code, pointer):
    answer = project.track(text)
    assert answer.status == 400, answer
    got_code, got_pointer = rejection(answer)
    assert code is None or got_code == code, answer
    assert pointer is None or got_pointer == pointer, answer
    (item,) = wait_for_quarantine(project, 1)
    assert (item["code"], item["pointer"], item["payload"], item["source"]) == (got_code, got_pointer, text, "http")
    assert project.ledger() == {"received": 1, "stored": 0, "duplicate": 0, "quarantined": 1, "limited": 0, "erased": 0}


def wait_for_quarantine(project, items):
    """A refused single event has no position to wait for, so this looks until so many are counted."""
    deadline = time.monotonic() + 10
    while project.ledger()["quarantined"] < items and time.monotonic() < deadline:
        time.sleep(0.02)
    return project.quarantine()


@pytest.mark.parametrize("framing", ["array", "events", "ndjson"])
def test_one_bad_event_never_fails_its_neighbours(project, framing):
    for number, (name, bad, code, _) in enumerate(ALL_REJECTED):
        texts = [json.dumps(event(event_id=f"before-{number}")), bad, json.dumps(event(event_id=f"after-{number}"))]
        if framing == "ndjson":
            answer = project.send_lines(texts)
        else:
            answer = project.send(("[%s]" if framing == "array" else '{"events":[%s]}') % ",".join(texts))
        assert answer.status == 202, f"{name}: {answer}"
        assert answer.json["accepted"] == 2, f"{name}: {answer}"
        assert [item["index"] for item in answer.json["rejected"]] == [1], f"{name}: {answer}"
        assert code is None or answer.json["rejected"][0]["code"] == code, f"{name}: {answer}"
    assert project.count("good") == 2 * len(ALL_REJECTED)
    items = wait_for_quarantine(project, len(ALL_REJECTED))
    assert [item["payload"] for item in reversed(items)] == [text for _, text, _, _ in ALL_REJECTED]
    ledger = project.ledger()
    assert (ledger["stored"], ledger["quarantined"]) == (2 * len(ALL_REJECTED), len(ALL_REJECTED))


@pytest.mark.parametrize("element", ["5", "null", "true", '"text"', "[]", "[{}]", "1.5e3"])
def test_an_element_that_is_no_object_is_rejected_alone(project, element):
    answer = project.send(f"[{json.dumps(GOOD)},{element},{json.dumps(GOOD)}]")
    assert answer.status == 202 and answer.json["accepted"] == 2, answer
    assert [(item["index"], item["code"]) for item in answer.json["rejected"]] == [(1, "invalid_type")]


@pytest.mark.parametrize("line", [b"{", b"no json", b'{"event":"e","user_id":"u"} more', b'{"event":"e",}', b"{'event':'e'}",
                                  b'{"event":"e","user_id":"u","value":NaN}', b'{"event":"e","user_id":"u","value":Infinity}',
                                  b'{"event":"e","user_id":"\xff\xfe"}', b'{"event":"e","user_id":"\xc0\x80"}',
                                  b'{"event":"e","user_id":"\xed\xa0\x80"}', b'{"event":"e","user_id":"a\x00b"}',
                                  b'{"event":"e","user_id":"\x01"}', b'{"event":"e","user_id":"u","value":01}',
                                  b'{"event":"e","user_id":"u","value":.5}', b'{"event":"e","user_id":"u","value":+1}',
                                  b'{"event":"e","user_id":"u","properties":{"a":tru}}', b'{"event":"e","user_id":"\\x"}'])
def test_a_line_that_is_no_json_is_rejected_alone(project, line):
    good = json.dumps(GOOD).encode()
    answer = project.send_lines(b"\n".join([good, line, good]))
    assert answer.status == 202 and answer.json["accepted"] == 2, answer
    assert [item["index"] for item in answer.json["rejected"]] == [1], answer
    assert answer.json["rejected"][0]["code"] in ("invalid_json", "invalid_value"), answer
    (item,) = wait_for_quarantine(project, 1)
    assert item["payload"] == line.decode(errors="replace") or not line.isascii()


@pytest.mark.parametrize("body", ["", " ", "nonsense", "5", '"text"', "null", "true", "{", "[", "[}", '{"event":"e","user_id":"u"', "[]]",
                                  '[] []', '[{"event":"e","user_id":"u"}] tail', '{"events":[{"event":"e","user_id":"u"}]} tail',
                                  '{"events":[{"event":"e","user_id":"u"}],}', '{"events":[{"event":"e","user_id":"u"}],"more":NaN}',
                                  '{"event":"e","user_id":"u"}}', '{"event":"e","user_id":"u"} {"event":"e","user_id":"u"}',
                                  '[{"event":"e","user_id":"u"}', '[{"event":"e","user_id":"u"},]', '{"event":"e","user_id":"u","v":NaN}',
                                  b'{"event":"e","user_id":"\xff"}', b'[{"event":"e","user_id":"u"},{"event":"\xc0\x80","user_id":"u"}]'])
def test_a_body_that_is_no_json_is_400_and_not_kept(project, body):
    answer = project.send(body)
    assert answer.status == 400 and answer.json["error"]["code"] == "invalid_json", answer
    assert project.ledger()["received"] == 0
    assert project.quarantine() == []


def test_every_beginning_of_an_event_is_400(project):
    text = json.dumps(event(event_id="cut", timestamp="2026-03-02T09:15:00Z", properties={"a": [1, {"b": "\u00e9"}]}, value=2.5))
    connection = project.server.connect()
    for end in range(1, len(text)):
        answer = project.send(text[:end], connection=connection)
        assert answer.status == 400 and answer.json["error"]["code"] == "invalid_json", f"{text[:end]}: {answer}"
    assert project.send(text, connection=connection).status == 202
    connection.close()
    assert project.ledger()["received"] == 1


# --- odd but valid ------------------------------------------------------------------------------------------------------


def among_neighbours(number):
    return '[%s,{"event":"e","user_id":"u","properties":{"n":%s}},%s]' % (json.dumps(GOOD), number, json.dumps(GOOD))


@pytest.mark.parametrize("number", ["0", "-0", "1e308", "-1e308", "5e-324", "-9223372036854775808", "18446744073709551615",
                                    "0." + "3" * 400, "12345678901234567890.5"])
def test_any_number_of_64_bits_may_be_a_property(project, number):
    answer = project.send(among_neighbours(number))
    assert answer.status == 202 and answer.json["accepted"] == 3, answer
    assert project.count() == 3


@pytest.mark.parametrize("number", ["18446744073709551616", "123456789012345678901234567890", "1" + "0" * 300, "1e309", "-1e99999"])
def test_a_larger_number_is_kept_or_rejected_alone(project, number):
    answer = project.send(among_neighbours(number))
    assert answer.status == 202 and answer.json["accepted"] + len(answer.json["rejected"]) == 3, answer
    assert all((item["index"], item["code"]) == (1, "invalid_value") for item in answer.json["rejected"]), answer
    assert project.count("good") == 2


@pytest.mark.parametrize("text", ["é", "日本語", "😀", "\u2028", "\ufeff", "\u007f", "a\tb\nc", "<script>", "'; DROP TABLE fact_events; --",
                                  "{}", "%s%n", "\\u0000", "\ufffd", "e\u0301"])
def test_any_text_may_be_a_value(project, text):
    assert project.track({"event": text, "user_id": text, "source": text, "properties": {"p": text}}).status == 202
    assert project.counts() == {text: 1}
    assert project.count(text, source=text, user_id=text, p=text) == 1


def test_escaped_names_are_the_same_names(project):
    assert project.track(r'{"\u0065vent":"e","us\u0065r_id":"u"}').status == 202
    assert project.counts() == {"e": 1}


def test_a_property_given_twice_is_one_event(project):
    answer = project.track('{"event":"e","user_id":"u","plan":"a","plan":"b","properties":{"x":1,"x":2}}')
    assert answer.status in (202, 400), answer
    assert project.ledger()["received"] == 1


def test_an_event_with_100000_keys_is_answered(project):
    body = '{"event":"e","user_id":"u","properties":{%s}}' % ",".join(f'"{n:x}":1' for n in range(20_000))
    begin = time.monotonic()
    assert project.track(body).status in (202, 400)
    assert time.monotonic() - begin < 2


def test_a_project_that_is_not_there_is_404(server):
    assert server.post("/track", GOOD, headers={"X-Project": "nobody"}).status == 404
    assert server.post("/track?project=nobody", GOOD).status == 404
