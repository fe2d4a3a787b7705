#!/usr/bin/env python3
"""`adtally generate --history` and `adtally storage`, against a server and without one."""

import json
import subprocess
import unittest

import suite
from server import Server, clean_environment, default_binary

HISTORY = ["--history", "12d", "--campaigns", "30", "--scale", "0.002"]


def run(*arguments, environment=None):
    return subprocess.run(
        [default_binary(), *map(str, arguments)],
        env=environment or clean_environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )


class History(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)

    def write(self, *more):
        return run("generate", *HISTORY, "--data", self.server.data, *more)

    def storage(self, *more):
        done = run("storage", "--data", self.server.data, *more, environment=self.server.environment())
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def test_history_goes_into_a_new_store_only(self):
        truth_file = self.server.folder / "truth.json"
        done = self.write("--truth", truth_file)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("rows by hour", done.stderr)  # how far it is
        truth = json.loads(truth_file.read_text())
        again = self.write()
        self.assertEqual(1, again.returncode)
        suite.assert_sentence(self, again.stderr, "already holds traffic")
        self.server.start()
        in_use = self.write()
        self.assertEqual(1, in_use.returncode)
        suite.assert_sentence(self, in_use.stderr, "in use")
        self.assertEqual(30, len(truth["campaigns"]))
        catalog = self.server.get_json("/v1/catalog")
        self.assertEqual(30, len(catalog["campaigns"]))

    def test_wrong_use_is_refused(self):
        for arguments, word in (
            (["--history", "2w"], "--history"),
            (["--history", "0d"], "--history"),
            (["--history", "99y"], "--history"),
            (["--history", "1d", "--scale", "0"], "--scale"),
            (["--history", "1d", "--campaigns", "0"], "--campaigns"),
            (["--history", "1d", "--until", "5"], "--until"),
            ([], "--to"),
        ):
            refused = run("generate", *arguments)
            self.assertEqual(2, refused.returncode, arguments)
            suite.assert_sentence(self, refused.stderr, word)
        both = run("generate", "--history", "1d", "--to", "x")
        self.assertEqual(2, both.returncode)

    def test_storage_with_and_without_a_server(self):
        truth_file = self.server.folder / "truth.json"
        done = self.write("--truth", truth_file)
        self.assertEqual(0, done.returncode, done.stderr)
        closed = json.loads(self.storage("--json"))
        self.assertEqual(json.loads(truth_file.read_text())["events"], closed["events"])
        self.assertGreater(closed["as_minutes"]["minute_rows_per_hour_row"], 1)
        self.server.start()
        table = self.storage()
        for word in ("minute", "hour", "day", "archive", "bytes of JSON", "as minutes throughout"):
            self.assertIn(word, table)
        served = self.server.get_json("/v1/storage")
        self.assertEqual(closed["events"], served["events"])
        self.assertGreater(served["log_bytes"], 0)

    def test_storage_without_a_store(self):
        missing = run("storage", "--data", self.server.folder / "nothing")
        self.assertEqual(1, missing.returncode)
        suite.assert_sentence(self, missing.stderr, "there is no store in")

    def test_the_size_of_an_event_as_json_is_that_of_the_generator(self):
        done = self.write()
        self.assertEqual(0, done.returncode, done.stderr)
        said = json.loads(self.storage("--json"))["json_bytes_per_event"]
        events = self.server.folder / "events.ndjson"
        count = 50_000
        written = run("generate", "--to", events, "--events", count, "--duplicates", "0")
        self.assertEqual(0, written.returncode, written.stderr)
        self.assertAlmostEqual(said, events.stat().st_size / count, delta=0.03 * said)


if __name__ == "__main__":
    suite.main(__doc__)
