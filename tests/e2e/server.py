"""Runs the real `adtally serve` on free ports and talks to it. Python's standard library only."""

import datetime
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36"


def default_binary():
    return os.environ.get("E2E_BINARY", str(ROOT / "build" / "release" / "adtally"))


def clean_environment():
    """Ours without ADTALLY_… variables: they would configure the servers under test."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ADTALLY_")}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def now_ms():
    return time.time_ns() // 1_000_000


def minute_text(ms):
    """The minute of that time in UTC, as reports take it."""
    return datetime.datetime.fromtimestamp(ms // 60_000 * 60, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%MZ")


def parse_time_ms(text):
    """ms since the epoch of an RFC 3339 time; UTC when it names no offset."""
    parsed = datetime.datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=datetime.timezone.utc)
    return round(parsed.timestamp() * 1000)


class Response:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:500]!r}"


def send(origin, method, target, body=None, headers=None, timeout=60):
    """One request on a connection of its own. Redirects are not followed."""
    connection = http.client.HTTPConnection(origin, timeout=timeout)
    try:
        connection.request(method, target, body=body, headers=headers or {})
        answer = connection.getresponse()
        return Response(answer.status, answer.getheaders(), answer.read())
    finally:
        connection.close()


class Server:
    """A server and its data folder. Ports stay the same over restarts. Use it as a context manager."""

    def __init__(self, binary=None, data=None, environment=None):
        self.binary = binary or default_binary()
        if not os.access(self.binary, os.X_OK):
            raise FileNotFoundError(f"{self.binary} is not there: run scripts/build, or give --binary")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="adtally-e2e-"))
        self.data = pathlib.Path(data) if data else self.folder / "data"
        self.log = self.folder / "server.log"
        self.edge = f"127.0.0.1:{free_port()}"
        self.api = f"127.0.0.1:{free_port()}"
        self.extra_environment = environment or {}
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

    def environment(self):
        return {
            **clean_environment(),
            "ADTALLY_EDGE_LISTEN": self.edge,
            "ADTALLY_API_LISTEN": self.api,
            **self.extra_environment,
        }

    def command(self):
        return [self.binary, "serve", "--data", str(self.data)]

    def start(self, wait=True, timeout=60):
        assert self.process is None, "already running"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        if wait:
            self.wait_ready(timeout)

    def wait_ready(self, timeout=60):
        deadline = time.monotonic() + timeout
        last = "no answer"
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}\n{self.log_tail()}")
            try:
                answer = send(self.probes, "GET", "/readyz", timeout=5)
                if answer.status == 200:
                    return
                last = repr(answer)
            except OSError as error:
                last = str(error)
            time.sleep(0.05)
        raise AssertionError(f"not ready after {timeout} s: {last}\n{self.log_tail()}")

    def kill9(self):
        """The process is gone when this returns; nothing was flushed."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self, timeout=10):
        """SIGTERM; the exit code. Fails when it takes longer than `timeout`."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise AssertionError(f"still running {timeout} s after SIGTERM\n{self.log_tail()}") from None
        self.process = None
        return code

    def restart(self, timeout=60):
        self.stop()
        self.start(timeout=timeout)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def close(self):
        if self.process is not None:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_tail(self, lines=30):
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    @property
    def probes(self):
        """Where /readyz and /metrics are."""
        return self.api

    @property
    def key(self):
        return (self.data / "admin.key").read_text().strip()

    # Edge

    def edge_send(self, method, target, body=None, headers=None, key=True, timeout=60):
        headers = dict(headers or {})
        headers.setdefault("User-Agent", BROWSER)
        if key:
            headers["Authorization"] = f"Bearer {self.key if key is True else key}"
        return send(self.edge, method, target, body, headers, timeout)

    def post_events(self, events, key=True):
        """`events`: dictionaries, or strings for lines as they are. Sent as NDJSON."""
        lines = [e if isinstance(e, str) else json.dumps(e) for e in events]
        return self.edge_send(
            "POST", "/v1/events", "\n".join(lines).encode(), {"Content-Type": "application/x-ndjson"}, key=key
        )

    def post_accepted(self, events):
        answer = self.post_events(events)
        assert answer.status == 202, f"events were not accepted: {answer}"
        body = answer.json()
        assert body["accepted"] == len(events) and body["rejected"] == 0, f"not all were accepted: {answer}"

    # API

    def api_send(self, method, target, body=None, key=None, timeout=120):
        headers = {"Authorization": f"Bearer {key or self.key}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return send(self.api, method, target, body, headers, timeout)

    def get_json(self, path, **parameters):
        target = path + ("?" + urllib.parse.urlencode(parameters) if parameters else "")
        answer = self.api_send("GET", target)
        assert answer.status == 200, f"GET {target} answered {answer}"
        return json.loads(answer.body, parse_float=str)  # money keeps all its digits

    def wait_complete(self, timeout=120):
        """Waits until everything that was appended before the call is counted and visible."""
        target = now_ms()
        deadline = time.monotonic() + timeout
        idle_polls = 0
        while time.monotonic() < deadline:
            freshness = self.get_json("/v1/freshness")
            complete_to = freshness["complete_to"]
            if complete_to and parse_time_ms(complete_to) > target:
                return
            partitions = freshness["partitions"]
            idle = bool(partitions) and all(p["complete_to"] and p["lag_records"] == 0 for p in partitions)
            idle_polls = idle_polls + 1 if idle else 0
            if idle_polls >= 5:
                return
            time.sleep(0.2)
        raise AssertionError(f"not complete after {timeout} s: {freshness}\n{self.log_tail()}")

    def ledger_totals(self):
        """{received, counted, duplicate, invalid: {…}, late, rejected, difference} of the last 12 h."""
        start, end = now_ms() - 12 * 3_600_000, now_ms() + 3_600_000
        return self.get_json("/v1/ledger", **{"from": minute_text(start), "to": minute_text(end)})["totals"]


def generate(server, events, truth=None, seed=1, **options):
    """Starts `adtally generate` against the server's edge; returns the Popen."""
    command = [server.binary, "generate", "--to", f"http://{server.edge}", "--key", server.key]
    command += ["--events", str(events), "--seed", str(seed)]
    if truth:
        command += ["--truth", str(truth)]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    return subprocess.Popen(
        command,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def finish(process, timeout=600):
    """Waits for a generate; fails with its output unless it ends with 0."""
    output, _ = process.communicate(timeout=timeout)
    text = output.decode(errors="replace")
    assert process.returncode == 0, f"generate ended with {process.returncode}: {text[-3000:]}"
    return text
