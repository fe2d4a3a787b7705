#!/usr/bin/env python3
"""adtally over a real Kafka cluster: whatever is killed, adtally or a broker, every number is right in the end."""

import pathlib
import subprocess
import time
import unittest

import kafka
import suite
from reports import Truth, compare, compare_ledger
from server import Server, clean_environment, default_binary, finish, generate, now_ms
from spool import wait_drained
from suite import assert_problem, assert_sentence, event


def start_traffic(server, events, seconds, seed):
    return generate(
        server,
        events,
        server.folder / "truth.json",
        seed=seed,
        rate=round(events / seconds, 3),
        duplicates=0.02,
        campaigns=100,
        clients=4,
        batch=100,
    )


@unittest.skipUnless(kafka.available(), "no Kafka here: scripts/install kafka")
class OneBroker(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = kafka.Cluster(1)
        cls.addClassCleanup(cls.cluster.close)
        cls.cluster.start()

    def test_the_log_keeps_its_contract(self):
        program = pathlib.Path(default_binary()).resolve().parent / "kafka_log_contract"
        environment = {**clean_environment(), "ADTALLY_KAFKA_BROKERS": self.cluster.addresses}
        done = subprocess.run([program], env=environment, capture_output=True, text=True, timeout=120)
        self.assertEqual(0, done.returncode, done.stdout[-5000:] + done.stderr[-2000:])

    def test_a_topic_that_does_not_fit_stops_the_start(self):
        topics = {"ADTALLY_LOG_TOPIC": "fit.events", "ADTALLY_LOG_CHECKPOINTS_TOPIC": "fit.checkpoints"}
        with Server(environment={**self.cluster.environment(), **topics}) as server:
            server.stop()
            secret = "the-secret-of-the-test"
            wrong = {
                "ADTALLY_LOG_PARTITIONS": ("3", "log.partitions"),
                "ADTALLY_LOG_KAFKA": (f"acks=0,sasl.password={secret}", "acks"),
                "ADTALLY_LOG_BROKERS": ("", "log.brokers"),
            }
            for name, (value, word) in wrong.items():
                with self.subTest(name=name):
                    environment = {**server.environment(), name: value}
                    done = subprocess.run(
                        server.command(), env=environment, capture_output=True, text=True, timeout=60
                    )
                    self.assertNotEqual(0, done.returncode)
                    assert_sentence(self, done.stderr.strip().splitlines()[-1], word)
                    self.assertNotIn(secret, done.stdout + done.stderr)

    def test_counts_are_exact_after_kills_of_adtally_and_of_the_broker(self):
        events = 40_000
        topics = {"ADTALLY_LOG_TOPIC": "exact.events", "ADTALLY_LOG_CHECKPOINTS_TOPIC": "exact.checkpoints"}
        no_spool = {"ADTALLY_EDGE_SPOOL_AFTER_MS": "0"}  # kafka_spool_test.py has one
        broker = self.cluster.brokers[0]
        with Server(environment={**self.cluster.environment(), **topics, **no_spool}) as server:
            traffic = start_traffic(server, events, seconds=16, seed=51)
            try:
                for pause in (1.5, 2.0, 0.7):
                    time.sleep(pause)
                    server.kill9()
                    server.start()
                time.sleep(1.5)
                broker.kill9()
                time.sleep(1)
                broker.start()
                time.sleep(1.5)
                server.kill9()
                server.start()
                self.assertIsNone(traffic.poll(), "the kills came after the traffic")
                finish(traffic)
            finally:
                if traffic.poll() is None:
                    traffic.kill()
                    traffic.wait()
            truth = Truth(server.folder / "truth.json")
            self.assertTrue(truth.complete)
            server.wait_complete(60)
            found = compare(server, truth) + compare_ledger(server, truth)
            self.assertEqual([], found, server.log_tail())
            self.without_the_broker(server, broker, truth)

    def without_the_broker(self, server, broker, truth):
        """Events are refused and not lost, SIGTERM still ends it, and it goes on afterwards."""
        broker.kill9()
        started = time.monotonic()
        refused = server.post_events([event("refused", now_ms())])
        self.assertLess(time.monotonic() - started, 20)
        assert_problem(self, refused, 503, "event log")
        self.assertEqual(0, server.stop(timeout=20), server.log_tail())
        broker.start()
        server.start()
        server.wait_complete(60)
        self.assertEqual([], compare(server, truth), server.log_tail())
        self.assertEqual(0, server.ledger_totals()["difference"])


@unittest.skipUnless(kafka.available(), "no Kafka here: scripts/install kafka")
class ThreeBrokers(unittest.TestCase):
    def test_each_broker_may_be_killed_in_turn(self):
        events = 30_000
        with kafka.Cluster(3) as cluster, Server(environment=cluster.environment()) as server:
            traffic = start_traffic(server, events, seconds=14, seed=52)
            try:
                time.sleep(1.5)
                for broker in cluster.brokers:
                    broker.kill9()
                    time.sleep(0.3)
                    broker.start()
                    time.sleep(1)
                    if broker.number == 2:
                        server.kill9()
                        server.start()
                finish(traffic)
            finally:
                if traffic.poll() is None:
                    traffic.kill()
                    traffic.wait()
            truth = Truth(server.folder / "truth.json")
            self.assertTrue(truth.complete)
            wait_drained(server)
            server.wait_complete(60)
            found = compare(server, truth) + compare_ledger(server, truth)
            self.assertEqual([], found, server.log_tail())


if __name__ == "__main__":
    suite.main(__doc__)
