"""The overview in a real browser on a server with the sample shop: paint, panels, interactions."""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

import report
from support.server import BINARY, Server

WORK = report.ROOT / "build/bench"
EVENTS = int(os.environ.get("BENCH_EVENTS", 10_000_000))
RUNS = int(os.environ.get("BENCH_RUNS", 5))


def shop():
    """A data directory with the sample shop; the bench of the program uses the same."""
    data = WORK / "demo-data"
    if not data.exists():
        demo = subprocess.Popen([str(BINARY), "demo", "--events", str(EVENTS), "--days", "90"], stdout=subprocess.PIPE)
        subprocess.run([str(BINARY), "load", "--data", str(data), "--format", "ndjson", "-"], stdin=demo.stdout, check=True, capture_output=True)
        demo.wait()
    return data


def measure(server):
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or sys.exit("bench dashboard: no Chromium; run tools/setup test")
    done = subprocess.run([str(report.ROOT / "tools/with_node"), "node", "measure.js", server.url, str(RUNS)], cwd=report.ROOT / "ui",
                          env={**os.environ, "CHROMIUM": chromium}, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def middle(values):
    return f"{statistics.median(values):,.0f} ms (worst {max(values):,.0f})"


def main():
    WORK.mkdir(parents=True, exist_ok=True)
    with Server(data=shop(), start_timeout=600) as server:
        total = int(server.get("/metrics", query={"from": "2000-01-01", "interval": "month"}, timeout=120).json["data"]["total_events"])
        assert total >= EVENTS, total
        runs = measure(server)
        server.stop()
    lines = [f"overview, {total:,} events, median of {len(runs)} loads by one browser, each with a page of its own",
             f"first paint after the HTML: {middle([run['paint'] for run in runs])}; a page without scripts of the same server: "
             f"{middle([run['baseline'] for run in runs])}; goal 300 ms",
             f"all panels after the HTML: {middle([run['panels'] for run in runs])}; goal 3,000 ms",
             f"a click to the second frame behind it: {middle([value for run in runs for value in run['interactions']])}; goal 100 ms"]
    paths = sorted({path for run in runs for path, _ in run["questions"]})
    lines += [f"  {path}: {middle([took for run in runs for name, took in run['questions'] if name == path])}" for path in paths]
    report.write("dashboard", lines)


main()
