"""Runs the real program in a test: start it on a free port, talk to it, stop it, kill it, look at what it said.

    with Server() as server:
        answer = server.post("/track", {"event": "page_view", "user_id": "u-001"})
        assert answer.status == 202, answer
        server.kill()      # as a power cut would, but for the disk
        server.start()     # on the same data
        assert server.get("/metrics").json["data"]["total_events"] == 1

SPECTRUM_BINARY names the program; default build/release/spectrum.
"""
import atexit
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("SPECTRUM_BINARY", ROOT / "build/release/spectrum")).absolute()
LISTENING = re.compile(r"Spectrum (\S+) listening on http://(\S+):(\d+)")


class ServerFailed(Exception):
    """The program did not do what was asked; the text ends with what it printed."""


@dataclass
class Answer:
    """What came back for a request. `headers` has lower-case names."""
    status: int
    headers: dict
    body: bytes = field(repr=False)

    @property
    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return f"{self.status} {self.body[:2000].decode(errors='replace')}"


def environment(**settings):
    """The environment without settings of this machine's user; SPECTRUM_… given by keyword without the prefix."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPECTRUM_")}
    kept.update({f"SPECTRUM_{name.upper()}": str(value) for name, value in settings.items()})
    kept["NO_PROXY"] = kept["no_proxy"] = "*"
    return kept


def run(*arguments, data=None, stdin=None, timeout=120, check=True, **settings):
    """Runs one command to its end (`run("verify", data=folder)`) and returns its subprocess.CompletedProcess."""
    command = [str(BINARY), *map(str, arguments), *(["--data", str(data)] if data else [])]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=timeout, text=not isinstance(stdin, bytes),
                          env=environment(**settings))
    if check and done.returncode != 0:
        raise ServerFailed(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Server:
    """`spectrum serve` on 127.0.0.1 and a port of its own. Makes its data directory, unless given one, and removes it.

    Options are flags (`"--max-event-age", "1d"`); settings are environment variables (`management_key="secret"`).
    """

    def __init__(self, *options, data=None, start_timeout=60, **settings):
        self.options = [str(option) for option in options]
        self.settings = settings
        self.start_timeout = start_timeout
        self._made = None if data else tempfile.mkdtemp(prefix="spectrum-test-")
        self.data = pathlib.Path(data or os.path.join(self._made, "data"))
        self._log = tempfile.NamedTemporaryFile(prefix="spectrum-", suffix=".log", delete=False)
        self._process = None
        self.host, self.port, self.version = "127.0.0.1", 0, None

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    @property
    def url(self):
        return f"http://{self.host}:{self.port}"

    @property
    def pid(self):
        return self._process.pid

    def is_running(self):
        return self._process is not None and self._process.poll() is None

    def output(self):
        """Everything that it has printed, over all its starts."""
        return pathlib.Path(self._log.name).read_text(errors="replace")

    def start(self):
        """Starts it and returns when it is ready to answer."""
        if not BINARY.exists():
            raise ServerFailed(f"{BINARY} is missing; run make build, or set SPECTRUM_BINARY")
        assert not self.is_running(), "it runs already"
        seen = len(self.output())
        self._process = subprocess.Popen(
            [str(BINARY), "serve", "--data", str(self.data), "--listen", "127.0.0.1:0", *self.options],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT, env=environment(**self.settings))
        atexit.register(self.kill)
        deadline = time.monotonic() + self.start_timeout
        while not (ready := LISTENING.search(self.output(), seen)):
            if not self.is_running():
                self._fail(f"ended with {self._process.returncode} before it was ready")
            if time.monotonic() > deadline:
                self.kill()
                self._fail(f"was not ready within {self.start_timeout} s")
            time.sleep(0.01)
        self.version, self.host, self.port = ready[1], ready[2].strip("[]"), int(ready[3])
        return self

    def stop(self, timeout=15):
        """Asks it to stop (SIGTERM) and waits; it must end with 0."""
        if not self.is_running():
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            self._fail(f"did not stop within {timeout} s")
        if code != 0:
            self._fail(f"stopped with {code}")

    def kill(self):
        """kill -9, and waits until it is gone."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait(10)
        atexit.unregister(self.kill)

    def wait(self, timeout=60):
        """Waits until it ends by itself and returns its exit code."""
        return self._process.wait(timeout)

    def close(self):
        """Ends it, however it is, and removes what was made for it."""
        self.kill()
        self._log.close()
        pathlib.Path(self._log.name).unlink(missing_ok=True)
        if self._made:
            shutil.rmtree(self._made, ignore_errors=True)

    def connect(self, timeout=30):
        """A connection to keep for many requests: http.client's."""
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, timeout=30, query=None, connection=None):
        """One request on a connection of its own, or on `connection`. A body that is no bytes or text goes as JSON.

        Raises OSError or http.client.HTTPException when no answer comes.
        """
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        if query:
            path += "?" + urllib.parse.urlencode(query)
        own = connection is None
        connection = connection or self.connect(timeout)
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            if own:
                connection.close()

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)

    def _fail(self, what):
        raise ServerFailed(f"spectrum serve {what}; it printed:\n{self.output()[-20000:]}")
