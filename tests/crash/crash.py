"""Kills the server while clients send events, starts it again, and checks that what it told them is true.

    python3 tests/crash/crash.py --kills 1000 --seed 7

First a kill at each named fault point of the sources, while there is little to come past; then `kill -9` at random
moments. SPECTRUM_BINARY names the program; default build/release/spectrum.
"""
import argparse
import gzip
import http.client
import itertools
import json
import math
import os
import pathlib
import random
import re
import shutil
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from oracle import BAD, GOOD, Facts, Journal, Sent, check, lake_rows, lost_and_doubled  # noqa: E402
from support.project import Project  # noqa: E402
from support.server import BINARY, ROOT, Server, ServerFailed, run  # noqa: E402

CLIENTS = 4
FAULT_POINT = re.compile(r'\bfault_point\("([^"]+)"\)')
# Small and fast, so that a short life sees segments roll and retire, exports, and merges of files.
SETTINGS = ["--lake-interval", "1s", "--log-keep-bytes", "1MiB", "--log-keep-age", "1s"]
PATIENCE = float(os.environ.get("SPECTRUM_TEST_PATIENCE", "1"))  # of slow builds: a factor for every time limit


def fault_points():
    names = set()
    for path in (ROOT / "src").rglob("*.cc"):
        if not path.name.endswith("_test.cc"):
            names.update(FAULT_POINT.findall(path.read_text()))
    return sorted(names)


def has_command(name):
    return re.search(rf"^  {name}\b", run("--help").stdout, re.MULTILINE) is not None


class Client(threading.Thread):
    """Sends random requests, notes what became of them, and sends those again whose answer it did not get."""

    def __init__(self, life, seed):
        super().__init__(daemon=True)
        self.life, self.random = life, random.Random(seed)
        self.open_requests = []  # to be sent again: (request, body, headers, path)
        self.connection = None
        self.failure = None
        self.at_work = threading.Lock()  # held from before a request until its outcome is noted

    def run(self):
        try:
            while not self.life.is_over.is_set():
                if not self.life.may_send.wait(0.2):
                    continue
                with self.at_work:
                    if not self.life.may_send.is_set():
                        continue
                    if self.open_requests:
                        self.send(*self.open_requests.pop(0))
                    else:
                        self.send(None, *self.make())
        except Exception as error:  # noqa: BLE001 - told by the main thread
            self.failure = error

    def make(self):
        """(events, body, headers, path)"""
        chance = self.random.random
        size = 1 if chance() < 0.4 else self.random.randint(1, 60)
        with_ids = chance() < 0.85
        events, parts = [], []
        for _ in range(size):
            number = next(self.life.numbers)
            kind = BAD if chance() < 0.03 else GOOD
            event_id = None
            if with_ids and kind == GOOD:
                # An older id, sent by any client and perhaps never stored; or one of this request; or a new one.
                event_id = f"id-{self.random.randrange(number) if chance() < 0.1 and number > 0 else number}"
                if events and chance() < 0.02 and events[-1].event_id:
                    event_id = events[-1].event_id
            token = f"t-{event_id}" if event_id else f"t-{kind}-{number}"
            event_type = f"type-{sum(token.encode()) % 7}"
            events.append(Sent(token, event_type, event_id, kind))
            event = {"event": event_type, "entity_id": token, "user_id": f"u-{number % 500}", "session_id": f"s-{number % 2000}"}
            if event_id:
                event["event_id"] = event_id
            if kind == BAD:
                event.pop(self.random.choice(["event", "user_id"]))
            if chance() < 0.02:
                event["properties"] = {"filler": "x" * self.random.randint(1, 60_000)}
            parts.append(json.dumps(event))
        headers = {}
        if size == 1 and chance() < 0.5:
            return events, parts[0].encode(), headers, "/track"
        if chance() < 0.3:
            body, headers["Content-Type"] = "\n".join(parts).encode(), "application/x-ndjson"
        else:
            body = ("[%s]" if chance() < 0.5 else '{"events":[%s]}') % ",".join(parts)
            body = body.encode()
        if chance() < 0.3:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        return events, body, headers, "/v1/events"

    def send(self, request, events, body, headers, path):
        journal = self.life.journal
        request = journal.sending(events, request)
        again = (request, events, body, headers, path)
        try:
            if self.connection is None:
                self.connection = self.life.server.connect(timeout=20 * PATIENCE)
                self.connection.connect()
        except OSError:
            self.hang_up()
            journal.not_sent(request)
            self.open_requests.append(again)
            return time.sleep(0.01)
        try:
            answer = self.life.server.request("POST", path, body, headers, connection=self.connection)
        except (OSError, http.client.HTTPException):
            self.hang_up()
            journal.unknown(request)
            # Without ids, sending again would mean other events.
            if all(event.event_id or event.kind == BAD for event in events):
                self.open_requests.append(again)
            return None
        if answer.status in (429, 503):
            journal.refused(request)
            self.open_requests.append(again)
            return time.sleep(0.05)
        return self.note(request, answer)

    def note(self, request, answer):
        if answer.status == 400 and len(request.events) == 1:
            return self.life.journal.acknowledged(request, 0, 0, 1)
        if answer.status != 202:
            self.life.journal.problems.append(f"an answer that no request deserves: {answer}")
            return None
        told = answer.json
        if "status" in told:
            is_new = told["status"] == "accepted"
            self.life.journal.acknowledged(request, int(is_new), int(not is_new), 0)
        else:
            self.life.journal.acknowledged(request, told["accepted"], told["duplicates"], len(told["rejected"]))
        self.life.acknowledged += len(request.events)
        return None

    def hang_up(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


class Life:
    """One data directory and its clients, over many deaths of the server."""

    def __init__(self, seed, folder=None, say=print):
        self.random, self.seed, self.say = random.Random(seed), seed, say
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="spectrum-crash-"))
        self.made_folder = folder is None
        self.journal = Journal(self.folder / "journal.ndjson")
        self.server = Server(*SETTINGS, data=self.folder / "data", start_timeout=60 * PATIENCE)
        self.numbers = itertools.count()
        self.may_send, self.is_over = threading.Event(), threading.Event()
        self.acknowledged, self.kills, self.slowest_start = 0, 0, 0.0
        self.clients = [Client(self, f"{seed}-{number}") for number in range(CLIENTS)]

    def __enter__(self):
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, kind, *_):
        self.is_over.set()
        self.server.kill()
        for client in self.clients:
            client.join(60)
        self.server.close()
        if self.made_folder and kind is None:
            shutil.rmtree(self.folder, ignore_errors=True)
        elif kind is not None:
            self.say(f"data and journal are kept in {self.folder}")

    def start(self):
        begin = time.monotonic()
        self.server.start()
        self.slowest_start = max(self.slowest_start, time.monotonic() - begin)
        self.may_send.set()

    def kill_at_random(self, longest):
        """A life of up to so many seconds; sometimes it ends while it starts."""
        if self.random.random() < 0.15:
            # The listening line never comes or comes in time; both are fine.
            timer = threading.Timer(self.random.uniform(0, 0.15), lambda: self.server.is_running() and self.server._process.kill())
            timer.start()
            try:
                self.start()
            except ServerFailed:
                pass
            timer.join()
        else:
            self.start()
            time.sleep(self.random.uniform(0, longest))
        self.die()

    def die(self):
        self.may_send.clear()
        self.server.kill()
        self.kills += 1
        for client in self.clients:
            if client.failure:
                raise client.failure

    def crash_at(self, point, patience=60):
        """True when the process ended itself at this point (`name` or `name:k`)."""
        if point.startswith("rebuild."):
            return self.crash_rebuild_at(point)
        self.server.settings["crash_at"] = point
        try:
            self.start()
            self.server.wait(patience * PATIENCE)
        except ServerFailed:
            pass  # it ended before it was ready, which must be at that point
        except Exception as error:  # subprocess.TimeoutExpired
            if type(error).__name__ != "TimeoutExpired":
                raise
        finally:
            del self.server.settings["crash_at"]
            was_hit = self.server._process.poll() == 137
            if self.server._process.poll() not in (None, 137):
                self.journal.problems.append(f"{point}: ended with {self.server._process.poll()}: {self.server.output()[-2000:]}")
            self.die()
        return was_hit

    def crash_rebuild_at(self, point):
        done = run("rebuild", data=self.server.data, check=False, crash_at=point)
        self.kills += 1
        return done.returncode == 137

    def settle(self):
        """Starts it once more, lets every client get its last answers, stops it, and returns what is stored."""
        self.start()
        deadline = time.monotonic() + 60 * PATIENCE
        while time.monotonic() < deadline and not any(request.outcome == "acknowledged" for request in self.journal.requests):
            time.sleep(0.05)
        self.may_send.clear()
        for client in self.clients:
            with client.at_work:
                while client.open_requests and time.monotonic() < deadline:
                    client.send(*client.open_requests.pop(0))
                assert not client.open_requests, "requests are open after a minute"
        return self.look()

    def look(self):
        """What the running server, and its lake after that, say."""
        server, project = self.server, Project(self.server, "default")
        project.position = self.position()
        last = server.post("/v1/events", [])
        project.position = max(project.position, last.json["position"]) if last.status == 202 else project.position
        facts = Facts(counts=project.counts(), ledger=project.ledger())
        for item in project.quarantine():
            facts.quarantined.append(re.search(r'"entity_id": "([^"]+)"', item["payload"])[1])
        as_of = self.position(at_least=project.position)
        if has_command("export"):
            server.stop()
            run("export", data=server.data)
        else:
            self.wait_for_lake(as_of)
            server.stop()
        facts.rows = lake_rows(server.data)
        return facts

    def position(self, **query):
        """The last position counted, once the server has loaded again what it had before; that takes longer beside other work."""
        deadline = time.monotonic() + 60 * PATIENCE
        while (answer := self.server.get("/metrics", query=query)).status == 503 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert answer.status == 200, answer
        return answer.json["meta"]["as_of"]

    def wait_for_lake(self, position):
        manifest = self.server.data / "lake/manifest.json"
        deadline = time.monotonic() + 30 * PATIENCE
        while time.monotonic() < deadline:
            if manifest.exists() and json.loads(manifest.read_text())["position"] >= position:
                return
            time.sleep(0.05)
        raise ServerFailed(f"the lake does not reach {position}: {manifest.read_text()[:200] if manifest.exists() else 'none'}")

    def check(self, thoroughly=True):
        """(problems, lost, doubled) after everything has come to rest; `thoroughly` builds the tables anew beside them."""
        facts = self.settle()
        problems = check(self.journal, facts)
        if thoroughly and not problems and has_command("verify"):
            done = run("verify", data=self.server.data, check=False, timeout=600 * PATIENCE)
            if done.returncode != 0:
                problems.append(f"spectrum verify: exit {done.returncode}: {done.stdout}{done.stderr}")
        lost, doubled = lost_and_doubled(self.journal, facts)
        return problems, lost, doubled


def row(life, lost, doubled):
    """One line of a table; with no failure in n trials, the true rate is below 3/n with 95 % confidence."""
    bound = 3 / life.kills if life.kills and not lost and not doubled else math.nan
    return (f"| {life.kills} | {life.acknowledged} | {lost} | {doubled} | {bound:.4f} | {life.slowest_start:.2f} s | {life.seed} |")


HEADER = "| kills | acknowledged | lost | doubled | 95 % bound | slowest start | seed |\n|---|---|---|---|---|---|---|"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", default=None)
    parser.add_argument("--longest", type=float, default=2.0, help="seconds that a life may last")
    parser.add_argument("--data", help="a folder for data and journal, kept; default: a new one, removed when all is well")
    options = parser.parse_args()
    seed = options.seed or str(random.SystemRandom().randrange(10**6))
    print(f"{options.kills} kills of {BINARY}, seed {seed}", flush=True)
    between_checks = max(25, options.kills // 10)  # a check takes longer the more was sent
    with Life(seed, options.data, say=lambda text: print(text, flush=True)) as life:
        problems, lost, doubled = [], 0, 0
        for point in fault_points():
            if point.startswith("rebuild.") and not has_command("rebuild"):
                continue
            was_hit = life.crash_at(point) and life.crash_at(f"{point}:{life.random.randint(2, 4)}") is not None
            print(f"{point}: {'killed' if was_hit else 'not reached'}", flush=True)
            if not was_hit:
                problems.append(f"{point} was not reached")
        for number in range(1, options.kills + 1):
            if problems:
                break
            life.kill_at_random(options.longest)
            if number % between_checks == 0 or number == options.kills:
                problems, lost, doubled = life.check(thoroughly=number % (5 * between_checks) == 0)
                print(f"{number} kills, {life.acknowledged} acknowledged, {lost} lost, {doubled} doubled", flush=True)
        if not problems:
            problems, lost, doubled = life.check()
        print(f"\n{HEADER}\n{row(life, lost, doubled)}", flush=True)
        if problems:
            print("\n" + "\n".join(problems))
            raise SystemExit(1)


if __name__ == "__main__":
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        python = ROOT / "build/venv/bin/python3"
        if pathlib.Path(sys.executable) == python or not python.exists():
            raise
        os.execv(python, [str(python), *sys.argv])
    main()
