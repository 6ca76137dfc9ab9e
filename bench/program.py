"""The program as a whole: loading a large CSV, starting, and how much memory it takes."""
import csv
import os
import pathlib
import random
import resource
import shutil
import subprocess
import time

import report
from support.server import BINARY, Server, run

WORK = report.ROOT / "build/bench"
ROWS = int(os.environ.get("BENCH_CSV_ROWS", 5_000_000))
EVENTS = int(os.environ.get("BENCH_EVENTS", 10_000_000))


def cpu_of_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def write_csv(path):
    """Clicks of 200,000 users in order of time."""
    choose = random.Random(7)
    types = ["page_view"] * 6 + ["product_view"] * 3 + ["add_to_cart", "purchase"]
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["user_id", "session_id", "event", "timestamp", "platform", "country", "plan", "value"])
        start = 1_700_000_000
        for i in range(ROWS):
            at = time.gmtime(start + i * 7_776_000 // ROWS)
            user = choose.randrange(200_000)
            out.writerow([f"user_{user}", f"s_{user}_{i // 400_000}", types[i % 11], time.strftime("%Y-%m-%d %H:%M:%S", at),
                          ("web", "ios", "android")[user % 3], ("US", "DE", "FR", "IN")[user % 4], "pro" if user % 9 == 0 else "free",
                          f"{choose.random() * 100:.2f}" if i % 11 == 10 else ""])


def bench_csv(lines):
    path = WORK / "clicks.csv"
    if not path.exists():
        write_csv(path)
    data = WORK / "csv-data"
    shutil.rmtree(data, ignore_errors=True)
    before = cpu_of_children()
    started = time.monotonic()
    done = run("load", path, "--tz", "UTC", data=data, timeout=3600)
    wall, cpu = time.monotonic() - started, cpu_of_children() - before
    assert f"{ROWS} rows" in done.stdout and f"{ROWS} stored" in done.stdout, done.stdout
    before, started = time.process_time(), time.monotonic()
    with open(path, newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == ROWS + 1
    reading = time.process_time() - before
    lines.append(f"spectrum load, CSV of {ROWS:,} rows: {ROWS / cpu:,.0f} rows per CPU-second ({cpu:.1f} CPU-s, {wall:.1f} s); "
                 f"Python's csv module only reading it: {ROWS / reading:,.0f}; ratio {reading / cpu:.2f}")
    shutil.rmtree(data, ignore_errors=True)


def seconds_to_ready(data):
    best = []
    for _ in range(3):
        started = time.monotonic()
        with Server(data=data) as server:
            best.append(time.monotonic() - started)
            memory = report.memory_mb(server.pid)
            server.stop()
    return sorted(best)[1], memory


def bench_start(lines):
    started = time.monotonic()
    subprocess.run([str(BINARY), "version"], check=True, capture_output=True)
    bare = time.monotonic() - started
    empty = WORK / "empty-data"
    shutil.rmtree(empty, ignore_errors=True)
    seconds, memory = seconds_to_ready(empty)
    lines.append(f"start to ready, empty directory: {seconds:.3f} s (spectrum version alone: {bare:.3f} s); idle memory {memory:.0f} MB")
    data = WORK / "demo-data"
    if not data.exists():
        demo = subprocess.Popen([str(BINARY), "demo", "--events", str(EVENTS), "--days", "90"], stdout=subprocess.PIPE)
        load = subprocess.run([str(BINARY), "load", "--data", str(data), "--format", "ndjson", "-"], stdin=demo.stdout,
                              capture_output=True, text=True, check=True)
        demo.wait()
        assert f"{EVENTS} stored" in load.stdout, load.stdout
    seconds, memory = seconds_to_ready(data)
    lines.append(f"start to ready, {EVENTS:,} events: {seconds:.3f} s; memory then {memory:.0f} MB")
    bench_memory(lines, data)


def bench_memory(lines, data):
    with Server(data=data) as server:
        total = server.get("/metrics", query={"from": "2000-01-01", "interval": "month"}).json["data"]["total_events"]
        assert int(total) >= EVENTS, total
        demo = subprocess.Popen([str(BINARY), "demo", "--events", "500000", "--seed", str(time.time_ns() % 10**9), "--to", server.url],
                                stderr=subprocess.DEVNULL)
        peak = 0
        while demo.poll() is None:
            peak = max(peak, report.memory_mb(server.pid))
            server.get("/metrics")
            time.sleep(0.2)
        lines.append(f"memory with {EVENTS:,} events, while 500,000 more load and the overview is asked for: {peak:.0f} MB at most")


def main():
    WORK.mkdir(parents=True, exist_ok=True)
    lines = []
    bench_csv(lines)
    bench_start(lines)
    report.write("program", lines)


main()
