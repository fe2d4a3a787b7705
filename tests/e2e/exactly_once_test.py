#!/usr/bin/env python3
"""Kills the server with -9 again and again under traffic; afterwards every number must be right.

    exactly_once_test.py [--binary FILE] [--runs N] [--events N] [--kills N] [--seed S]
"""

import os
import random
import sys
import time
import unittest

from reports import Truth, compare, compare_ledger, differences
from server import Server, finish, generate
import suite

SECONDS_PER_KILL = 2.5  # of traffic
KILLED_WHILE_STARTING = 0.2  # share of the kills that hit a server before it is ready


class Options:
    runs = int(os.environ.get("E2E_RUNS", "1"))
    events = int(os.environ.get("E2E_EVENTS", "300000"))
    kills = int(os.environ.get("E2E_KILLS", "10"))
    seed = None


def kill_at_random(server, rng, kills, traffic):
    """Kills and restarts; returns how many kills came while the traffic was still running."""
    under_traffic = 0
    for _ in range(kills):
        if rng.random() < KILLED_WHILE_STARTING:
            server.kill9()
            server.start(wait=False)
            time.sleep(rng.uniform(0, 0.6))
        else:
            time.sleep(rng.uniform(0.1, 2.2))
        if traffic.poll() is None:
            under_traffic += 1
        server.kill9()
        time.sleep(rng.uniform(0, 0.4))
        server.start()
    return under_traffic


class ExactlyOnce(unittest.TestCase):
    def test_counts_are_exact_after_kills(self):
        first = Options.seed if Options.seed is not None else random.SystemRandom().randrange(1_000_000)
        for run in range(Options.runs):
            with self.subTest(seed=first + run):
                self.one_run(first + run)

    def one_run(self, seed):
        rng = random.Random(seed)
        file_format = rng.choice(["json", "protobuf"])
        print(f"        seed {seed}: {Options.events} events as {file_format}, {Options.kills} kills", flush=True)
        with Server() as server:
            truth_file = server.folder / "truth.json"
            traffic = generate(
                server,
                Options.events,
                truth_file,
                seed=seed,
                rate=round(Options.events / (Options.kills * SECONDS_PER_KILL), 3),
                duplicates=0.02,
                late=0.02,
                campaigns=300,
                clients=4,
                batch=200,
                format=file_format,
            )
            try:
                under_traffic = kill_at_random(server, rng, Options.kills, traffic)
                finish(traffic)
            finally:
                if traffic.poll() is None:
                    traffic.kill()
                    traffic.wait()
            self.assertGreater(under_traffic, 0, "no kill came while there was traffic")
            self.check(server, Truth(truth_file))
            print(f"        seed {seed}: {under_traffic} of {Options.kills} kills under traffic", flush=True)

    def check(self, server, truth):
        self.assertTrue(truth.complete)
        self.assertEqual(Options.events, truth.events)
        months = {time.strftime("%Y%m", time.gmtime(key[0] * 60)) for key in truth.clicks}
        self.assertGreater(len(months), 1, "all clicks are of one month")
        server.wait_complete(300)
        found = compare(server, truth) + compare_ledger(server, truth)
        self.assertEqual([], found, server.log_tail())


class Canary(unittest.TestCase):
    """The comparison itself sees a lost, a doubled and a misplaced event."""

    def test_differences_are_found(self):
        one, two = (1, 0, 0, 1500, 0), (2, 0, 0, 3000, 0)
        self.assertEqual([], differences({"a": one}, {"a": one, "b": (0, 0, 0, 0, 0)}))
        for actual in ({}, {"a": two}, {"b": one}, {"a": (1, 0, 0, 1501, 0)}):
            with self.subTest(actual=actual):
                self.assertNotEqual([], differences({"a": one}, actual))


if __name__ == "__main__":
    parser = suite.arguments(__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=Options.runs)
    parser.add_argument("--events", type=int, default=Options.events)
    parser.add_argument("--kills", type=int, default=Options.kills)
    parser.add_argument("--seed", type=int, help="of the first run; random by default")
    options = parser.parse_args()
    suite.use_binary(options)
    Options.runs, Options.events = options.runs, options.events
    Options.kills, Options.seed = options.kills, options.seed
    sys.exit(suite.run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])))
