"""A project of a running server, as its clients see it: send events, ask what became of them.

    project = Project(server)
    project.send([{"event": "page_view", "user_id": "u-001"}])
    assert project.count() == 1

Questions wait for everything that this object has sent.
"""
import itertools
import time
import urllib.parse

ALL_TIME = {"from": "2015-01-01", "to": "2030-12-31", "interval": "week"}  # of what the tests send
_numbers = itertools.count(1)


def patiently(ask, seconds=60):
    """The first answer that is no 503: a busy machine may count later than the five seconds that an answer waits."""
    deadline = time.monotonic() + seconds
    while (answer := ask()).status == 503 and time.monotonic() < deadline:
        time.sleep(0.5)
    return answer


class Project:
    def __init__(self, server, id=None, **settings):
        self.server, self.id, self.position = server, id or f"test-{next(_numbers)}", 0
        if self.id != "default":
            answer = server.post("/api/v1/projects", {"id": self.id, **settings})
            assert answer.status == 201, answer

    def post(self, path, body, **more):
        more["headers"] = {"X-Project": self.id, **more.get("headers", {})}
        answer = self.server.post(path, body, **more)
        if answer.status == 202:
            self.position = max(self.position, answer.json["position"])
        return answer

    def track(self, event, **more):
        return self.post("/track", event, **more)

    def send(self, events, **more):
        return self.post("/v1/events", events, **more)

    def send_lines(self, lines, **more):
        body = "\n".join(lines) if not isinstance(lines, (bytes, str)) else lines
        return self.send(body, headers={"Content-Type": "application/x-ndjson", **more.pop("headers", {})}, **more)

    def get(self, path, **query):
        query = {"at_least": self.position, **query} if self.position else query
        target = path + "?" + urllib.parse.urlencode(query)
        return patiently(lambda: self.server.get(target, headers={"X-Project": self.id}))

    def data(self, path, **query):
        answer = self.get(path, **query)
        assert answer.status == 200, answer
        return answer.json["data"]

    def trends(self, **body):
        body = {"at_least": self.position, **body}
        return patiently(lambda: self.server.post("/api/v1/query/trends", body, headers={"X-Project": self.id}))

    def query(self, kind, **body):
        body = body if kind == "actors" else {"at_least": self.position, **body}
        return patiently(lambda: self.server.post(f"/api/v1/query/{kind}", body, headers={"X-Project": self.id}))

    def count(self, event="*", measure="count", where=None, **equal):
        """How many events there are; `equal` and `where` (for names with dots) are properties and their values."""
        filters = [{"property": name, "op": "eq", "value": value} for name, value in {**(where or {}), **equal}.items()]
        answer = self.trends(**ALL_TIME, series=[{"event": event, "measure": measure, "filters": filters}])
        assert answer.status == 200, answer
        return answer.json["data"]["series"][0]["total"]

    def counts(self):
        """{event type: events} as /metrics has them."""
        return {row["event_type"]: row["count"] for row in self.data("/metrics", **ALL_TIME)["by_type"]}

    def ledger(self):
        """The sums over all buckets."""
        buckets = self.data("/api/v1/ledger", interval="day")
        return {name: sum(bucket[name] for bucket in buckets)
                for name in ("received", "stored", "duplicate", "quarantined", "limited", "erased")}

    def quarantine(self, **query):
        """Every item, newest first. Items arrive with the loader, so this waits as a question does."""
        self.ledger()
        items, cursor = [], {}
        for _ in range(1000):
            answer = self.server.get("/api/v1/quarantine?" + urllib.parse.urlencode({"limit": 1000, **query, **cursor}),
                                     headers={"X-Project": self.id})
            assert answer.status == 200, answer
            items += answer.json["data"]
            if answer.json["meta"]["next_cursor"] is None:
                break
            cursor = {"cursor": answer.json["meta"]["next_cursor"]}
        return items
