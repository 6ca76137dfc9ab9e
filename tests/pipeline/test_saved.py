"""Saved questions, dashboards and annotations: the same for each kind."""
import pytest

from support.openapi import Description
from support.project import Project
from support.server import Server

KINDS = {
    "questions": ({"name": "Orders", "page": "trends", "search": "e=purchase"}, {"name": "Orders by day", "page": "trends", "search": ""}),
    "dashboards": ({"name": "Monday", "panels": [3, {"question": 1, "width": 12, "height": 3, "range": "7d"}]}, {"name": "Monday", "panels": []}),
    "annotations": ({"text": "Released", "at": "2026-03-02"}, {"text": "Released again", "at": "2026-03-02T10:00:00+01:00"}),
}
DESCRIPTION = Description()


class Shelf:
    """One kind of saved things of a project."""

    def __init__(self, project, kind):
        self.server, self.headers, self.path = project.server, {"X-Project": project.id}, f"/api/v1/{kind}"

    def call(self, method, id=None, body=None, version=None, **query):
        path = self.path + (f"/{id}" if id is not None else "")
        headers = {**self.headers, **({"If-Match": f'"{version}"'} if version is not None else {})}
        answer = self.server.request(method, path, body, headers=headers, query=query)
        assert DESCRIPTION.problems(method, path, answer.status, answer.headers.get("content-type"), answer.body) == []
        return answer


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def shelf(project, kind):
    return Shelf(project, kind)


def without_book_keeping(item):
    return {name: value for name, value in item.items() if name not in ("id", "version", "created_at", "updated_at", "updated_by")}


def test_is_saved_read_replaced_and_deleted(shelf, kind):
    first, second = KINDS[kind]
    made = shelf.call("POST", body=first)
    assert made.status == 201 and made.headers["etag"] == '"1"'
    item = made.json["data"]
    assert without_book_keeping(item) == first and item["version"] == 1 and item["updated_by"] == "loopback"
    assert shelf.call("GET", item["id"]).json["data"] == item
    replaced = shelf.call("PUT", item["id"], second, 1)
    assert replaced.status == 200 and replaced.headers["etag"] == '"2"'
    assert without_book_keeping(replaced.json["data"]) == second
    assert shelf.call("GET").json["data"] == [replaced.json["data"]]
    assert shelf.call("DELETE", item["id"], version=2).status == 204
    assert shelf.call("GET", item["id"]).status == 404
    assert shelf.call("DELETE", item["id"], version=2).status == 404
    assert shelf.call("GET").json["data"] == []


def test_nobody_s_change_is_lost(shelf, kind):
    first, second = KINDS[kind]
    id = shelf.call("POST", body=first).json["data"]["id"]
    theirs = shelf.call("PUT", id, second, 1).json["data"]
    for method, body in (("PUT", first), ("DELETE", None)):
        late = shelf.call(method, id, body, 1)
        assert late.status == 412 and late.json["error"]["code"] == "precondition_failed", late
        assert late.json["data"] == theirs and late.headers["etag"] == '"2"'
        blind = shelf.call(method, id, body)
        assert blind.status == 428 and blind.json["error"]["code"] == "precondition_required", blind
    for tag in ("x", "*", '"', '""', '"1', 'W/"2"', '"2"x'):
        answer = shelf.server.request("PUT", f"{shelf.path}/{id}", first, headers={**shelf.headers, "If-Match": tag})
        assert answer.status == 428, (tag, answer)
    assert shelf.call("GET", id).json["data"] == theirs


def test_pages_of_a_list(shelf, kind):
    ids = [shelf.call("POST", body=KINDS[kind][0]).json["data"]["id"] for _ in range(5)]
    seen, cursor = [], None
    while True:
        page = shelf.call("GET", limit=2, **({"cursor": cursor} if cursor else {})).json
        seen += [item["id"] for item in page["data"]]
        cursor = page["meta"]["next_cursor"]
        if cursor is None:
            break
    assert seen == ids


def test_another_project_sees_nothing(server, shelf, kind):
    id = shelf.call("POST", body=KINDS[kind][0]).json["data"]["id"]
    other = Shelf(Project(server), kind)
    assert other.call("GET").json["data"] == []
    for method, body in (("GET", None), ("PUT", KINDS[kind][0]), ("DELETE", None)):
        assert other.call(method, id, body, 1).status == 404


def test_changes_are_in_the_audit(shelf, kind):
    id = shelf.call("POST", body=KINDS[kind][0]).json["data"]["id"]
    shelf.call("PUT", id, KINDS[kind][1], 1)
    shelf.call("DELETE", id, version=2)
    entries = shelf.server.get("/api/v1/audit-entries?limit=3").json["data"]
    name = kind.removesuffix("s")
    assert [(entry["action"], entry["resource_id"]) for entry in entries] == [(f"{name}.{change}", str(id)) for change in ("delete", "update", "create")]
    assert entries[1]["metadata"] == KINDS[kind][1]


@pytest.mark.parametrize("kind, change, pointer", [
    ("questions", {"name": ""}, "/name"), ("questions", {"name": "x" * 256}, "/name"), ("questions", {"name": 1}, "/name"),
    ("questions", {"name": None}, "/name"), ("questions", {"page": ""}, "/page"), ("questions", {"search": None}, "/search"),
    ("questions", {"search": "x" * 16385}, "/search"), ("questions", {"nam": "x"}, "/nam"),
    ("dashboards", {"name": ""}, "/name"), ("dashboards", {"panels": None}, "/panels"), ("dashboards", {"panels": [1, "2"]}, "/panels/1"),
    ("dashboards", {"panels": [{}]}, "/panels/0/question"), ("dashboards", {"panels": [{"question": "1"}]}, "/panels/0/question"),
    ("dashboards", {"panels": [{"question": 1, "width": 0}]}, "/panels/0/width"), ("dashboards", {"panels": [{"question": 1, "height": 13}]}, "/panels/0/height"),
    ("dashboards", {"panels": [{"question": 1, "range": ""}]}, "/panels/0/range"), ("dashboards", {"panels": [{"question": 1, "x": 1}]}, "/panels/0/x"),
    ("dashboards", {"panels": list(range(51))}, "/panels"), ("dashboards", {"at": "2026-03-02"}, "/at"),
    ("annotations", {"text": ""}, "/text"), ("annotations", {"text": "x" * 1001}, "/text"), ("annotations", {"at": "yesterday"}, "/at"),
    ("annotations", {"at": "2026-02-30"}, "/at"), ("annotations", {"at": "2026-03-02T10:00:00"}, "/at"), ("annotations", {"at": 5}, "/at"),
])
def test_what_makes_no_sense_is_refused(project, kind, change, pointer):
    shelf = Shelf(project, kind)
    answer = shelf.call("POST", body={**KINDS[kind][0], **change})
    assert answer.status == 400 and answer.json["error"]["pointer"] == pointer, answer
    for body in ("", "[]", "{", '"x"'):
        assert shelf.call("POST", body=body).status == 400
    for id in ("0", "-1", "x", "1.0", "99999999999999999999"):
        assert shelf.call("GET", id).status == 404


def test_there_is_an_end_to_it(shelf, kind):
    connection = shelf.server.connect()
    for _ in range(1000):
        assert shelf.server.request("POST", shelf.path, KINDS[kind][0], headers=shelf.headers, connection=connection).status == 201
    full = shelf.call("POST", body=KINDS[kind][0])
    assert full.status == 400 and "1000" in full.json["error"]["message"], full


def test_survives_a_kill(kind):
    with Server() as server:
        project = Project(server, "shop")
        shelf = Shelf(project, kind)
        item = shelf.call("POST", body=KINDS[kind][0]).json["data"]
        server.kill()
        server.start()
        assert shelf.call("GET", item["id"]).json["data"] == item
