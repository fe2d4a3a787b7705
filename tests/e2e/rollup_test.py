#!/usr/bin/env python3
"""Rolls up while there is traffic and the server is killed with -9; every number must stay right."""

import json
import random
import subprocess
import time
import unittest

from reports import Truth, compare, total
from server import Server, clean_environment, finish, generate, now_ms
from store_process import Store
import suite
from suite import event

EVENTS = 60_000
KILLS = 6
HOUR_MS = 3_600_000
SETTINGS = {"ADTALLY_MAINTENANCE_INTERVAL_S": "1", "ADTALLY_MAINTENANCE_ROLLUP_DELAY_S": "0"}


def rollup(server):
    """`adtally rollup` on the server's folder; the finished process."""
    command = [server.binary, "rollup", "--data", str(server.data)]
    return subprocess.run(command, env=server.environment(), capture_output=True, text=True, timeout=300)


def hours_ago(hours):
    """The start of the hour under way, or of one before it, in ms."""
    return (now_ms() // HOUR_MS - hours) * HOUR_MS


def past_events(count, hours, prefix, end):
    """Impressions spread over the `hours` hours before `end`."""
    step = hours * HOUR_MS // count
    return [event(f"{prefix}{i}", end - 1 - i * step, campaign=i % 50 + 1) for i in range(count)]


def impressions(server, from_ms, to_ms):
    return total(server, from_ms, to_ms)[0]


class Rollup(unittest.TestCase):
    def test_a_running_server_is_asked(self):
        with Server(environment=SETTINGS) as server:
            server.post_accepted(past_events(1000, 10, "a", hours_ago(0)))
            server.wait_complete()
            done = rollup(server)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertIn("rolled up to", done.stdout)
            self.assertEqual(["minute", "hour", "day", "reach", "click_conversion"], [line.split(":")[0] for line in done.stdout.splitlines()])
            self.assertEqual(1000, impressions(server, hours_ago(12), now_ms()))
            metrics = server.api_send("GET", "/metrics").body.decode()
            age = [line for line in metrics.splitlines() if line.startswith("adtally_rollup_age_seconds ")]
            self.assertEqual(1, len(age), metrics)
            self.assertLess(float(age[0].split()[1]), 2 * 3600)
            self.assertIn("adtally_maintenance_failed_passes_total 0\n", metrics)

    def test_a_late_event_is_rolled_up_too(self):
        with Server(environment={**SETTINGS, "ADTALLY_MAINTENANCE_INTERVAL_S": "3600"}) as server:
            server.post_accepted(past_events(500, 5, "a", hours_ago(0)))
            server.wait_complete()
            self.assertLessEqual(5, self.roll_up(server)["hours_rolled_up"])
            self.assertEqual(0, self.roll_up(server)["hours_rolled_up"])
            server.post_accepted(past_events(1, 1, "late", hours_ago(2)))
            server.wait_complete()
            self.assertEqual(1, self.roll_up(server)["hours_rolled_up"])

    def roll_up(self, server):
        answer = server.api_send("POST", "/v1/maintenance/rollup")
        self.assertEqual(200, answer.status, repr(answer))
        self.assertEqual([], answer.json()["problems"])
        return answer.json()

    def test_only_an_admin_may_ask(self):
        with Server() as server:
            key = server.api_send("POST", "/v1/keys", json.dumps({"role": "advertiser", "advertiser_id": 1})).json()["key"]
            suite.assert_problem(self, server.api_send("POST", "/v1/maintenance/rollup", key=key), 403, "admin")

    def test_a_stopped_servers_store_is_rolled_up(self):
        with Server(environment=SETTINGS) as server:
            server.post_accepted(past_events(1000, 10, "a", hours_ago(0)))
            server.post_accepted([event(f"now{i}", now_ms()) for i in range(1000)])
            server.wait_complete()
            self.assertEqual(0, server.stop())
            done = rollup(server)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertIn("rolled up to", done.stdout)
            server.start()
            self.assertEqual(2000, impressions(server, hours_ago(12), now_ms() + HOUR_MS))

    def test_a_folder_without_a_store_is_named(self):
        with Server() as server:
            command = [server.binary, "rollup", "--data", str(server.folder / "nothing")]
            done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=60)
            self.assertEqual(1, done.returncode)
            suite.assert_sentence(self, done.stderr, "no store", "nothing")


class InAStoreOfItsOwn(unittest.TestCase):
    """`adtally store` holds the tables, so that their rows can be looked at."""

    def test_hours_hold_the_sums_of_the_minutes(self):
        with Store() as store, Server(environment={**SETTINGS, **store.environment()}) as server:
            server.post_accepted(past_events(2000, 8, "a", hours_ago(0)))
            server.post_accepted([event(f"now{i}", now_ms()) for i in range(1000)])
            server.wait_complete()
            answer = server.api_send("POST", "/v1/maintenance/rollup")
            self.assertEqual(200, answer.status, repr(answer))
            self.assertEqual([], answer.json()["problems"])
            self.check(store, 2000)
            server.post_accepted(past_events(300, 6, "late", hours_ago(1)))
            server.wait_complete()
            # From a process of its own, beside the server's.
            done = rollup(server)
            self.assertEqual(0, done.returncode, done.stderr)
            self.check(store, 2300)

    def check(self, store, expected):
        published = (
            "SELECT concat(toString(partition), '-', toString(slot.2)), slot.1 FROM (SELECT partition, "
            "arrayJoin(argMax(slots, tier_status.version)) AS slot FROM adtally.tier_status WHERE tier = 'hour' GROUP BY partition)"
        )
        begun = hours_ago(0) // 1000
        for rows in (
            f"adtally.minute WHERE advertiser_id != 0 AND minute < toDateTime({begun}, 'UTC')",
            f"adtally.hour WHERE (_partition_id, toHour(hour)) IN ({published})",
        ):
            answer = store.ask(f"SELECT sum(impressions) FROM {rows}")
            self.assertEqual((200, f"{expected}\n"), (answer.status, answer.body.decode()), rows)


class KilledWhileRollingUp(unittest.TestCase):
    def test_numbers_stay_right(self):
        seed = random.SystemRandom().randrange(1_000_000)
        with self.subTest(seed=seed), Server(environment=SETTINGS) as server:
            end = hours_ago(3)  # of the hours that are rolled up again and again
            truth_file = server.folder / "truth.json"
            rate = round(EVENTS / (KILLS * 3.5), 3)
            traffic = generate(server, EVENTS, truth_file, seed=seed, rate=rate, clients=2, batch=200)
            try:
                self.kill_again_and_again(server, random.Random(seed), end)
                finish(traffic)
            finally:
                if traffic.poll() is None:
                    traffic.kill()
                    traffic.wait()
            server.wait_complete(300)
            done = rollup(server)
            self.assertEqual(0, done.returncode, done.stderr)
            truth = Truth(truth_file)
            self.assertGreaterEqual(truth.from_ms, end, "the two kinds of events overlap")
            self.assertEqual([], compare(server, truth), server.log_tail())
            self.assertEqual(KILLS * 500, impressions(server, end - 15 * HOUR_MS, end), server.log_tail())

    def kill_again_and_again(self, server, rng, end):
        for i in range(KILLS):
            server.post_accepted(past_events(500, 12, f"past{i}-", end))
            time.sleep(rng.uniform(2, 3.5))  # so that most of it is counted
            asking = subprocess.Popen(
                [server.binary, "rollup", "--data", str(server.data)],
                env=server.environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(rng.uniform(0, 0.6))
            server.kill9()
            asking.wait(60)
            server.start()


if __name__ == "__main__":
    suite.main(__doc__.splitlines()[0])
