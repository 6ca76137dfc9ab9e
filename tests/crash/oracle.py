"""Knows what clients sent and were told, and says where a server's data do not agree with that.

Every event that is sent carries a text of its own in `entity_id`, its token. An event that comes with an id has the token
of that id, however often it is sent; so a row of the lake says what its client meant, whoever made the id.
"""
import collections
import json
import pathlib
import threading
from dataclasses import dataclass, field

GOOD, BAD = "good", "bad"


@dataclass(frozen=True)
class Sent:
    """One event of a request. A bad one breaks a rule on purpose."""
    token: str
    event_type: str
    event_id: str | None
    kind: str = GOOD


@dataclass
class Request:
    events: list
    outcome: str = "unknown"  # or acknowledged, refused (nothing was taken), unsent
    attempts: int = 0         # that may have reached the server
    unknown_attempts: int = 0


@dataclass
class Facts:
    """What a server's data say: rows of the lake as (seq, event_id, token, event_type); the rest through the API."""
    rows: list = field(default_factory=list)
    counts: dict = field(default_factory=dict)
    ledger: dict = field(default_factory=dict)
    quarantined: list = field(default_factory=list)  # the tokens of the payloads


class Journal:
    """Written by all clients: each request before it is sent, and its outcome after that. Also a file, for people."""

    def __init__(self, path=None):
        self._lock = threading.Lock()
        self._file = open(path, "a", buffering=1) if path else None
        self.requests = []
        self._senders = collections.Counter()  # token → how many requests have had it so far
        self.problems = []        # answers that cannot be true

    def _write(self, *words):
        if self._file:
            self._file.write(json.dumps(words) + "\n")

    def sending(self, events, request=None):
        """Notes that these events (or a request again) go out now; returns the request."""
        with self._lock:
            if request is None:
                request = Request(list(events))
                self.requests.append(request)
                self._senders.update({event.token for event in request.events})
            request.attempts += 1
            self._write("sent", id(request), [[event.token, event.event_id, event.kind] for event in request.events])
            return request

    def unknown(self, request):
        with self._lock:
            request.unknown_attempts += 1
            self._write("unknown", id(request))

    def not_sent(self, request):
        """The connection was refused, so it did not go out."""
        with self._lock:
            request.attempts -= 1
            self._write("unsent", id(request))
            if request.outcome == "unknown" and request.attempts == 0:
                request.outcome = "unsent"

    def refused(self, request):
        """429 or 503: nothing of it was taken."""
        with self._lock:
            request.attempts -= 1
            self._write("refused", id(request))
            if request.outcome in ("unknown", "unsent") and request.attempts == 0:
                request.outcome = "refused"

    def acknowledged(self, request, accepted, duplicates, rejected):
        with self._lock:
            self._write("acknowledged", id(request), accepted, duplicates, rejected)
            request.outcome = "acknowledged"
            good = sum(event.kind == GOOD for event in request.events)
            bad = len(request.events) - good
            if accepted + duplicates != good or rejected != bad:
                self.problems.append(f"{good} good and {bad} bad events were answered as {accepted} accepted, {duplicates} "
                                     f"duplicates, {rejected} rejected")
            if request.attempts == 1:
                # Only what went out in another request, or twice in this one, can be a duplicate.
                tokens = collections.Counter(event.token for event in request.events if event.kind == GOOD)
                never_before = sum(self._senders[token] == 1 for token in tokens)
                if accepted > len(tokens) or duplicates > good - never_before:
                    self.problems.append(f"{good} events, {never_before} of them new, were answered as {duplicates} duplicates")


def received_bounds(journal):
    """The least and the most events that the server can have received."""
    least = most = 0
    for request in journal.requests:
        size = len(request.events)
        least += size * (request.attempts - request.unknown_attempts)
        most += size * request.attempts
    return least, most


def check(journal, facts):
    """What is wrong, as texts. No text: nothing that was acknowledged is lost, nothing is doubled or invented."""
    problems = list(journal.problems)
    must, may, types, sent_ids, bad_least, bad_most = set(), set(), {}, {}, collections.Counter(), collections.Counter()
    for request in journal.requests:
        for event in request.events:
            types[event.token] = event.event_type
            if event.kind == BAD:
                bad_most[event.token] += request.attempts
                bad_least[event.token] += request.attempts - request.unknown_attempts
                continue
            if event.event_id is not None:
                sent_ids[event.token] = event.event_id
            if request.outcome == "acknowledged":
                must.add(event.token)
            if request.attempts > 0:
                may.add(event.token)

    def report(what, items):
        items = sorted(items)
        if items:
            problems.append(f"{len(items)} {what}: {', '.join(map(str, items[:5]))}")

    stored = collections.Counter(row[2] for row in facts.rows)
    report("acknowledged events are lost", must - stored.keys())
    report("events are stored more than once", [token for token, times in stored.items() if times > 1])
    report("events are stored that nobody sent", stored.keys() - may - bad_most.keys())
    report("rejected events are stored", stored.keys() & bad_most.keys())
    report("positions are used twice", doubled(row[0] for row in facts.rows))
    report("ids are used twice", doubled(row[1] for row in facts.rows))
    report("events have another id than was sent", [token for _, event_id, token, _ in facts.rows
                                                    if token in sent_ids and sent_ids[token] != event_id])
    report("events have another type than was sent", [token for _, _, token, event_type in facts.rows
                                                      if token in types and types[token] != event_type])
    in_lake = dict(collections.Counter(row[3] for row in facts.rows))
    if in_lake != facts.counts:
        problems.append(f"the lake has {in_lake}, the API counts {facts.counts}")

    quarantined = collections.Counter(facts.quarantined)
    report("rejected events are missing in the quarantine", [t for t, least in bad_least.items() if quarantined[t] < least])
    report("events are in the quarantine too often", [t for t, times in quarantined.items() if times > bad_most[t]])

    ledger = facts.ledger
    if ledger["received"] != ledger["stored"] + ledger["duplicate"] + ledger["quarantined"]:
        problems.append(f"the ledger does not add up: {ledger}")
    if ledger["stored"] != len(facts.rows):
        problems.append(f"the ledger has {ledger['stored']} stored, the lake {len(facts.rows)} rows")
    if ledger["quarantined"] != len(facts.quarantined):
        problems.append(f"the ledger has {ledger['quarantined']} quarantined, the quarantine {len(facts.quarantined)} items")
    least, most = received_bounds(journal)
    if not least <= ledger["received"] <= most:
        problems.append(f"the ledger has {ledger['received']} received, the clients sent {least} to {most}")
    return problems


def doubled(values):
    return [value for value, times in collections.Counter(values).items() if times > 1]


def lost_and_doubled(journal, facts):
    """The two numbers that matter most."""
    stored = collections.Counter(row[2] for row in facts.rows)
    acknowledged = {event.token for request in journal.requests if request.outcome == "acknowledged"
                    for event in request.events if event.kind == GOOD}
    return len(acknowledged - stored.keys()), sum(times - 1 for times in stored.values())


def lake_rows(data):
    """What the Parquet files that the manifest names say."""
    import pyarrow.parquet as parquet
    lake = pathlib.Path(data) / "lake"
    manifest = json.loads((lake / "manifest.json").read_text())
    rows = []
    for entry in manifest["files"]:
        if entry["table"] != "fact_events":
            continue
        table = parquet.read_table(lake / entry["key"], columns=["seq", "event_id", "entity_id", "event_type"], partitioning=None)
        assert table.num_rows == entry["rows"], f"{entry['key']} has {table.num_rows} rows, the manifest says {entry['rows']}"
        rows += zip(*(table.column(name).to_pylist() for name in table.column_names))
    return rows
