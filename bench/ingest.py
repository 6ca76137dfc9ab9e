"""Durable events over HTTP against nginx that answers the same requests with a bare 202.

Server, nginx and load generator share one core and take turns; everything is on: validation, exact dedupe, ledger, fsync.
"""
import os
import pathlib
import re
import socket
import statistics
import subprocess
import tempfile
import time

import report
from support.server import Server

ROUNDS = 5
SECONDS = 4
GENERATOR = str(report.ROOT / "build/release/bench/http_load")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_nginx(folder):
    port = free_port()
    conf = (report.ROOT / "bench/nginx.conf").read_text().replace("{folder}", folder).replace("{port}", str(port))
    path = pathlib.Path(folder) / "nginx.conf"
    path.write_text(conf)
    process = subprocess.Popen(["nginx", "-c", str(path)], stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process, port
        except OSError:
            time.sleep(0.05)
    raise SystemExit("nginx does not start")


def measure(port, connections, events):
    out = subprocess.run([GENERATOR, str(port), str(connections), str(events), str(SECONDS)], check=True,
                         capture_output=True, text=True).stdout
    return {name: float(value) for name, value in re.findall(r"(\w+)=([\d.]+)", out)}


def check(server):
    """One event and a batch arrive, are counted once, and a repetition is a duplicate."""
    event = {"event": "check", "user_id": "u", "event_id": "check-1"}
    assert server.post("/v1/events", event).json["status"] == "accepted"
    answer = server.post("/v1/events", event).json
    assert answer["status"] == "duplicate"
    counted = server.get("/metrics", query={"event_type": "check", "at_least": answer["position"]}).json["data"]
    assert counted["total_events"] == 1, counted


def compare(title, server, nginx_port, connections, events):
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(measure(nginx_port, connections, events))
        ours.append(measure(server.port, connections, events))
    rate = statistics.median(run["events_per_s"] for run in ours)
    baseline = statistics.median(run["events_per_s"] for run in theirs)
    ratios = sorted(a["events_per_s"] / b["events_per_s"] for a, b in zip(ours, theirs))
    p50, p99 = (statistics.median(run[name] for run in ours) for name in ("p50_ms", "p99_ms"))
    return (f"{title:<34} {rate:>10,.0f} {baseline:>12,.0f} {statistics.median(ratios):>7.2f} "
            f"({ratios[0]:.2f}-{ratios[-1]:.2f}) {p50:>8.2f} {p99:>8.2f}")


def main():
    os.sched_setaffinity(0, {0})
    with tempfile.TemporaryDirectory() as folder:
        nginx, port = start_nginx(folder)
        try:
            lines = [f"{'durable, one core for all':<34} {'events/s':>10} {'nginx':>12} {'ratio':>7} {'(range)':>11} {'p50 ms':>8} {'p99 ms':>8}"]
            for title, connections, events in [("single events, 64 connections", 64, 1), ("batches of 1,000, 16 connections", 16, 1000)]:
                with Server("--io-threads", 1, "--query-threads", 1, "--log-keep-bytes", "64GiB") as server:
                    check(server)
                    lines.append(compare(title, server, port, connections, events))
            report.write("ingest", lines)
        finally:
            nginx.terminate()
            nginx.wait()


main()
