"""Events that come in while questions, and hostile SQL, are asked beside them.

50,000 events a second are offered in batches of 1,000, alone and then with something beside; how many are accepted in a
second, and how far behind the answers are. The questions' answers are checked before.
"""
import http.client
import itertools
import json
import subprocess
import threading
import time

import report
from support.server import BINARY, Server

OFFERED = 50_000
BATCH = 1_000
SENDERS = 4
SECONDS = 15
LOADED = 2_000_000
KEPT = 0.8

ALL = {"from": "2026-01-01", "to": "2026-12-31"}
STEPS = [{"event": name} for name in ("page_view", "product_view", "add_to_cart", "purchase")]
QUESTIONS = [
    ("funnel", {**ALL, "steps": STEPS, "window": "7d"}),
    ("retention", {**ALL, "start": STEPS[0], "return": STEPS[0], "interval": "week", "periods": 13}),
    ("trends", {**ALL, "series": [{"measure": "unique_users"}]}),
    ("trends", {**ALL, "series": [{}], "breakdown": ["event_type"]}),
]
HOSTILE = [
    "SELECT length(repeat('x', 2000000000))",
    "SELECT sum(a.range * b.range) FROM range(100000000) a, range(100000000) b",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
    "SELECT count(DISTINCT a.event_id || b.event_id) FROM fact_events a, fact_events b",
]


def batch():
    """Without ids: the server makes them."""
    event = {"event": "page_view", "source": "web", "properties": {"page": "/products/7", "price": 12.5, "logged_in": True},
             "context": {"locale": "en-US", "device": "mobile"}}
    return "\n".join(json.dumps({**event, "user_id": f"user_{n * 7919 % 200_000:06}", "session_id": f"s_{n}"}) for n in range(BATCH)).encode()


class Beside:
    """Threads that repeat something until told to stop."""

    def __init__(self, works):
        self.failed, self.done, self.stopped = [], 0, threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(work,)) for work in works]

    def _run(self, work):
        while not self.stopped.is_set():
            try:
                work()
                self.done += 1
            except Exception as failure:  # shown at the end
                self.failed.append(failure)
                return

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        assert not self.failed, self.failed


def post(port, path, body, timeout=120):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    connection.request("POST", path, json.dumps(body))
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, text


def offer(port, seconds):
    """The events accepted in a second, when OFFERED come."""
    body, accepted, lock = batch(), [0], threading.Lock()
    begin = time.monotonic()

    def send(first):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        at = begin + first * BATCH / OFFERED
        while at < begin + seconds:
            time.sleep(max(0, at - time.monotonic()))
            connection.request("POST", "/v1/events", body, {"Content-Type": "application/x-ndjson"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 202 and time.monotonic() < begin + seconds:
                with lock:
                    accepted[0] += BATCH
            # What is late is sent at once, but no faster than it comes in.
            at = max(at + SENDERS * BATCH / OFFERED, time.monotonic() - 1)

    senders = [threading.Thread(target=send, args=(number,)) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return accepted[0] / seconds


def check(server):
    """Each question is answered, and the events of all types are those that were loaded."""
    for kind, body in QUESTIONS:
        for _ in range(60):
            status, text = post(server.port, f"/api/v1/query/{kind}", {**body, "at_least": LOADED})
            if status != 503:
                break
        assert status == 200, text
    assert sum(row["total"] for row in json.loads(text)["data"]["series"]) == LOADED
    status, text = post(server.port, "/api/v1/sql", {"sql": "SELECT count(*) FROM fact_events"})
    assert status == 200 and json.loads(text)["data"]["rows"] == [[LOADED]], text


def ask(port, kind, body):
    status, text = post(port, f"/api/v1/query/{kind}", body)
    assert status == 200, text


def attack(port, statements):
    sql = next(statements)
    status, text = post(port, "/api/v1/sql", {"sql": sql})
    assert status == 400 and b"limit" in text, (sql, status, text)


def main():
    lines = [f"{OFFERED:,} events a second offered for {SECONDS} s, batches of {BATCH:,}, beside {LOADED:,} events that are there"]
    with Server() as server:
        subprocess.run([str(BINARY), "demo", "--events", str(LOADED), "--days", "90", "--seed", "1", "--to", server.url],
                       check=True, stderr=subprocess.DEVNULL)
        check(server)
        offer(server.port, 3)
        alone = offer(server.port, SECONDS)
        lines.append(f"{'alone':<34} {alone:>8,.0f} accepted/s")
        questions = [lambda kind=kind, body=body: ask(server.port, kind, body) for kind, body in QUESTIONS]
        # Two run at once; each of these threads asks one after the other.
        attacks = [lambda statements=itertools.cycle(HOSTILE[first:] + HOSTILE[:first]): attack(server.port, statements) for first in (0, 2)]
        for title, beside in (("four questions at once", questions), ("hostile SQL, two at once", attacks)):
            with Beside(beside) as running:
                rate = offer(server.port, SECONDS)
            again = offer(server.port, SECONDS)
            ratio = rate / max(alone, again)
            lines.append(f"{title:<34} {rate:>8,.0f} accepted/s  {ratio:.2f} of alone ({running.done} answered, none failed): "
                         f"{'kept' if ratio >= KEPT else 'MISSED'}")
        lines.append(f"memory of the server at most: {report.memory_mb(server.pid, 'VmHWM'):,.0f} MB (`memory` is 512 MiB, `question-memory` four times as much)")
    report.write("beside", lines)


main()
