"""Who may do what: every route of the OpenAPI text with every kind of caller; web pages; foreign projects; secrets."""
import datetime
import json
import re
import subprocess
import time

import pytest

from support.openapi import Description
from support.project import Project
from support.server import BINARY, LISTENING, Server, environment, run

MANAGEMENT = "test-management-key-0123456789"
WRONG = "spk_0123456789abcdef0123456789abcdef0123456789abcdef"
ROUTES = sorted(Description().routes())
PUBLIC = {"/api/v1/health", "/-/live", "/-/ready", "/assets/{id}", "/api/v1/session"}
INGEST = {"/track", "/v1/events", "/api/v1/load"}
ADMIN = ("/api/v1/projects", "/api/v1/keys", "/api/v1/quarantine", "/api/v1/audit-entries", "/api/v1/experiments")
BODIES = {
    ("POST", "/track"): {"event": "e", "user_id": "u"}, ("POST", "/v1/events"): [{"event": "e", "user_id": "u"}],
    ("POST", "/api/v1/load"): '{"line":1,"event":{"event":"e","user_id":"u"}}',
    ("POST", "/api/v1/query/trends"): {"series": [{"event": "*"}]},
    ("POST", "/api/v1/query/funnel"): {"steps": [{"event": "*"}, {"event": "*"}]},
    ("POST", "/api/v1/query/retention"): {"start": {"event": "*"}, "return": {"event": "*"}},
    ("POST", "/api/v1/keys"): {"name": "made", "scopes": ["ingest"]}, ("PATCH", "/api/v1/projects/{id}"): {"name": "Changed"},
}


SAVED = ("/api/v1/annotations", "/api/v1/dashboards", "/api/v1/questions")


def scope_of(method, path):
    if path in PUBLIC or method == "OPTIONS":
        return None
    if path in INGEST:
        return "ingest"
    if path.startswith(SAVED):
        return "read" if method == "GET" else "admin"
    return "admin" if path.startswith(ADMIN) and not path.endswith("/assignment") else "read"


def make_key(server, project, scopes, **more):
    answer = server.post("/api/v1/keys", {"name": "test", "project": project, "scopes": scopes, **more},
                         headers={"X-Management-Key": server.settings["management_key"]} if server.settings.get("management_key") else {})
    assert answer.status == 201, answer
    return answer.json["data"]


class House:
    """A server with two projects and a key of each kind."""

    def __init__(self, server):
        self.server = server
        self.admin_headers = {"X-Management-Key": MANAGEMENT} if server.settings.get("management_key") else {}
        for id in ("home", "other"):
            assert server.post("/api/v1/projects", {"id": id}, headers=self.admin_headers).status == 201
        soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)).isoformat()
        self.made = {name: make_key(server, "home", [name]) for name in ("ingest", "read", "admin")}
        self.made["other"] = make_key(server, "other", ["admin"])
        self.made["revoked"] = make_key(server, "home", ["admin"])
        self.made["expired"] = make_key(server, "home", ["admin"], expires_at=soon)
        revoked = server.request("DELETE", f"/api/v1/keys/{self.made['revoked']['id']}", headers=self.admin_headers)
        assert revoked.status == 204, revoked
        time.sleep(1.1)
        self.secrets = {name: key["secret"] for name, key in self.made.items()} | {"wrong": WRONG, "management": MANAGEMENT}


CALLERS = ["none", "wrong", "ingest", "read", "admin", "other", "revoked", "expired", "management"]


@pytest.fixture(scope="module", params=[False, True], ids=["no management key", "a management key"])
def house(request):
    with Server(**({"management_key": MANAGEMENT} if request.param else {})) as server:
        yield House(server)
        server.stop()


def expected(house, caller, method, path):
    """The status that must come, or None for any that is neither 401 nor 403 (nor a failure)."""
    scope, has_management = scope_of(method, path), bool(house.admin_headers)
    if caller in ("wrong", "revoked", "expired") or (caller == "management" and not has_management):
        return 401
    if caller == "none":
        return 401 if has_management and scope else None
    if caller == "management":
        return None
    if scope and caller not in ("admin", "other") and caller != scope:
        return 403
    if caller == "other" and path == "/api/v1/projects/{id}":
        return 404  # home is none of its business
    return None


def call(house, method, path, headers, query=None):
    body = BODIES.get((method, path))
    if (method, path) == ("POST", "/api/v1/projects"):
        body = {"id": f"new-{time.monotonic_ns()}"}
    if method == "POST" and path == "/api/v1/load":
        query = {"file": "f", **(query or {})}
    url = path.replace("{id}", "home" if "projects" in path else "999999999")
    if path == "/api/v1/stream":  # has no end, so that only a refusal is read
        answer = house.server.request("HEAD", url, headers=headers, query=query)
        return answer if answer.status == 200 else house.server.request(method, url, headers=headers, query=query)
    return house.server.request(method, url, body, headers=headers, query=query)


def carriers(house, caller, path):
    """Every way in which this caller may show its key: (headers, query)."""
    if caller == "none":
        return [({}, None)]
    secret = house.secrets[caller]
    if caller == "management":
        return [({"X-Management-Key": secret}, None), ({"Authorization": f"Bearer {secret}"}, None)]
    ways = [({"X-API-Key": secret}, None), ({"Authorization": f"Bearer {secret}"}, None), ({"Authorization": f"bearer {secret}"}, None)]
    return ways + ([({}, {"api_key": secret})] if path in INGEST else [])


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("method, path", ROUTES, ids=[" ".join(route) for route in ROUTES])
def test_a_route_lets_in_whom_it_must_and_nobody_else(house, method, path, caller):
    if method == "OPTIONS" and caller != "none":
        return  # browsers never send a key with it
    for headers, query in carriers(house, caller, path):
        answer = call(house, method, path, headers, query)
        status = expected(house, caller, method, path)
        if status is None:
            assert answer.status not in (401, 403) and answer.status < 500, (headers, query, answer)
        else:
            assert answer.status == status, (headers, query, answer)
            assert answer.json["error"]["code"] == {401: "unauthorized", 403: "forbidden", 404: "not_found"}[status]


def test_every_route_is_in_the_matrix():
    assert {scope_of(*route) for route in ROUTES} == {None, "ingest", "read", "admin"}
    assert len(ROUTES) >= 24


def test_a_key_in_the_query_is_taken_on_ingest_paths_only(house):
    for caller in ("wrong", "read"):
        assert house.server.get("/metrics", query={"api_key": house.secrets[caller]}).status == 401


@pytest.mark.parametrize("headers, query", [
    ({"Authorization": "{secret}"}, None), ({"Authorization": "Basic dTpw"}, None), ({"Authorization": "Bearer "}, None),
    ({"X-API-Key": ""}, None), ({"X-Management-Key": ""}, None), ({}, {"api_key": ""})])
def test_what_came_as_a_key_and_is_none_is_a_wrong_one(house, headers, query):
    headers = {name: value.format(secret=house.secrets["ingest"]) for name, value in headers.items()}
    event = {"event": "x", "user_id": "u"}
    assert house.server.request("POST", "/track", event, headers=headers, query=query).status == 401
    assert house.server.request("GET", "/metrics", headers=headers, query=query).status == 401


@pytest.mark.parametrize("text", ["", "Bearer", "Bearer ", "Basic abc", "Bearer  x", "x", "Bearer " + "x" * 5000, "Bearer \xe9"])
def test_a_malformed_authorization_opens_nothing(house, text):
    answer = house.server.get("/api/v1/keys", headers={"Authorization": text})
    assert answer.status == 401 if house.admin_headers or text.startswith("Bearer x") or text.startswith("Bearer  x") else \
        answer.status in (200, 401), answer


def test_a_wrong_key_beside_a_right_one_opens_nothing(house):
    answer = house.server.get("/api/v1/keys", headers={"X-Management-Key": WRONG, "X-API-Key": house.secrets["admin"]})
    assert answer.status == 401, answer


def test_a_key_is_revoked_at_once(house):
    key = make_key(house.server, "home", ["ingest"])
    track = lambda: house.server.post("/track", {"event": "e", "user_id": "u"}, headers={"X-API-Key": key["secret"]})
    assert track().status == 202
    assert house.server.request("DELETE", f"/api/v1/keys/{key['id']}", headers=house.admin_headers).status == 204
    assert track().status == 401
    assert house.server.request("DELETE", f"/api/v1/keys/{key['id']}", headers=house.admin_headers).status in (404, 409)


# --- foreign projects ---------------------------------------------------------------------------------------------------


def test_a_foreign_project_is_404_as_one_that_is_not_there(house):
    headers = {"X-API-Key": house.secrets["admin"]}
    answers = []
    for project in ("other", "nobody"):
        more = {**headers, "X-Project": project}
        for method, path in ROUTES:
            if scope_of(method, path) and "{id}" not in path:
                answer = call(house, method, path, more)
                assert answer.status == 404, (method, path, project, answer)
                answers.append(re.sub(rf"{project}|[0-9a-f-]{{36}}", "", answer.json["error"]["message"]))
        assert house.server.get("/metrics", headers=headers, query={"project": project}).status == 404
        assert house.server.get(f"/api/v1/projects/{project}", headers=headers).status == 404
        assert house.server.request("PATCH", f"/api/v1/projects/{project}", {"name": "x"}, headers=headers).status == 404
        assert house.server.post("/api/v1/keys", {"name": "x", "project": project, "scopes": ["read"]}, headers=headers).status == 404
    assert len(set(answers)) == 1, "the words tell which projects there are"


def test_a_foreign_key_cannot_be_revoked_or_seen(house):
    headers = {"X-API-Key": house.secrets["admin"]}
    other = house.made["other"]["id"]
    assert house.server.request("DELETE", f"/api/v1/keys/{other}", headers=headers).status == 404
    listed = house.server.get("/api/v1/keys?limit=1000", headers=headers).json["data"]
    assert listed and {key["project"] for key in listed} == {"home"}
    assert [project["id"] for project in house.server.get("/api/v1/projects", headers=headers).json["data"]] == ["home"]


def test_no_answer_holds_anything_of_another_project(house):
    server = house.server
    for project in ("home", "other"):
        headers = {**house.admin_headers, "X-Project": project}
        position = server.post("/v1/events", [{"event": f"secret-of-{project}", "user_id": f"user-of-{project}"}, {"event": f"bad-of-{project}"}],
                               headers=headers).json["position"]
    headers = {"X-API-Key": house.secrets["admin"]}
    assert server.get("/metrics", headers=headers, query={"at_least": position}).status == 200
    for path in ("/metrics", "/api/v1/quarantine", "/api/v1/ledger", "/api/v1/keys", "/api/v1/projects"):
        body = server.get(path, headers=headers).body.decode()
        assert "of-other" not in body, path
    assert "secret-of-home" in server.get("/metrics", headers=headers).body.decode()
    foreign = server.get("/api/v1/quarantine", headers={**house.admin_headers, "X-Project": "other"}).json["data"][0]["id"]
    assert server.post(f"/api/v1/quarantine/{foreign}/replay", headers=headers).status == 404
    everything = server.post("/api/v1/query/trends", {"series": [{}], "breakdown": ["event_type"], "top": 100, "at_least": position}, headers=headers)
    assert "secret-of-home" in everything.body.decode() and "of-other" not in everything.body.decode()
    # Not even in a suggestion.
    unknown = server.post("/api/v1/query/trends", {"series": [{"event": "secret-of-othe"}], "at_least": position}, headers=headers)
    assert unknown.status == 400 and "secret-of-home" in unknown.json["error"]["message"] and "secret-of-other" not in str(unknown.json)


# --- web pages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host, status", [("localhost", 200), ("LOCALHOST", 200), ("127.0.0.1", 200), ("[::1]", 200), ("localhost:{port}", 200),
                                          ("127.0.0.1:{port}", 200), ("[::1]:{port}", 200), ("127.1.2.3", 200), ("evil.example", 403),
                                          ("evil.example:{port}", 403), ("localhost.evil.example", 403), ("127.0.0.1.evil.example", 403),
                                          ("127.evil.example", 403), ("192.168.0.1", 403), ("0.0.0.0", 403), ("[::2]", 403), ("localhost@evil.example", 403),
                                          ("evil.example@localhost", 403), ("", 403)])
@pytest.mark.parametrize("path", ["/metrics", "/track", "/-/live"])
def test_on_loopback_the_host_must_be_a_loopback_name(house, path, host, status):
    headers = {**house.admin_headers, "Host": host.format(port=house.server.port)}
    answer = house.server.post(path, {"event": "e", "user_id": "u"}, headers=headers) if path == "/track" else house.server.get(path, headers=headers)
    if host == "" and answer.status == 400:
        return
    assert answer.status == {200: 202 if path == "/track" else 200}.get(status, status), answer


@pytest.mark.parametrize("origin, status", [("http://{host}", 200), ("https://{host}", 200), ("http://evil.example", 403), ("null", 403),
                                            ("http://localhost:1", 403), ("http://localhost", 403), ("http://{host}.evil.example", 403),
                                            ("http://evil.example/?http://{host}", 403), ("file://", 403), ("http://user@{host}", 403)])
@pytest.mark.parametrize("path", ["/metrics", "/api/v1/keys", "/api/v1/query/trends"])
def test_on_loopback_other_pages_may_ask_nothing(house, path, origin, status):
    host = f"localhost:{house.server.port}"
    headers = {**house.admin_headers, "Host": host, "Origin": origin.format(host=host)}
    answer = house.server.post(path, {"series": [{"event": "*"}]}, headers=headers) if "query" in path else house.server.get(path, headers=headers)
    assert answer.status == status, answer
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_of_another_page_changes_nothing(house, content_type):
    headers = {**house.admin_headers, "Origin": "http://evil.example", "Content-Type": content_type}
    for path, body in (("/api/v1/projects", {"id": "by-form"}), ("/api/v1/keys", {"name": "x", "scopes": ["admin"]})):
        assert house.server.post(path, json.dumps(body), headers=headers).status == 403
    assert house.server.get("/api/v1/projects/by-form", headers=house.admin_headers).status == 404


@pytest.mark.parametrize("path", ["/track", "/v1/events"])
def test_any_page_may_send_events_without_credentials(house, path):
    for origin in ("https://shop.example", "null"):
        preflight = house.server.request("OPTIONS", path, headers={"Origin": origin, "Access-Control-Request-Method": "POST",
                                                                   "Access-Control-Request-Headers": "content-type,x-api-key"})
        assert preflight.status == 204 and preflight.body == b""
        assert preflight.headers["access-control-allow-origin"] == "*"
        assert "POST" in preflight.headers["access-control-allow-methods"]
        allowed = {name.strip().lower() for name in preflight.headers["access-control-allow-headers"].split(",")}
        assert {"content-type", "content-encoding", "x-api-key", "authorization"} <= allowed
        good = house.server.post(path, {"event": "e", "user_id": "u"}, headers={"Origin": origin, "X-API-Key": house.secrets["ingest"]})
        assert good.status == 202, good
        for answer in (preflight, good):
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("path", ["/track", "/v1/events"])
def test_a_page_can_read_why_its_events_were_refused(house, path):
    headers = {"Origin": "https://shop.example"}
    ingest = {**headers, "X-API-Key": house.secrets["ingest"]}
    refused = [house.server.post(path, {"event": "e"}, headers=ingest), house.server.post(path, "no json", headers=ingest),
               house.server.post(path, "x", headers={**ingest, "Content-Encoding": "br"}),
               house.server.post(path, "{}", headers={**headers, "X-API-Key": WRONG}),
               house.server.post(path, "{}", headers={**headers, "X-API-Key": house.secrets["read"]}),
               house.server.post(path, "{}", headers={**ingest, "X-Project": "other"})]
    assert [answer.status for answer in refused] == [400, 400, 415, 401, 403, 404]
    assert [answer.headers.get("access-control-allow-origin") for answer in refused] == ["*"] * 6


def test_cors_is_open_where_pages_send_events_and_nowhere_else(house):
    for method, path in ROUTES:
        if path in ("/track", "/v1/events"):
            continue
        answer = call(house, method, path, {**house.admin_headers, "Origin": "https://shop.example"})
        assert "access-control-allow-origin" not in answer.headers, (method, path)
        if path not in PUBLIC:
            assert answer.status == 403, (method, path, answer)


# --- secrets ------------------------------------------------------------------------------------------------------------


def test_a_secret_is_shown_once_and_kept_nowhere(house):
    server = house.server
    for name, secret in house.secrets.items():
        for path in ("/track", "/metrics", "/api/v1/keys", f"/nothing/{secret}", "/api/v1/audit-entries?limit=1000", "/api/v1/keys?limit=1000"):
            answer = server.get(path, headers={"X-API-Key": secret})
            assert secret.encode() not in answer.body or path.startswith("/nothing"), (name, path)
        server.post("/track?api_key=" + secret, "no json")
        server.post("/v1/events", b"\x00", headers={"X-API-Key": secret, "Content-Encoding": "gzip"})
    said = server.output()
    stored = b"".join(path.read_bytes() for path in server.data.rglob("*") if path.is_file())
    for name, secret in house.secrets.items():
        assert secret not in said, f"the log has the {name} key"
        assert secret.encode() not in stored, f"the data directory has the {name} key"
    token = (server.data / "spectrum.lock").read_text().split()[1]
    assert token not in said
    assert (server.data / "spectrum.lock").stat().st_mode & 0o077 == 0, "others can read the owner's token"


def test_every_change_leaves_an_audit_entry_without_secrets(house):
    before = house.server.get("/api/v1/audit-entries?limit=1", headers=house.admin_headers).json["data"][0]["id"]
    key = make_key(house.server, "home", ["read"])
    house.server.request("PATCH", "/api/v1/projects/home", {"name": "Home"}, headers=house.admin_headers)
    house.server.request("DELETE", f"/api/v1/keys/{key['id']}", headers=house.admin_headers)
    answer = house.server.get("/api/v1/audit-entries?limit=1000", headers=house.admin_headers)
    new = [entry for entry in answer.json["data"] if entry["id"] > before]
    assert [(entry["action"], entry["resource_id"]) for entry in reversed(new)] == \
        [("key.create", key["id"]), ("project.update", "home"), ("key.revoke", key["id"])]
    assert {entry["actor"] for entry in new} == {"management" if house.admin_headers else "loopback"}
    assert {entry["project"] for entry in new} == {"home"}
    assert key["secret"].encode() not in answer.body


def test_a_key_that_makes_a_project_stays_bound_to_its_own(house):
    server, own = house.server, {"X-API-Key": house.secrets["admin"]}
    id = f"made-{time.monotonic_ns()}"
    made = server.post("/api/v1/projects", {"id": id}, headers=own)
    assert (made.status, made.json["data"]["id"]) == (201, id), made
    assert server.post("/api/v1/projects", {"id": id}, headers=own).status == 409
    assert server.get(f"/api/v1/projects/{id}", headers=own).status == 404
    assert server.get("/metrics", headers=own, query={"project": id}).status == 404
    assert server.post("/api/v1/keys", {"name": "k", "project": id, "scopes": ["read"]}, headers=own).status == 404
    assert [project["id"] for project in server.get("/api/v1/projects", headers=own).json["data"]] == ["home"]
    entry = server.get("/api/v1/audit-entries?limit=1", headers=house.admin_headers).json["data"][0]
    assert (entry["project"], entry["action"], entry["actor"]) == (id, "project.create", house.made["admin"]["id"])


def test_the_key_of_a_project_sees_the_audit_of_that_project(house):
    server, key = house.server, {name: {"X-API-Key": house.secrets[name]} for name in ("admin", "other")}
    note = {"text": "a note", "at": "2026-03-02"}
    made = {name: server.post("/api/v1/annotations", note, headers=headers).json["data"]["id"] for name, headers in key.items()}

    def newest(headers, more=""):
        entry = server.get("/api/v1/audit-entries?limit=1" + more, headers=headers).json["data"][0]
        return entry["project"], entry["action"], entry["resource_id"], entry["actor"]

    for name, project in (("admin", "home"), ("other", "other")):
        assert newest(key[name]) == (project, "annotation.create", str(made[name]), house.made[name]["id"])
        answer = server.get("/api/v1/audit-entries?limit=1000", headers=key[name])
        assert {entry["project"] for entry in answer.json["data"]} == {project}
        assert {"project.create", "key.create"} <= {entry["action"] for entry in answer.json["data"]}
    assert newest(house.admin_headers, "&project=home")[0] == "other", "who manages all projects sees all, whatever the request's project"


def test_errors_tell_nothing_of_the_machine(house):
    for method, path in ROUTES:
        query = {"topics": "'\""} if path == "/api/v1/stream" else None
        answer = house.server.request(method, path.replace("{id}", "'\"%00"), b"\xff{", headers=house.admin_headers, query=query)
        assert answer.status < 500, (method, path, answer)
        for word in (str(house.server.data), "/src/", "SELECT", ".cc:", "duckdb", "sqlite"):
            assert word.lower() not in answer.body.decode(errors="replace").lower() or path == "/openapi.json", (path, word, answer)


# --- beyond loopback ----------------------------------------------------------------------------------------------------


def test_beyond_loopback_the_first_start_prints_a_key_once_and_every_call_needs_one(tmp_path):
    def serve(**settings):
        process = subprocess.Popen([str(BINARY), "serve", "--data", str(tmp_path / "data"), "--listen", "0.0.0.0:0"], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(**settings))
        lines = []
        for line in process.stdout:
            lines.append(line)
            if LISTENING.search(line):
                break
        said = "".join(lines)
        found = LISTENING.search(said)
        return process, said, int(found[3]) if found else None

    process, said, port = serve()
    try:
        key = re.search(r"shown this once: (\S+)", said)[1]
        server = Server(data=tmp_path / "unused")
        server.port = port
        assert server.get("/-/live").status == 200
        deadline = time.monotonic() + 30
        while server.get("/-/ready").status != 200 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert server.get("/-/ready").status == server.get("/api/v1/health").status == 200
        for method, path in ROUTES:
            if scope_of(method, path):
                assert server.request(method, path.replace("{id}", "1")).status == 401, (method, path)
        assert server.get("/api/v1/keys", headers={"X-Management-Key": key}).status == 200
        assert server.get("/metrics", headers={"X-Management-Key": key, "Host": "stats.example"}).status == 200
        server.close()
    finally:
        process.terminate()
        assert process.wait(15) == 0

    process, said, port = serve()
    try:
        assert key not in said and "shown this once" not in said
        server = Server(data=tmp_path / "unused")
        server.port = port
        assert server.get("/metrics").status == 401
        assert server.get("/metrics", headers={"X-Management-Key": key}).status == 200
        server.close()
    finally:
        process.terminate()
        assert process.wait(15) == 0

    process, said, port = serve(management_key="my own key")
    process.terminate()
    assert process.wait(15) == 0
    assert port and "my own key" not in said


def test_the_effective_configuration_does_not_show_the_management_key():
    done = run("config", management_key=MANAGEMENT)
    assert MANAGEMENT not in done.stdout + done.stderr
    assert "management-key" in done.stdout or "management_key" in done.stdout


# --- sessions of browsers --------------------------------------------------------------------------------------------

PAGE = {"X-Spectrum-Page": "1"}


def sign_in(server, key):
    answer = server.post("/api/v1/session", {"key": key})
    return answer, answer.headers.get("set-cookie", "").split(";")[0]


def test_a_session_stands_for_its_key_until_it_is_closed():
    with Server(management_key=MANAGEMENT) as server:
        assert server.get("/metrics", headers=PAGE).status == 401
        answer, cookie = sign_in(server, MANAGEMENT)
        assert answer.status == 201 and answer.json["data"] == {"project": "default"}
        assert "HttpOnly" in answer.headers["set-cookie"] and "SameSite=Strict" in answer.headers["set-cookie"]
        assert MANAGEMENT not in answer.headers["set-cookie"]
        assert server.get("/metrics", headers={"Cookie": f"theme=dark; {cookie}", **PAGE}).status == 200
        assert server.post("/api/v1/projects", {"id": "made"}, headers={"Cookie": cookie, **PAGE}).status == 201
        assert server.request("DELETE", "/api/v1/session", headers={"Cookie": cookie, **PAGE}).status == 204
        assert server.get("/metrics", headers={"Cookie": cookie, **PAGE}).status == 401


def test_a_cookie_alone_is_nobody():
    with Server(management_key=MANAGEMENT) as server:
        _, cookie = sign_in(server, MANAGEMENT)
        assert server.get("/metrics", headers={"Cookie": cookie}).status == 401
        assert server.post("/track", {"event": "e", "user_id": "u"}, headers={"Cookie": cookie, **PAGE}).status == 401
        assert server.get("/metrics", headers={"Cookie": "spectrum_session=0123", **PAGE}).status == 401


def test_only_keys_that_may_read_sign_in():
    with Server(management_key=MANAGEMENT) as server:
        assert sign_in(server, make_key(server, "default", ["read"])["secret"])[0].status == 201
        assert sign_in(server, make_key(server, "default", ["ingest"])["secret"])[0].status == 401


def test_a_session_ends_with_its_key():
    with Server(management_key=MANAGEMENT) as server:
        key = make_key(server, "default", ["read"])
        _, cookie = sign_in(server, key["secret"])
        assert server.get("/metrics", headers={"Cookie": cookie, **PAGE}).status == 200
        server.request("DELETE", f"/api/v1/keys/{key['id']}", headers={"X-Management-Key": MANAGEMENT})
        assert server.get("/metrics", headers={"Cookie": cookie, **PAGE}).status == 401


def test_guessing_keys_is_slow():
    with Server(management_key=MANAGEMENT) as server:
        statuses = [sign_in(server, f"guess-{n}")[0].status for n in range(12)]
        assert statuses == [401] * 10 + [429] * 2
        assert sign_in(server, MANAGEMENT)[0].status == 429
