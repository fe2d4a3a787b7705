#!/usr/bin/env python3
"""Measures how long an event takes from the moment it is sent until a report shows it.

    freshness_test.py [--binary FILE] [--rate 20000] [--seconds 60] [--limit 5]

Under a steady load of --rate events a second it posts marker events, each with a creative id of its own, and polls
/v1/report every 100 ms. Prints p50, p99 and the maximum; fails when the p99 is over --limit seconds.
"""

import os
import random
import sys
import threading
import time
import unittest

import kafka
import suite
from reports import total
from roles import Deployment
from server import Server, finish, generate, now_ms
from store_process import Store
from suite import event

MARKERS = 3  # threads that post markers
POLL_S = 0.1
PATIENCE_S = 60
CAMPAIGN = 999_999  # not one of the load's


class Options:
    rate = int(os.environ.get("E2E_RATE", "2000"))
    seconds = int(os.environ.get("E2E_SECONDS", "10"))
    limit = 5.0


class Markers:
    """Posts markers from several threads and notes how long each took to be visible."""

    def __init__(self, server, until):
        self.server = server
        self.until = until
        self.latencies = []
        self.errors = []
        self.lock = threading.Lock()
        self.next_creative = 0

    def run(self):
        threads = [threading.Thread(target=self.work, args=(n,)) for n in range(MARKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def work(self, number):
        rng = random.Random(number)
        try:
            while time.monotonic() < self.until:
                latency = self.measure()
                with self.lock:
                    self.latencies.append(latency)
                time.sleep(rng.uniform(0, 0.5))  # so that markers do not fall in step with checkpoints
        except Exception as error:  # noqa: BLE001 - a thread's failure is the test's
            self.errors.append(error)

    def measure(self):
        with self.lock:
            self.next_creative += 1
            creative = 1_000_000_000 + self.next_creative
        sent_ms, started = now_ms(), time.monotonic()
        marker = event(f"marker-{sent_ms}-{creative}", sent_ms, CAMPAIGN, creative_id=creative)
        self.server.post_accepted([marker])
        while time.monotonic() - started < PATIENCE_S:
            if total(self.server, sent_ms - 60_000, sent_ms + 60_000, creative_id=creative)[0] == 1:
                return time.monotonic() - started
            time.sleep(POLL_S)
        raise AssertionError(f"an event was not visible after {PATIENCE_S} s\n{self.server.log_tail()}")


def percentile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


def measure(test, server, limit):
    """Under load, how long markers take; fails when their p99 is over the limit, in seconds."""
    started = time.monotonic()
    load = generate(server, Options.rate * Options.seconds, rate=Options.rate)
    markers = Markers(server, time.monotonic() + Options.seconds)
    try:
        markers.run()
        finish(load)
        achieved = Options.rate * Options.seconds / (time.monotonic() - started)
    finally:
        if load.poll() is None:
            load.kill()
            load.wait()
    if markers.errors:
        raise markers.errors[0]
    seconds = sorted(markers.latencies)
    p50, p99 = percentile(seconds, 0.5), percentile(seconds, 0.99)
    print(
        f"        {Options.rate} events/s for {Options.seconds} s, {achieved:.0f} achieved, "
        f"{len(seconds)} markers: event to visible p50 {p50:.2f} s, p99 {p99:.2f} s, max {seconds[-1]:.2f} s",
        flush=True,
    )
    test.assertLess(p99, limit)


class Freshness(unittest.TestCase):
    def test_event_to_visible(self):
        with Server() as server:
            measure(self, server, Options.limit)


@unittest.skipUnless(kafka.available(), "no Kafka here: scripts/install kafka")
class ManyProcesses(unittest.TestCase):
    """The same through three brokers, three aggregators and an API that counts nothing itself."""

    def test_event_to_visible(self):
        with kafka.Cluster(3) as cluster, Store() as store, Deployment(cluster, store) as processes:
            measure(self, processes.api, 8)


if __name__ == "__main__":
    parser = suite.arguments(__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=20_000, help="events a second of the load")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--limit", type=float, default=Options.limit, help="of the p99, in seconds")
    options = parser.parse_args()
    suite.use_binary(options)
    Options.rate, Options.seconds, Options.limit = options.rate, options.seconds, options.limit
    sys.exit(suite.run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])))
