#!/usr/bin/env python3
"""adtally as separate processes over three Kafka brokers: whatever is killed, stopped or cut off, every number is right.

    kafka_cluster_test.py [--binary FILE] [--rounds N] [--stopped SECONDS] [--seed S]
"""

import os
import random
import sys
import time
import unittest

import kafka
import suite
from reports import Truth, TruthSum, compare, compare_ledger
from roles import Deployment
from server import finish, generate, send
from store_process import Store

TOPIC = "adtally.events"
RATE = 2500  # events a second
SESSION_TIMEOUT_S = 6  # the default
BAD_LINE = "not JSON"  # refused, but only after the key was looked at
FAIL_OVER_S = 30  # from a kill to the first new checkpoint of each partition, on a busy machine


class Options:
    rounds = int(os.environ.get("E2E_ROUNDS", "1"))
    stopped = float(os.environ.get("E2E_STOPPED", "10"))  # seconds that a process is stopped or cut off
    seed = None


@unittest.skipUnless(kafka.available(), "no Kafka here: scripts/install kafka")
class Cluster(unittest.TestCase):
    def setUp(self):
        self.seed = Options.seed if Options.seed is not None else random.SystemRandom().randrange(1_000_000)
        self.rng = random.Random(self.seed)
        print(f"        seed {self.seed}", flush=True)
        self.truth = TruthSum()
        self.fail_overs, self.stand_ins = [], []

    def test_counts_are_exact_whatever_happens(self):
        with kafka.Cluster(3) as self.cluster, Store() as self.store:
            with Deployment(self.cluster, self.store) as self.all:
                self.under_traffic("keys that the edge learns of", self.keys_spread, 6)
                for _ in range(Options.rounds):
                    self.under_traffic("kill -9 of an aggregator", self.kill_aggregator, 10)
                    self.under_traffic("an aggregator is stopped", self.stop_aggregator, Options.stopped + 4)
                    self.under_traffic("network cut", self.cut_off, Options.stopped + 4)
                    self.under_traffic("kill -9 of a partition's leader", self.kill_leader, 9)
                    self.under_traffic("kill -9 of the controller", self.kill_controller, 9)
                    self.under_traffic("one more process, for a while", self.join_and_leave, 8)
                    self.under_traffic("kill -9 of an aggregator beside a standby", self.kill_beside_standby, 9)
                for process in [p for p in self.all.everyone() if p.running()]:
                    self.assertEqual(0, process.stop(timeout=30), process.log_tail())
        self.assertLess(self.worst("fail-over after kill -9", self.fail_overs), FAIL_OVER_S)
        self.assertLess(self.worst("fail-over to a standby", self.stand_ins), SESSION_TIMEOUT_S)

    @staticmethod
    def worst(what, seconds):
        print(f"        {what}: {max(seconds):.1f} s at worst of {len(seconds)} partitions", flush=True)
        return max(seconds)

    def under_traffic(self, what, disturb, seconds):
        """Disturbs while events come, for about so long; then everything must be as the truth says."""
        started = time.monotonic()
        truth_file = self.all.api.folder / f"truth-{self.truth.events}.json"
        traffic = generate(
            self.all.api,
            int(RATE * seconds),
            truth_file,
            seed=self.rng.randrange(1_000_000),
            rate=RATE,
            duplicates=0.03,
            campaigns=100,
            clients=4,
            batch=50,
        )
        try:
            time.sleep(1.5)
            disturb()
            finish(traffic)
        finally:
            if traffic.poll() is None:
                traffic.kill()
                traffic.wait()
        self.truth.add(Truth(truth_file))
        self.check(what)
        print(f"        {what}: exact ({time.monotonic() - started:.1f} s)", flush=True)

    def check(self, what):
        api = self.all.api
        self.all.edge.wait_drained()
        api.wait_complete(60)
        found = compare(api, self.truth) + compare_ledger(api, self.truth)
        logs = "\n".join(f"{p.roles}: {p.log_tail(10)}" for p in self.all.everyone())
        self.assertEqual([], found, f"{what}\n{logs}")
        for process in self.all.everyone():
            if process.running():
                process.wait_ready()
        counted = [partition for process in self.aggregators() for partition in process.partitions()]
        self.assertEqual(list(range(self.all.count)), sorted(counted), "each partition is counted by one process")
        self.check_freshness()

    def check_freshness(self):
        partitions = self.all.api.get_json("/v1/freshness")["partitions"]
        self.assertEqual(list(range(self.all.count)), [p["partition"] for p in partitions])
        for partition in partitions:
            self.assertEqual(0, partition["lag_records"])
            self.assertLess(float(partition["lag_seconds"]), 10)
        self.assertEqual(self.all.count, len(self.all.api.metric("adtally_partition_lag_seconds")))

    def aggregators(self):
        return [p for p in self.all.aggregators + self.all.extra if p.running()]

    def victim(self):
        """An aggregator that has partitions, and those."""
        for process in self.rng.sample(self.all.aggregators, len(self.all.aggregators)):
            if partitions := process.partitions():
                return process, partitions
        raise AssertionError("no aggregator has a partition")

    def wait_progress(self, partitions, timeout=60):
        """Seconds until each of the partitions has a new checkpoint."""
        started = time.monotonic()
        before = self.all.progress()
        waiting = {partition: before.get(partition, 0) for partition in partitions}
        seconds = {}
        while waiting:
            self.assertLess(time.monotonic() - started, timeout, f"no progress of {waiting}")
            now = self.all.progress()
            for partition in [p for p, end in waiting.items() if now.get(p, 0) > end]:
                del waiting[partition]
                seconds[partition] = time.monotonic() - started
            time.sleep(0.05)
        return seconds

    def wait_thrown_out(self, process, log_size, timeout=15):
        """Until it has noticed that its partitions are others' meanwhile: up to then it was a zombie. It did not when its
        log was of that size."""
        deadline = time.monotonic() + timeout
        while "does not count this process as a member any more" not in process.log.read_text()[log_size:]:
            self.assertLess(time.monotonic(), deadline, process.log_tail())
            time.sleep(0.1)

    # What happens

    def keys_spread(self):
        """A key that is made or revoked at the API is so at the edge, too."""
        api, edge = self.all.api, self.all.edge
        made = api.api_send("POST", "/v1/keys", b'{"role":"ingest"}').json()
        self.wait_status(edge, made["key"], 400)
        self.assertEqual(204, api.api_send("DELETE", f"/v1/keys/{made['id']}").status)
        self.wait_status(edge, made["key"], 401)

    def wait_status(self, edge, key, status, timeout=5):
        deadline = time.monotonic() + timeout
        while (answer := edge.post_events([BAD_LINE], key=key)).status != status:
            self.assertLess(time.monotonic(), deadline, repr(answer))
            time.sleep(0.1)

    def kill_aggregator(self):
        process, partitions = self.victim()
        process.kill9()
        self.fail_overs += self.wait_progress(partitions).values()
        process.start()

    def kill_beside_standby(self):
        standby = self.all.add(ADTALLY_AGGREGATOR_STANDBY="true")
        self.assertEqual(set(range(self.all.count)), standby.partitions())
        process, partitions = self.victim()
        process.kill9()
        self.stand_ins += self.wait_progress(partitions).values()
        process.start()
        self.assertEqual(0, standby.stop(timeout=30), standby.log_tail())

    def stop_aggregator(self):
        """The others take over; then it wakes up and goes on where it was, as if nothing had happened."""
        process, partitions = self.victim()
        log_size = len(process.log.read_text())
        process.suspend()
        try:
            self.wait_progress(partitions)
            time.sleep(max(0, Options.stopped - SESSION_TIMEOUT_S - 2))
        finally:
            process.resume()
        self.wait_thrown_out(process, log_size)

    def cut_off(self):
        """Of its brokers, not of the store: it may still deliver."""
        process = self.all.aggregators[0]
        partitions = process.partitions()
        log_size = len(process.log.read_text())
        self.cluster.cut()
        try:
            self.wait_progress(partitions)
            time.sleep(max(0, Options.stopped - SESSION_TIMEOUT_S - 2))
        finally:
            self.cluster.mend()
        self.wait_thrown_out(process, log_size)

    def kill_leader(self):
        self.kill_broker(self.cluster.leader(TOPIC, self.rng.randrange(self.all.count)))

    def kill_controller(self):
        self.kill_broker(self.cluster.controller())

    def kill_broker(self, broker):
        broker.kill9()
        time.sleep(2)
        broker.start()

    def join_and_leave(self):
        process = self.all.add("edge,aggregator,api,maintenance")
        time.sleep(2)
        self.assertEqual(0, process.stop(timeout=30), process.log_tail())


@unittest.skipUnless(kafka.available(), "no Kafka here: scripts/install kafka")
class Standby(unittest.TestCase):
    KILLS = 5

    def test_takes_over_before_the_group_would(self):
        """Checkpoints twice a second: what is measured is how late the one after the kill is."""
        with kafka.Cluster(1) as cluster, Store() as store:
            settings = {"ADTALLY_AGGREGATOR_CHECKPOINT_INTERVAL_MS": "500"}
            with Deployment(cluster, store, aggregators=1, partitions=2, **settings) as processes:
                processes.add(ADTALLY_AGGREGATOR_STANDBY="true")
                truth_file = processes.api.folder / "truth"
                load = generate(processes.api, 1000 * 12 * self.KILLS, truth_file, rate=1000, batch=20, duplicates=0.03)
                try:
                    seconds = [self.kill(processes) for _ in range(self.KILLS)]
                    finish(load)
                finally:
                    if load.poll() is None:
                        load.kill()
                        load.wait()
                processes.edge.wait_drained()
                processes.api.wait_complete(60)
                self.assertEqual([], compare(processes.api, Truth(truth_file)))
        print(f"        first checkpoint after a kill: {', '.join(f'{s:.2f}' for s in seconds)} s", flush=True)
        self.assertLess(max(seconds), SESSION_TIMEOUT_S)

    def kill(self, processes):
        """Seconds from the kill until each partition has a new checkpoint; then the killed one is back."""
        leader = processes.aggregators[0]
        deadline = time.monotonic() + 30
        while len(leader.partitions()) < 2:
            self.assertLess(time.monotonic(), deadline, leader.log_tail())
            time.sleep(0.2)
        time.sleep(1.5)
        leader.kill9()
        started = time.monotonic()
        before = processes.progress()
        while any(end <= before[p] for p, end in processes.progress().items()):
            self.assertLess(time.monotonic() - started, 30)
            time.sleep(0.02)
        seconds = time.monotonic() - started
        leader.start()
        return seconds


if __name__ == "__main__":
    parser = suite.arguments(__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=Options.rounds)
    parser.add_argument("--stopped", type=float, default=Options.stopped, help="seconds")
    parser.add_argument("--seed", type=int, help="random by default")
    options = parser.parse_args()
    suite.use_binary(options)
    Options.rounds, Options.stopped, Options.seed = options.rounds, options.stopped, options.seed
    sys.exit(suite.run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])))
