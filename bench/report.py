"""What the measurements share: the machine they ran on, and the file that their table goes to."""
import datetime
import os
import pathlib
import platform
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))


def machine():
    model = "unknown"
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    day = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    return f"{day}, {os.cpu_count()} x {model}, Linux {platform.release()}, load {os.getloadavg()[0]:.1f}, commit {commit}"


def memory_mb(pid, kind="VmRSS"):
    """What a process has in memory; `VmHWM`: had at most."""
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(kind):
            return int(line.split()[1]) / 1024
    return 0


def write(name, lines):
    text = "\n".join([f"# {name}: {machine()}", *lines, ""])
    print(text)
    (ROOT / f"bench/results/{name}.txt").write_text(text)
