"""POST /api/v1/sql: what it answers, what it refuses, and that nothing it is asked can hurt the server."""
import http.client
import json
import os
import pathlib
import threading
import time

import pytest

from support.project import Project
from support.server import Server

COUNT = "SELECT count(*) FROM fact_events"


@pytest.fixture(scope="module")
def server():
    with Server("--sql-time", "60s", "--sql-memory", "256MiB") as server:
        yield server


@pytest.fixture(scope="module")
def hasty():
    """A server whose queries have so little time that each slow one meets that limit, on any machine."""
    with Server("--sql-time", "2s") as server:
        yield server


@pytest.fixture(scope="module")
def project(server):
    project = Project(server)
    project.send([{"event": "purchase", "user_id": f"u-{n % 3}", "session_id": f"s-{n % 4}", "amount_minor": 100 + n, "currency": "EUR", "value": n / 2,
                   "product": {"sku": "p-1", "category": "toys"}, "properties": {"plan": "pro", "n": n}, "timestamp": f"2026-03-01T10:00:{n:02d}Z"}
                  for n in range(10)])
    return project


def ask(project, sql, **more):
    return project.post("/api/v1/sql", {"sql": sql, "at_least": project.position, **more})


def rows(project, sql, **more):
    answer = ask(project, sql, **more)
    assert answer.status == 200, answer
    return answer.json["data"]["rows"]


def refusal(project, sql, **more):
    answer = ask(project, sql, **more)
    assert answer.status == 400, answer
    assert answer.json["error"]["pointer"] == "/sql"
    return answer.json["error"]["message"]


def workers(server):
    """The processes that the server started and that are not ended."""
    children = pathlib.Path(f"/proc/{server.pid}/task").glob("*/children")
    return [pid for file in children for pid in file.read_text().split()]


def test_it_sees_what_was_just_accepted(project):
    for n in range(3):
        project.track({"event": "late", "user_id": "u"})
        assert rows(project, "SELECT count(*) FROM fact_events WHERE event_type = 'late'") == [[n + 1]]


def test_types_are_json_types_and_large_integers_text(project):
    answer = ask(project, "SELECT 1 AS one, 9007199254740993 AS big, 0.5::DOUBLE AS half, 12.50::DECIMAL(9,2) AS price, true AS yes, NULL AS nothing, "
                          "'text' AS text, DATE '2026-03-01' AS day, TIMESTAMP '2026-03-01 10:00:00.5' AS at, [1, 2] AS list, "
                          "sum(2) AS total, 170141183460469231731687303715884105727 AS huge")
    data = answer.json["data"]
    assert [column["name"] for column in data["columns"]][:3] == ["one", "big", "half"]
    assert [column["type"] for column in data["columns"]] == ["INTEGER", "BIGINT", "DOUBLE", "DECIMAL", "BOOLEAN", "INTEGER", "VARCHAR", "DATE", "TIMESTAMP", "LIST",
                                                              "HUGEINT", "HUGEINT"]
    assert data["rows"] == [[1, "9007199254740993", 0.5, 12.5, True, None, "text", "2026-03-01", "2026-03-01T10:00:00.500Z", "[1, 2]", 2,
                             "170141183460469231731687303715884105727"]]


def test_parameters_are_values_not_text(project):
    assert rows(project, "SELECT $1 + 1, $2, $3, $4", parameters=[41, "'; DROP TABLE x", None, True]) == [[42, "'; DROP TABLE x", None, True]]
    assert ask(project, "SELECT $1", parameters=[[1]]).json["error"]["pointer"] == "/parameters/0"


def test_the_tables_join_and_hold_json(project):
    assert rows(project, "SELECT u.user_uuid, p.category, count(*) AS n, max(CAST(e.properties ->> 'n' AS INTEGER)) FROM fact_events e "
                         "JOIN dim_users u USING (user_id) JOIN dim_products p USING (product_id) JOIN dim_sessions s USING (session_id) "
                         "JOIN dim_time t USING (time_id) GROUP BY ALL ORDER BY 1") == [["u-0", "toys", 4, 9], ["u-1", "toys", 3, 7], ["u-2", "toys", 3, 8]]


def test_information_schema_lists_the_tables(project):
    assert rows(project, "SELECT table_name FROM information_schema.tables ORDER BY 1") == [["dim_products"], ["dim_sessions"], ["dim_time"], ["dim_users"], ["fact_events"]]


def test_a_limit_cuts_and_says_so(project):
    data = ask(project, "SELECT seq FROM fact_events ORDER BY seq", limit=4).json["data"]
    assert (len(data["rows"]), data["truncated"]) == (4, True)
    assert ask(project, "SELECT 1", limit=4).json["data"]["truncated"] is False
    for limit in (0, 10_001, "4"):
        assert ask(project, "SELECT 1", limit=limit).json["error"]["pointer"] == "/limit"


def test_another_projects_rows_are_not_there(server, project):
    other = Project(server)
    other.track({"event": "secret", "user_id": "somebody", "product": {"sku": "hidden"}, "session_id": "theirs"})
    assert rows(other, "SELECT event_type FROM fact_events") == [["secret"]]
    for table, column in [("fact_events", "event_type"), ("dim_users", "user_uuid"), ("dim_products", "sku"), ("dim_sessions", "session_uuid")]:
        found = {row[0] for row in rows(project, f"SELECT {column} FROM {table}")}
        assert not found & {"secret", "somebody", "hidden", "theirs"}


@pytest.mark.parametrize("sql, place", [
    ("SELECT nope FROM fact_events", "line 1, column 8: "), ("SELECT 1,\n  nope\nFROM fact_events", "line 2, column 3: "), ("SELECT * FRM x", "line 1, column 14: "),
    ("SELECT 1 +", "line 1, column "), ("SELECT count(*)\nFROM events", "line 2, column 6: "), ("SELECT CAST(event_type AS INTEGER) FROM fact_events", "line 1, column 8: ")])
def test_an_error_has_line_and_column(project, sql, place):
    assert refusal(project, sql).startswith(place)


@pytest.mark.parametrize("sql", [
    "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'", "SELECT * FROM read_text('/etc/hostname')", "SELECT * FROM glob('/*')",
    "COPY fact_events TO '/tmp/stolen.csv'", "COPY (SELECT 1) TO '/tmp/stolen.csv'", "ATTACH '/tmp/other.db'", "ATTACH ':memory:' AS m", "PRAGMA database_list",
    "SET memory_limit = '100GB'", "SET GLOBAL threads = 64", "RESET memory_limit", "INSTALL httpfs", "LOAD httpfs", "CREATE TABLE t AS SELECT 1",
    "DROP VIEW fact_events", "INSERT INTO fact_events SELECT * FROM fact_events", "DELETE FROM dim_users", "SELECT * FROM duckdb_settings()",
    "SELECT * FROM pragma_database_list()", "CALL dbgen(sf = 100)", "EXPORT DATABASE '/tmp/all'", "SELECT getenv('HOME')", "SELECT 1; DROP VIEW fact_events",
    "SELECT * FROM query('SELECT 1')", "SELECT * FROM ledger", ""])
def test_nothing_but_reading_the_tables_is_possible(server, project, sql):
    assert ask(project, sql).status == 400
    assert rows(project, COUNT)[0][0] >= 10


SLOW = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3"


def refused_while_events_come(server, project, sql):
    """What a query was told, and that the server took events meanwhile and has no worker left."""
    answers = []
    asking = threading.Thread(target=lambda: answers.append(refusal(project, sql)))
    asking.start()
    while asking.is_alive():
        assert project.track({"event": "meanwhile", "user_id": "u"}).status == 202
        time.sleep(0.05)
    asking.join()
    deadline = time.monotonic() + 10
    while workers(server) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert workers(server) == []
    return answers[0]


@pytest.mark.skipif("SPECTRUM_TEST_PATIENCE" in os.environ, reason="a sanitizer's memory cannot be limited")
@pytest.mark.parametrize("sql", [
    "SELECT length(repeat('x', 4000000000))",
    "SELECT sum(length(a.s || b.s)) FROM (SELECT repeat('x', 50000000) || i AS s FROM range(50) t(i)) a, (SELECT repeat('y', 50000000) || i AS s FROM range(50) t(i)) b",
    "SELECT list(i) FROM range(1000000000) t(i)"])
def test_a_query_that_needs_too_much_memory_meets_the_limit(server, project, sql):
    told = refused_while_events_come(server, project, sql)
    assert "memory" in told and "limit" in told


def test_a_query_whose_answer_is_too_large_meets_the_limit(server, project):
    told = refused_while_events_come(server, project, "SELECT repeat('x', 30000) FROM range(3000)")
    assert "the answer is larger than 64 MiB" in told and "limit" in told


@pytest.mark.parametrize("sql", ["WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t", SLOW])
def test_a_query_that_takes_too_long_meets_the_limit(hasty, sql):
    told = refused_while_events_come(hasty, Project(hasty), sql)
    assert "2 s" in told and "limit" in told


def test_too_many_at_once_are_told_to_wait(hasty):
    project = Project(hasty)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(ask(project, SLOW))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    busy = [answer for answer in answers if answer.status == 503]
    assert sorted(answer.status for answer in answers) == [400, 400, 503, 503]
    assert all(answer.headers["retry-after"] for answer in busy)


def test_a_client_that_hangs_up_ends_its_query(server, project):
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("POST", "/api/v1/sql", json.dumps({"sql": SLOW}),
                       {"X-Project": project.id})
    deadline = time.monotonic() + 30
    while not workers(server) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert workers(server)
    connection.close()
    deadline = time.monotonic() + 30
    while workers(server) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert workers(server) == []


def test_an_empty_project_has_empty_tables(server):
    empty = Project(server)
    for table in ("fact_events", "dim_users", "dim_products", "dim_sessions"):
        assert rows(empty, f"SELECT count(*) FROM {table}") == [[0]]


def test_a_server_without_any_event_has_the_tables():
    with Server() as fresh:
        answer = fresh.post("/api/v1/sql", {"sql": "SELECT count(*), max(occurred_at), max(properties ->> 'a') FROM fact_events"})
        assert answer.json["data"]["rows"] == [[0, None, None]]


def test_no_link_stays_behind(server, project):
    rows(project, COUNT)
    assert list((pathlib.Path(server.data) / "sql").glob("*")) == []
