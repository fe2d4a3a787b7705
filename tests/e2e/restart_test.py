#!/usr/bin/env python3
"""SIGTERM drains; a second start finds everything; the id cache is only a cache."""

import http.client
import shutil
import threading
import time
import unittest

from reports import Truth, compare, total
from server import Server, finish, generate, now_ms
import suite
from suite import event

HOUR_MS = 3_600_000


class Poster(threading.Thread):
    """Posts numbered batches until told to stop; knows which were not acknowledged."""

    def __init__(self, server, campaign):
        super().__init__()
        self.server = server
        self.key = server.key
        self.campaign = campaign
        self.now = now_ms()
        self.posted = 0
        self.unacknowledged = []
        self.stopping = threading.Event()

    def batch(self, number):
        return [event(f"drain-{number}-{i}", self.now, self.campaign) for i in range(50)]

    def run(self):
        while not self.stopping.is_set():
            number = self.posted
            self.posted += 1
            try:
                accepted = self.server.post_events(self.batch(number), key=self.key).status == 202
            except (OSError, http.client.HTTPException):
                accepted = False
            if not accepted:
                self.unacknowledged.append(number)
                time.sleep(0.05)


class Restart(unittest.TestCase):
    def test_sigterm_drains_and_the_next_start_finds_everything(self):
        with Server() as server:
            key = server.key
            poster = Poster(server, 401)
            poster.start()
            time.sleep(2)
            started = time.monotonic()
            code = server.stop(timeout=10)
            took = time.monotonic() - started
            poster.stopping.set()
            poster.join()
            self.assertEqual(0, code, server.log_tail())
            self.assertLess(took, 10)
            acknowledged = (poster.posted - len(poster.unacknowledged)) * 50
            self.assertGreater(acknowledged, 0)

            server.start()
            self.assertEqual(key, server.key)
            server.wait_complete()
            counted = total(server, poster.now - HOUR_MS, poster.now + HOUR_MS, campaign_id=401)[0]
            self.assertGreaterEqual(counted, acknowledged, "an acknowledged event was lost")
            for number in poster.unacknowledged:
                server.post_accepted(poster.batch(number))
            server.wait_complete()
            counted = total(server, poster.now - HOUR_MS, poster.now + HOUR_MS, campaign_id=401)[0]
            self.assertEqual(poster.posted * 50, counted)
            self.assertEqual(0, server.ledger_totals()["difference"])
            self.assertEqual(0, server.stop())

    def test_an_idle_server_stops_and_starts_again(self):
        with Server() as server:
            for _ in range(3):
                self.assertEqual(0, server.stop())
                server.start()

    def test_without_the_id_cache_duplicates_are_still_known(self):
        events = 20_000
        with Server() as server:
            options = {"seed": 5, "start": now_ms() - 60_000, "rate": 0, "campaigns": 50, "late": 0.01}
            truth_file = server.folder / "truth.json"
            finish(generate(server, events, truth_file, **options))
            truth = Truth(truth_file)
            server.wait_complete()
            self.assertEqual([], compare(server, truth))
            before = server.ledger_totals()
            self.assertEqual(events, before["counted"])

            server.stop()
            shutil.rmtree(server.data / "ids")
            server.start()
            finish(generate(server, events, **options))
            server.wait_complete()
            self.assertEqual([], compare(server, truth))
            after = server.ledger_totals()
            self.assertEqual((events, 0), (after["counted"], after["difference"]))
            self.assertGreaterEqual(after["duplicate"] - before["duplicate"], events)


if __name__ == "__main__":
    suite.main(__doc__)
