"""Runs the real `adtally store` on a free port."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse

from server import clean_environment, default_binary, free_port, send

READER = ("reader", "reads-only")


class Store:
    """A store process and its data folder. The port stays the same over restarts. A context manager."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="adtally-store-"))
        self.data = self.folder / "data"
        self.log = self.folder / "store.log"
        self.address = f"127.0.0.1:{free_port()}"
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill9()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def password_file(self):
        return self.data / "store.key"

    @property
    def password(self):
        return self.password_file.read_text().strip()

    def environment(self):
        """Of an `adtally serve` that uses this store."""
        return {
            "ADTALLY_STORE_KIND": "clickhouse",
            "ADTALLY_STORE_URL": f"http://{self.address}",
            "ADTALLY_STORE_PASSWORD_FILE": str(self.password_file),
        }

    def start(self, wait=True, timeout=60):
        environment = {
            **clean_environment(),
            "ADTALLY_STORE_SERVER_LISTEN": self.address,
            "ADTALLY_STORE_SERVER_READERS": ":".join(READER),
            "ADTALLY_STORE_SERVER_MAX_RESULT_MB": "100",
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [default_binary(), "store", "--data", str(self.data)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if wait:
            self.wait_ready(timeout)

    def wait_ready(self, timeout=60):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the store ended with {self.process.returncode}\n{self.log_text()}")
            try:
                if send(self.address, "GET", "/ping", timeout=5).body == b"Ok.\n":
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not ready after {timeout} s\n{self.log_text()}")

    def kill9(self):
        if self.process is not None:
            if self.process.poll() is None:
                os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self, timeout=20):
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout)
        self.process = None
        return code

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def ask(self, sql, user=None, method="POST", **parameters):
        """Posts a statement (or gets one, in the URL); the Response."""
        name, password = user or ("adtally", self.password)
        headers = {"X-ClickHouse-User": name, "X-ClickHouse-Key": password}
        if method != "POST":
            parameters["query"] = sql
        target = "/?" + urllib.parse.urlencode(parameters)
        return send(self.address, method, target, sql.encode() if method == "POST" else None, headers)
