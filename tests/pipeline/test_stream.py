"""GET /api/v1/stream: what is received, told to those who listen; sampled, resumed, bounded."""
import json
import os
import threading
import time

import pytest

from support.project import Project, patiently
from support.raw_http import RawConnection
from support.server import Server

SLOWNESS = float(os.environ.get("SPECTRUM_TEST_PATIENCE", 1))  # sanitizers also take more memory
PATIENCE = 30 * SLOWNESS


class Listener:
    """A client of the stream that reads messages one by one: dicts of `id`, `event`, `data`; comments as `comment`."""

    def __init__(self, project, headers=None, server=None, **query):
        server = server or project.server
        self.connection = server.connect(timeout=PATIENCE)
        named = {"X-Project": project.id} if project else {}
        text = "&".join(f"{name}={value}" for name, value in query.items())
        self.connection.request("GET", f"/api/v1/stream?{text}", headers={**named, **(headers or {})})
        self.answer = self.connection.getresponse()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.answer.close()
        self.connection.close()

    def message(self):
        """The next one; None when the server has ended the stream."""
        found = {}
        while line := self.answer.readline().decode():
            if line == "\n":
                if found:
                    return found
                continue
            name, _, value = line.rstrip("\n").partition(": ")
            found[name or "comment"] = json.loads(value) if name == "data" else value
        return None

    def next(self, event):
        """The next one of a kind; AssertionError when none comes."""
        deadline = time.monotonic() + PATIENCE
        while (message := self.message()) and time.monotonic() < deadline:
            if message.get("event") == event:
                return message
        raise AssertionError(f"no message {event} came")

    def listening(self):
        """Waits until it is listened to."""
        while "comment" not in (message := self.message()):
            pass
        return int(message["id"])


def test_events_come_as_the_list_has_them(project):
    with Listener(project, topics="events") as listener:
        assert listener.answer.status == 200
        assert listener.answer.getheader("Content-Type") == "text/event-stream"
        assert listener.answer.getheader("Cache-Control") == "no-store"
        listener.listening()
        project.send([{"event": "purchase", "user_id": "u-1", "amount_minor": 1999, "currency": "EUR", "session_id": "s",
                       "product": {"sku": "a-1", "name": "Lamp", "category": "home", "price_usd": 9.5}, "value": 1.5,
                       "source": "web", "status": "success", "entity_id": "e", "properties": {"plan": "pro", "text": "a\nb"}},
                      {"event": "page_view", "anonymous_id": "a-1", "context": {"ip": "::1"}}])
        told = [listener.next("event") for _ in range(2)]
    listed = patiently(lambda: project.post("/api/v1/query/events", {"at_least": project.position})).json["data"]
    assert [message["data"] for message in told] == sorted(listed, key=lambda event: event["position"])
    assert [int(message["id"]) for message in told] == [message["data"]["position"] for message in told]


def test_a_line_break_in_a_body_breaks_no_message(project):
    with Listener(project, topics="events") as listener:
        listener.listening()
        project.post("/track", '{"event":"e","user_id":"u","properties":{\r\n"a":\n1}}')
        assert listener.next("event")["data"]["properties"] == {"a": 1}


def test_other_projects_and_other_events_are_not_told(server, project):
    other = Project(server)
    with Listener(project, topics="events", event="wanted", user_id="me") as listener:
        listener.listening()
        other.track({"event": "wanted", "user_id": "me"})
        project.track({"event": "unwanted", "user_id": "me"})
        project.track({"event": "wanted", "user_id": "somebody else"})
        project.track({"event": "wanted", "anonymous_id": "me"})
        project.track({"event": "wanted", "user_id": "me", "event_id": "last"})
        assert listener.next("event")["data"]["user"] == {"id": "me", "anonymous": True}
        assert listener.next("event")["data"]["event_id"] == "last"


def test_rates_count_what_is_stored_known_and_rejected(project):
    with Listener(project, topics="rates") as listener:
        listener.listening()
        project.send([{"event": "e", "user_id": "u", "event_id": "1"}, {"event": "e", "user_id": "u", "event_id": "2"}, {"event": "e"}])
        project.send([{"event": "e", "user_id": "u", "event_id": "1"}])
        sums = dict.fromkeys(("stored", "duplicate", "quarantined"), 0)
        deadline = time.monotonic() + PATIENCE
        while sums != {"stored": 2, "duplicate": 1, "quarantined": 1}:
            assert time.monotonic() < deadline, sums
            rate = listener.next("rate")["data"]
            assert rate["seconds"] >= 1
            for name in sums:
                sums[name] += rate[name]


def test_health_is_told_at_once(project):
    with Listener(project, topics="health") as listener:
        assert listener.next("health")["data"]["status"] == "ok"


def test_a_silent_stream_is_kept_alive(project):
    with Listener(project, topics="events") as listener:
        position = listener.listening()
        begin = time.monotonic()
        message = listener.message()
        assert message == {"comment": "still here", "id": str(position)}
        assert 14 < time.monotonic() - begin < PATIENCE


@pytest.mark.parametrize("as_header", [True, False])
def test_resumes_behind_the_id(project, as_header):
    with Listener(project, topics="events") as listener:
        listener.listening()
        project.track({"event": "before", "user_id": "u"})
        last = listener.next("event")["id"]
    for i in range(200):
        project.track({"event": "missed", "user_id": "u", "properties": {"i": i}})
    more = {"headers": {"Last-Event-ID": last}} if as_header else {"last_event_id": last}
    with Listener(project, topics="events", **more) as listener:
        missed = [listener.next("event")["data"] for _ in range(200)]
        assert [event["properties"]["i"] for event in missed] == list(range(200)), "all of them, and in order"
        listener.listening()
        project.track({"event": "after", "user_id": "u"})
        assert listener.next("event")["data"]["event_type"] == "after"


def test_what_is_not_held_any_more_is_said(project):
    first = project.track({"event": "first", "user_id": "u"}).json["position"]
    for _ in range(3):
        project.send([{"event": "e", "user_id": "u"}] * 4000)
    project.track({"event": "last", "user_id": "u"})
    with Listener(project, topics="events", last_event_id=first) as listener:
        gap = listener.message() and listener.next("gap")["data"]
        assert gap["from"] == first + 1
        events = []
        while not events or events[-1]["event_type"] != "last":
            events.append(listener.next("event")["data"])
        assert events[0]["position"] > gap["until"] >= project.position - 10_000
        assert len(events) <= 1000


def test_an_id_of_the_future_begins_with_the_newest(project):
    with Listener(project, topics="events", last_event_id=10**12) as listener:
        listener.listening()
        project.track({"event": "e", "user_id": "u"})
        assert listener.next("event")["data"]["event_type"] == "e"


def test_a_restart_of_the_server_loses_nothing():
    with Server() as server:
        project = Project(server, "shop")
        with Listener(project, topics="events") as listener:
            listener.listening()
            project.track({"event": "before", "user_id": "u"})
            last = listener.next("event")["id"]
            server.kill()
        server.start()
        project.track({"event": "after", "user_id": "u"})
        with Listener(project, topics="events", last_event_id=last) as listener:
            assert listener.next("event")["data"]["event_type"] == "after"


def test_many_events_are_sampled_and_it_says_so(project):
    stop = threading.Event()

    def send():
        while not stop.is_set():
            project.send([{"event": "e", "user_id": f"u-{i}"} for i in range(100)])
            time.sleep(0.1)

    sender = threading.Thread(target=send)
    with Listener(project) as listener:
        listener.listening()
        sender.start()
        try:
            told, samples = 0, []
            deadline = time.monotonic() + PATIENCE
            while len(samples) < 4:
                assert time.monotonic() < deadline, samples
                message = listener.message()
                told += message.get("event") == "event"
                if message.get("event") == "sample":
                    samples.append(message["data"])
        finally:
            stop.set()
            sender.join()
        assert all(sample["shown"] <= 50 for sample in samples)
        assert samples[-1]["seen"] > samples[-1]["shown"]
        assert sum(sample["shown"] for sample in samples) <= told
        while (sample := listener.next("sample")["data"])["seen"] != sample["shown"]:
            pass  # and when everything is shown again


def memory_of(server):
    with open(f"/proc/{server.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_a_client_that_reads_nothing_costs_little_and_holds_up_nobody():
    with Server() as server:
        project = Project(server, "shop")
        large = [{"event": "e", "user_id": "u", "properties": {"text": "x" * 15_000}}] * 50
        project.send(large)
        before = memory_of(server)
        stuck = [Listener(project, topics="events") for _ in range(20)]
        with Listener(project, topics="events") as reader:
            reader.listening()
            for _ in range(60):
                project.send(large)
                time.sleep(0.05)
            while (sample := reader.next("sample")["data"])["seen"] != sample["shown"]:
                pass
            project.track({"event": "last", "user_id": "u"})
            while reader.next("event")["data"]["event_type"] != "last":
                pass
        assert memory_of(server) - before < 400_000 * SLOWNESS
        for listener in stuck:
            listener.close()
        server.stop()


def test_the_number_of_streams_is_bounded_and_hanging_up_makes_room():
    with Server() as server:
        project = Project(server, "shop")
        listeners = [Listener(project, topics="events") for _ in range(100)]
        assert all(listener.answer.status == 200 for listener in listeners)
        refused = server.get("/api/v1/stream", headers={"X-Project": "shop"})
        assert refused.status == 503 and int(refused.headers["retry-after"]) >= 1, refused
        for listener in listeners:
            listener.close()
        deadline = time.monotonic() + PATIENCE
        while True:
            with Listener(project, topics="events") as listener:
                if listener.answer.status == 200:
                    break
            assert time.monotonic() < deadline
            time.sleep(0.1)
        server.stop()


def test_a_graceful_stop_ends_streams_at_once():
    with Server() as server:
        with Listener(Project(server, "shop")) as listener:
            listener.listening()
            begin = time.monotonic()
            server.stop()
            assert time.monotonic() - begin < PATIENCE / 3
            while listener.message():
                pass


def test_topics_are_checked(server, project):
    for topics, word in (("nope", "events, rates and health"), ("events,nope", "'nope'"), ("runs", "report service"), ("events,", "''")):
        answer = server.get("/api/v1/stream", query={"topics": topics}, headers={"X-Project": project.id})
        assert answer.status == 400 and word in answer.json["error"]["message"], answer
        assert answer.json["error"]["pointer"] == "/topics"
    answer = server.get("/api/v1/stream", query={"last_event_id": "x"}, headers={"X-Project": project.id})
    assert answer.status == 400 and answer.json["error"]["pointer"] == "/last_event_id", answer
    assert server.get("/api/v1/stream", headers={"X-Project": "nobody"}).status == 404
    assert server.request("HEAD", "/api/v1/stream", headers={"X-Project": project.id}).status == 200


def test_a_key_opens_its_project_until_it_is_revoked():
    with Server(management_key="a-management-key") as server:
        management = {"X-Management-Key": "a-management-key"}
        assert server.post("/api/v1/projects", {"id": "shop"}, headers=management).status == 201
        keys = {scope: server.post("/api/v1/keys", {"name": scope, "project": "shop", "scopes": [scope]}, headers=management).json["data"]
                for scope in ("ingest", "read")}
        assert server.get("/api/v1/stream").status == 401
        assert server.get("/api/v1/stream", headers={"X-API-Key": keys["ingest"]["secret"]}).status == 403
        with Listener(None, server=server, headers={"X-API-Key": keys["read"]["secret"]}, topics="events") as listener:
            listener.listening()
            server.post("/track", {"event": "e", "user_id": "u"}, headers={"X-API-Key": keys["ingest"]["secret"]})
            assert listener.next("event")["data"]["event_type"] == "e"
            assert server.request("DELETE", f"/api/v1/keys/{keys['read']['id']}", headers=management).status == 204
            while listener.message():
                pass  # it ends


def test_a_session_s_cookie_opens_the_stream_and_nothing_else_by_itself():
    with Server(management_key="a-management-key") as server:
        cookie = server.post("/api/v1/session", {"key": "a-management-key"}).headers["set-cookie"].split(";")[0]
        with Listener(None, server=server, headers={"Cookie": cookie, "Accept": "text/event-stream"}) as listener:
            assert listener.answer.status == 200
            listener.listening()
        assert server.get("/metrics", headers={"Cookie": cookie}).status == 401
        assert server.post("/api/v1/query/trends", {"series": [{"event": "*"}]},
                           headers={"Cookie": cookie, "Accept": "text/event-stream"}).status == 401


def test_an_early_second_request_is_no_hang_up(server, project):
    with RawConnection(server, timeout=PATIENCE) as connection:
        connection.send(f"GET /api/v1/stream?project={project.id}&topics=events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 2)
        received = b""
        while b": listening" not in received:
            received += (piece := connection.socket.recv(65536))
            assert piece
        project.track({"event": "e", "user_id": "u"})
        while b"event: event" not in received:
            received += (piece := connection.socket.recv(65536))
            assert piece
        assert received.count(b"HTTP/1.1 200") == 1
