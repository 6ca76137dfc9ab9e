"""The data directory: a full, failing, read-only or shared disk; a warehouse that is gone; stopping under load."""
import concurrent.futures
import contextlib
import gzip
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

import pytest

from support.project import Project
from support.server import BINARY, ROOT, Server, ServerFailed, environment, run

PATIENCE = float(os.environ.get("SPECTRUM_TEST_PATIENCE", "1"))
MIB = 1 << 20


def skip_unless_ci(reason):
    """What this machine cannot do is skipped, but not where everything must run."""
    if os.environ.get("CI") == "true" and os.geteuid() == 0:
        pytest.fail(reason)
    pytest.skip(reason)


@contextlib.contextmanager
def small_disk(folder, mib):
    """A file system of this size at `folder`."""
    folder.mkdir()
    if os.geteuid() != 0:
        skip_unless_ci("mounting a tmpfs needs root")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(folder)], capture_output=True, text=True)
    if mounted.returncode != 0:
        skip_unless_ci(f"mounting a tmpfs is not permitted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def wait_until(condition, seconds, what):
    deadline = time.monotonic() + seconds * PATIENCE
    while time.monotonic() < deadline:
        if result := condition():
            return result
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds * PATIENCE} s")


def event(id, **more):
    return {"event": "kept", "user_id": "u", "event_id": str(id), **more}


class Writers:
    """Threads that send events until told to stop and note which ids were acknowledged. `errors` is what surprised them."""

    def __init__(self, server, threads=3, filler=0):
        self.server, self.filler = server, "x" * filler
        self.acknowledged, self.unknown, self.statuses, self.errors = set(), set(), {}, []
        self.is_over, self.lock = threading.Event(), threading.Lock()
        self.slowest_refusal = 0.0
        self.threads = [threading.Thread(target=self.work, args=(n,), daemon=True) for n in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join(60)

    def work(self, name):
        number = 0
        while not self.is_over.is_set():
            ids = [f"{name}-{number}-{k}" for k in range(5)]
            number += 1
            begin = time.monotonic()
            try:
                answer = self.server.post("/v1/events", [event(id, filler=self.filler) for id in ids], timeout=30 * PATIENCE)
            except OSError:
                with self.lock:
                    self.unknown.update(ids)
                time.sleep(0.02)
                continue
            except Exception as error:  # noqa: BLE001 - http.client's
                with self.lock:
                    self.unknown.update(ids)
                    if not self.is_over.is_set() and "RemoteDisconnected" not in repr(error):
                        self.errors.append(repr(error))
                continue
            with self.lock:
                self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
                if answer.status == 202:
                    self.acknowledged.update(ids)
                    if answer.json["accepted"] + answer.json["duplicates"] != 5:
                        self.errors.append(str(answer))
                elif answer.status == 503:
                    self.slowest_refusal = max(self.slowest_refusal, time.monotonic() - begin)
                    if "retry-after" not in answer.headers:
                        self.errors.append(f"503 without Retry-After: {answer}")
                else:
                    self.errors.append(str(answer))
            if answer.status == 503:
                time.sleep(0.05)


def stored(server):
    """How many events are there, once everything that was acknowledged is counted."""
    project = Project(server, "default")
    answer = server.post("/v1/events", [event("a last one")])
    assert answer.status == 202, answer
    project.position = answer.json["position"]
    return project.count("kept") - 1


def assert_nothing_lost(server, writers):
    """Sends every id again: what was acknowledged must be a duplicate, whatever is unknown ends up there once."""
    ids = sorted(writers.acknowledged)
    for begin in range(0, len(ids), 5000):
        part = ids[begin:begin + 5000]
        answer = server.post("/v1/events", [event(id) for id in part])
        assert answer.status == 202 and answer.json["duplicates"] == len(part), answer
    count = stored(server)
    assert len(ids) <= count <= len(ids) + len(writers.unknown), (len(ids), count, len(writers.unknown))


# --- a full disk --------------------------------------------------------------------------------------------------------


def test_a_full_disk_refuses_events_keeps_what_it_has_and_goes_on_when_there_is_room(tmp_path):
    with small_disk(tmp_path / "disk", 192) as disk, Server("--min-free-bytes", "64MiB", data=disk / "data") as server:
        with Writers(server) as writers:
            wait_until(lambda: len(writers.acknowledged) > 500, 20, "events are taken")
            filler = disk / "filler"
            free = shutil.disk_usage(disk).free
            with open(filler, "wb") as file:
                file.write(b"x" * max(0, free - 32 * MIB))
            wait_until(lambda: writers.statuses.get(503, 0) > 20, 20, "events are refused")
            taken = len(writers.acknowledged)
            health, ready = server.get("/api/v1/health"), server.get("/-/ready")
            assert (health.status, ready.status) == (503, 503), (health, ready)
            assert health.json["data"]["dependencies"]["event_log"] != "ok"
            assert server.get("/metrics").status == 200, "questions go on being answered"
            assert len(writers.acknowledged) <= taken + 15, "events are taken while the disk is full"
            filler.unlink()
            wait_until(lambda: len(writers.acknowledged) > taken + 500, 20, "events are taken again")
        assert not writers.errors, writers.errors[:3]
        assert writers.slowest_refusal < 1 * PATIENCE
        assert_nothing_lost(server, writers)
        ledger = Project(server, "default").ledger()
        assert ledger["limited"] >= 5 * 20 and ledger["received"] == ledger["stored"] + ledger["duplicate"] + ledger["quarantined"]
        server.stop()
        server.start()
        assert_nothing_lost(server, writers)
        server.stop()


def test_a_disk_that_is_full_to_the_last_byte_loses_nothing(tmp_path):
    """Somebody else fills the disk at once, past the reserve: writes fail in the middle. The program may end (and be
    started again) when the warehouse cannot be written; it must not lose or double anything."""
    with small_disk(tmp_path / "disk", 160) as disk, Server("--min-free-bytes", "16MiB", data=disk / "data") as server:
        filler = disk / "filler"
        with Writers(server, filler=2000) as writers:
            for _ in range(3):
                wait_until(lambda: len(writers.acknowledged) > 200, 20, "events are taken")
                with open(filler, "wb") as file, contextlib.suppress(OSError):
                    while True:
                        file.write(b"x" * MIB)
                        file.flush()
                time.sleep(1.5)
                filler.unlink()
                if not server.is_running():
                    assert server.wait() == 1, server.output()[-3000:]
                    server.start()
                before = len(writers.acknowledged)
                wait_until(lambda: len(writers.acknowledged) > before + 100, 30, "events are taken again")
        assert not writers.errors, writers.errors[:3]
        wait_until(lambda: server.get("/-/ready").status == 200, 20, "it is ready")
        assert_nothing_lost(server, writers)
        server.stop()


# --- questions that wait ------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def behind(tmp_path):
    """A server whose loader has no room for what the log has taken, that position, and what makes room."""
    with small_disk(tmp_path / "disk", 192) as disk, Server("--min-free-bytes", "256KiB", data=disk / "data") as server:
        assert stored(server) == 0
        filler = disk / "filler"
        with open(filler, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - (400 << 10))
        answer = server.post("/track", event("large", filler=os.urandom(120 << 10).hex()))
        assert answer.status == 202, answer
        yield server, answer.json["position"], filler.unlink


class Waiters:
    """Questions that wait for a position, asked at once; `answers` is each with the seconds it took."""

    def __init__(self, server, position, count):
        self.answers, self.errors = [], []
        self.threads = [threading.Thread(target=self.ask, args=(server, position), daemon=True) for _ in range(count)]
        for thread in self.threads:
            thread.start()
        time.sleep(0.5)

    def ask(self, server, position):
        begin = time.monotonic()
        try:
            answer = server.get("/metrics", query={"at_least": position})
            self.answers.append((answer, time.monotonic() - begin))
        except Exception as error:  # noqa: BLE001 - http.client's
            self.errors.append(repr(error))

    def finish(self):
        for thread in self.threads:
            thread.join(60)
        assert not self.errors and len(self.answers) == len(self.threads), self.errors[:3]
        return self.answers


def seconds(ask, status):
    begin = time.monotonic()
    answer = ask()
    assert answer.status == status, answer
    return time.monotonic() - begin


def test_whoever_waits_for_a_position_keeps_nobody_else_waiting_and_is_told_in_time(tmp_path):
    packed = gzip.compress(json.dumps(event("packed")).encode())
    with behind(tmp_path) as (server, position, make_room):
        waiters = Waiters(server, position, 100)
        assert seconds(lambda: server.get("/api/v1/health"), 200) < 1 * PATIENCE
        assert seconds(lambda: server.post("/track", packed, headers={"Content-Encoding": "gzip"}), 202) < 1 * PATIENCE
        assert seconds(lambda: server.get("/metrics"), 200) < 1 * PATIENCE
        for answer, took in waiters.finish():
            assert answer.status == 503 and "not counted yet" in answer.json["error"]["message"], answer
            assert 4 < took < 6 + PATIENCE, took

        waiters = Waiters(server, position, 20)
        make_room()
        assert all(answer.status == 200 and took < 4 * PATIENCE for answer, took in waiters.finish()), waiters.answers


def refused_questions(server):
    (line,) = [line for line in server.get("/-/metrics").body.decode().splitlines() if line.startswith("spectrum_query_refused_total ")]
    return float(line.split()[1])


def test_questions_are_refused_and_counted_when_too_many_have_waited(tmp_path):
    with behind(tmp_path) as (server, position, make_room):
        waiters = Waiters(server, position, 1050)  # of whom 1000 find a place to wait
        at_the_door = refused_questions(server)
        assert 0 < at_the_door <= 50
        make_room()
        refused = [answer for answer, _ in waiters.finish() if answer.status != 200]
        assert {answer.status for answer in refused} == {503}
        too_many = [answer for answer in refused if answer.json["error"]["message"] == "too many questions are waiting; retry in a moment"]
        assert 0 < len(too_many) == refused_questions(server) - at_the_door


def test_administration_is_refused_and_counted_without_a_word_of_questions(tmp_path):
    with Server(data=tmp_path / "data") as server:
        answers = []
        note = {"text": "a note", "at": "2026-03-02"}
        threads = [threading.Thread(target=lambda: answers.append(server.post("/api/v1/annotations", note)), daemon=True) for _ in range(400)]
        with contextlib.closing(sqlite3.connect(tmp_path / "data/catalog.db", isolation_level=None)) as catalog:
            catalog.execute("BEGIN IMMEDIATE")
            for thread in threads:
                thread.start()
            wait_until(lambda: answers, 20, "some are refused")
        for thread in threads:
            thread.join(60)
        refused = [answer for answer in answers if answer.status != 201]
        assert 0 < len(refused) == refused_questions(server)
        assert {answer.json["error"]["message"] for answer in refused} == {"too many requests are waiting; retry in a moment"}


def test_whoever_waits_for_a_position_is_told_at_once_when_the_server_stops(tmp_path):
    with behind(tmp_path) as (server, position, _):
        waiters = Waiters(server, position, 16)
        begin = time.monotonic()
        os.kill(server.pid, signal.SIGTERM)
        assert {answer.status for answer, _ in waiters.finish()} == {503}
        assert time.monotonic() - begin < 2 * PATIENCE
        server.wait(10 * PATIENCE)


# --- syncs that fail ----------------------------------------------------------------------------------------------------


def faulty_fs():
    """The library that lets calls of the file system fail."""
    beside = [os.environ.get("SPECTRUM_FAULTY_FS", ""), BINARY.parent / "libfaulty_fs.so", ROOT / "build/release/libfaulty_fs.so"]
    found = next((path for path in beside if path and os.path.exists(path)), None)
    if not found:
        skip_unless_ci("libfaulty_fs.so is not built (tests/support/faulty_fs)")
    if "san" in str(BINARY):
        pytest.skip("a sanitizer must be the first library that is loaded")
    return str(found)


@contextlib.contextmanager
def failing_server(fault, **settings):
    """A server whose file system fails as `fault` says while the returned switch is there."""
    os.environ["LD_PRELOAD"] = faulty_fs()
    try:
        with Server(fault=fault, **settings) as server:
            yield server
    finally:
        del os.environ["LD_PRELOAD"]


@pytest.mark.parametrize("fault", ["sync:1:EIO:/log/", "sync:1:EIO:/log/,sync:3:EIO:/log/", "pwrite:1:EIO:/log/", "pwrite:1:ENOSPC:/log/",
                                   "pwrite:1:short:/log/", "sync:1+:EIO:/log/"])
def test_a_log_that_fails_refuses_loses_nothing_and_recovers(tmp_path, fault):
    switch = tmp_path / "broken"
    entries = ",".join(entry + f":{switch}" for entry in fault.split(","))
    with failing_server(entries) as server:
        with Writers(server) as writers:
            wait_until(lambda: len(writers.acknowledged) > 100, 20, "events are taken")
            switch.touch()
            if fault != "pwrite:1:short:/log/":  # a short write may be completed by another
                wait_until(lambda: writers.statuses.get(503) or not server.is_running(), 20, "events are refused")
            time.sleep(0.3)
            switch.unlink()
            if not server.is_running():
                server.start()
            before = len(writers.acknowledged)
            wait_until(lambda: len(writers.acknowledged) > before + 100, 20, "events are taken again")
        assert not writers.errors, writers.errors[:3]
        assert_nothing_lost(server, writers)
        server.kill()
        server.start()
        assert_nothing_lost(server, writers)
        server.stop()


def test_a_warehouse_that_cannot_be_written_ends_the_process_and_the_next_start_recovers(tmp_path):
    switch = tmp_path / "broken"
    fault = f"write:1+:EIO:warehouse.duckdb:{switch},sync:1+:EIO:warehouse.duckdb:{switch},pwrite:1+:EIO:warehouse.duckdb:{switch}"
    with failing_server(fault, memory="128MiB") as server:
        with Writers(server) as writers:
            wait_until(lambda: len(writers.acknowledged) > 100, 20, "events are taken")
            switch.touch()
            # So much that it has to be written to the file.
            for batch in range(20):
                server.post("/v1/events", [event(f"{batch} {n}", event="other", filler="x" * 4000) for n in range(500)])
            wait_until(lambda: not server.is_running(), 30, "the process ends")
            assert server.wait() == 1, server.output()[-3000:]
            switch.unlink()
            server.start()
            before = len(writers.acknowledged)
            wait_until(lambda: len(writers.acknowledged) > before + 100, 30, "events are taken again")
        wait_until(lambda: server.get("/-/ready").status == 200, 20, "it is ready")
        assert_nothing_lost(server, writers)
        server.stop()


# --- owning the directory -----------------------------------------------------------------------------------------------


def refused_start(data, **settings):
    """The program's last words when `serve` must not start there."""
    done = subprocess.run([str(BINARY), "serve", "--data", str(data), "--listen", "127.0.0.1:0"], capture_output=True, text=True,
                          timeout=30 * PATIENCE, env=environment(**settings), stdin=subprocess.DEVNULL)
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    return done.stderr


def test_a_second_process_is_told_the_pid_of_the_first():
    with Server() as server:
        said = refused_start(server.data)
        assert f" {server.pid} " in said, said
        assert server.post("/track", event(1)).status == 202
        server.stop()
        server.start()


def test_a_directory_of_a_killed_process_is_free_again():
    with Server() as server:
        server.kill()
        server.start()
        assert server.post("/track", event(1)).status == 202


@pytest.mark.parametrize("command", [["rebuild"], ["verify"], ["export"]], ids=lambda command: command[0])
def test_commands_that_need_the_directory_say_who_has_it(command):
    with Server() as server:
        done = run(*command, data=server.data, check=False)
        if done.returncode == 0 and command == ["export"]:
            return  # it may as well ask the server to do it
        assert done.returncode == 1 and str(server.pid) in done.stderr, (done.returncode, done.stderr)


def test_a_read_only_directory_gets_a_clear_message(tmp_path):
    with small_disk(tmp_path / "disk", 64) as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        said = refused_start(disk / "data")
        assert str(disk / "data") in said and "read-only" in said.lower(), said


def test_a_directory_that_turned_read_only_gets_a_clear_message(tmp_path):
    with small_disk(tmp_path / "disk", 192) as disk:
        with Server(data=disk / "data") as server:
            server.post("/track", event(1))
            server.stop()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        said = refused_start(disk / "data")
        assert str(disk / "data") in said and "read-only" in said.lower(), said


def test_a_file_where_the_directory_should_be_gets_a_clear_message(tmp_path):
    (tmp_path / "data").write_text("a file")
    assert str(tmp_path / "data") in refused_start(tmp_path / "data")


def test_a_port_that_is_taken_gets_a_clear_message(tmp_path):
    with Server() as server:
        done = run("serve", "--listen", f"127.0.0.1:{server.port}", data=tmp_path / "other", check=False)
        assert done.returncode == 1 and str(server.port) in done.stderr, (done.returncode, done.stderr)


# --- stopping -----------------------------------------------------------------------------------------------------------


def test_sigterm_under_load_ends_with_0_within_10_seconds_and_loses_nothing():
    with Server() as server:
        for _ in range(3):
            if not server.is_running():
                server.start()
            with Writers(server) as writers:
                wait_until(lambda: len(writers.acknowledged) > 300, 20, "events are taken")
                begin = time.monotonic()
                server.stop(timeout=15 * PATIENCE)
                assert time.monotonic() - begin < 10 * PATIENCE
            server.start()
            ids = sorted(writers.acknowledged)
            answer = server.post("/v1/events", [event(id) for id in ids[:10_000]])
            assert answer.json["duplicates"] == len(ids[:10_000]), answer
        server.stop()


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_second_signal_ends_it_at_once_and_loses_nothing(first):
    with Server() as server:
        # A question that takes long keeps the first signal waiting.
        def wait_long():
            with contextlib.suppress(Exception):
                server.post("/api/v1/sql", {"sql": "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b"})

        with Writers(server) as writers, concurrent.futures.ThreadPoolExecutor(1) as pool:
            wait_until(lambda: len(writers.acknowledged) > 200, 20, "events are taken")
            pool.submit(wait_long)
            time.sleep(0.3)
            os.kill(server.pid, first)
            time.sleep(0.2)
            begin = time.monotonic()
            with contextlib.suppress(ProcessLookupError):
                os.kill(server.pid, first)
            server.wait(15 * PATIENCE)
            assert time.monotonic() - begin < 2 * PATIENCE
        server.start()
        assert_nothing_lost(server, writers)
        server.stop()


def test_sigterm_with_idle_and_half_open_connections_ends_at_once():
    from support.raw_http import RawConnection
    with Server() as server:
        open_ones = [RawConnection(server) for _ in range(20)]
        for connection in open_ones[:10]:
            assert connection.is_open()
        for connection in open_ones[10:]:
            connection.send(b"POST /track HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        time.sleep(0.1)
        begin = time.monotonic()
        server.stop(timeout=15 * PATIENCE)
        assert time.monotonic() - begin < 10 * PATIENCE
        for connection in open_ones:
            connection.close()


# --- a warehouse that is gone -------------------------------------------------------------------------------------------


def numbers(server):
    project = Project(server, "default")
    answer = server.post("/v1/events", [])
    metrics = project.data("/metrics", **{"from": "2026-01-01", "to": "2026-01-31", "at_least": answer.json["position"]})
    return metrics, project.ledger()


def garbage(path):
    path.write_bytes(os.urandom(300_000))


def truncated(path):
    os.truncate(path, path.stat().st_size // 2)


def one_block_overwritten(path):
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(os.urandom(64 << 10))


def all_blocks_overwritten(path):
    with open(path, "r+b") as file:
        file.seek(12_288)
        file.write(os.urandom(path.stat().st_size - 12_288))


def noted(path):
    """What the program leaves when it finds damage while it runs."""
    path.with_name(path.name + ".damaged").touch()


@pytest.mark.parametrize("damage", [pathlib.Path.unlink, truncated, garbage, one_block_overwritten, all_blocks_overwritten,
                                    lambda path: os.truncate(path, 0), noted],
                         ids=["deleted", "truncated", "garbage", "headers overwritten", "blocks overwritten", "empty", "noted"])
@pytest.mark.parametrize("lake", [False, True], ids=["out of the log", "out of lake and log"])
def test_a_damaged_warehouse_is_rebuilt_at_the_start_with_equal_numbers(damage, lake):
    options = ["--lake-interval", "1s"] if lake else ["--lake-interval", "1h"]
    with Server(*options) as server:
        for day in range(1, 31):
            events = [{"event": f"e-{n % 3}", "user_id": f"u-{n % 50}", "event_id": f"{day}-{n}", "session_id": f"s-{n % 70}",
                       "timestamp": f"2026-01-{day:02}T12:00:00Z"} for n in range(100)]
            assert server.post("/v1/events", [*events, events[0], {"event": "bad"}]).status == 202
        before = numbers(server)
        if lake:
            manifest = server.data / "lake/manifest.json"
            wait_until(lambda: manifest.exists() and json.loads(manifest.read_text())["position"] > 2000, 20, "the lake is filled")
        server.stop()
        damage(server.data / "warehouse.duckdb")
        server.start()
        answer = server.post("/track", {"event": "while it is rebuilt", "user_id": "u", "event_id": "new"})
        assert answer.status == 202, answer
        duplicate = server.post("/track", {"event": "again", "user_id": "u", "event_id": "7-7"})
        assert duplicate.json["status"] == "duplicate", duplicate
        wait_until(lambda: server.get("/-/ready").status == 200, 30, "it is ready")
        assert not (server.data / "warehouse.duckdb.damaged").exists()
        metrics, ledger = numbers(server)
        assert metrics == before[0]
        assert ledger == {**before[1], "received": before[1]["received"] + 2, "stored": before[1]["stored"] + 1,
                          "duplicate": before[1]["duplicate"] + 1}
        server.stop()


def test_damage_found_late_is_noted_and_the_next_start_rebuilds():
    """In blocks that a start may not read; an export reads all."""
    with Server() as server:
        for part in range(20):
            events = [event(f"{part}-{n}", filler=os.urandom(500).hex()) for n in range(1000)]
            assert server.post("/v1/events", events).status == 202
        assert stored(server) == 20_000
        server.stop()
        path = server.data / "warehouse.duckdb"
        size = path.stat().st_size
        with open(path, "r+b") as file:
            file.seek(size // 3)
            file.write(os.urandom(size // 3))
        run("export", data=server.data, check=False)
        server.start()
        assert list(server.data.glob("warehouse.duckdb.damaged-*")) and not (server.data / "warehouse.duckdb.damaged").exists()
        wait_until(lambda: server.get("/-/ready").status == 200, 30, "it is ready")
        assert stored(server) == 20_000
        server.stop()


def test_a_killed_servers_warehouse_is_brought_up_to_date():
    with Server() as server:
        assert server.post("/v1/events", [event(n) for n in range(1000)]).status == 202
        assert stored(server) == 1000
        server.kill()
        assert not (server.data / "warehouse.duckdb.wal").exists()
        server.start()
        project = Project(server, "default")
        project.position = server.post("/v1/events", []).json["position"]
        wait_until(lambda: server.get("/-/ready").status == 200, 30, "it is ready")
        assert project.count("kept") == 1001
        server.stop()


def test_a_damaged_record_in_the_middle_of_the_log_is_never_skipped():
    with Server() as server:
        for n in range(50):
            assert server.post("/track", event(n, filler="x" * 1000)).status == 202
        server.kill()
        (segment, *_) = sorted((server.data / "log").glob("*.log"))
        with open(segment, "r+b") as file:
            file.seek(20_000)
            file.write(b"\xff" * 16)
        (server.data / "warehouse.duckdb").unlink()
        with pytest.raises(ServerFailed) as failure:
            server.start()
            wait_until(lambda: not server.is_running() or server.get("/-/ready").status == 503, 10, "it notices")
            raise ServerFailed(server.output())
        assert str(segment) in str(failure.value), str(failure.value)[-2000:]


# --- a catalog and its data ---------------------------------------------------------------------------------------------


def test_a_lost_catalog_does_not_give_one_projects_events_to_another(tmp_path):
    data = tmp_path / "data"
    run("project", "create", "shop", data=data)
    (tmp_path / "rows.csv").write_text("event,user_id\nsecret,u\n")
    run("load", tmp_path / "rows.csv", "--project", "shop", data=data)
    (data / "catalog.db").unlink()
    with pytest.raises(ServerFailed, match="catalog.db does not know"):
        Server(data=data).start()


def test_a_catalog_that_is_newer_than_its_log_hides_nothing(tmp_path):
    data = tmp_path / "data"
    with Server(data=data) as server:
        server.post("/v1/events", {"event": "view", "user_id": "u"})
        server.stop()
    shutil.copytree(data / "log", tmp_path / "log")
    with Server(data=data) as server:
        server.post("/v1/events", [{"event": "before"}] * 3)
        server.stop()
    shutil.rmtree(data / "log")
    shutil.copytree(tmp_path / "log", data / "log")
    (data / "warehouse.duckdb").unlink()
    shutil.rmtree(data / "lake")
    with Server(data=data) as server:
        project = Project(server, "default")
        project.send([{"event": "after"}] * 5)
        assert project.count() == 1
        assert [item["payload"] for item in project.quarantine()] == ['{"event": "after"}'] * 5
        assert project.ledger()["quarantined"] == 5
