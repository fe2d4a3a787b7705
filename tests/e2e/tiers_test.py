#!/usr/bin/env python3
"""Reports that reach through minutes, hours, days and the archive, while events come and everything is rolled up and archived.

What is right is known from two truths that are summed up as the events are made: that of `generate --history` and that
of `generate`.
"""

import json
import subprocess
import threading
import time
import unittest

from reports import METRICS, Truth, differences, numbers
from server import Server, clean_environment, finish, generate, minute_text, now_ms
import suite

HISTORY_DAYS = 150
CAMPAIGNS = 40
EVENTS = 40_000
RATE = 2000
ALL_TIERS = {"minute", "hour", "day", "archive"}
SETTINGS = {
    "ADTALLY_RETENTION_HOUR_DAYS": "30",
    "ADTALLY_MAINTENANCE_INTERVAL_S": "1",
    "ADTALLY_MAINTENANCE_ROLLUP_DELAY_S": "0",
}


class History:
    """What `generate --history` wrote: its five numbers by campaign, and by month of the account's zone."""

    def __init__(self, path):
        document = json.loads(path.read_text())
        self.from_ms = document["from_s"] * 1000
        self.until_ms = document["until_s"] * 1000
        self.campaigns = {tuple(row[:2]): self.five(row[2:]) for row in document["campaigns"]}
        self.months = {tuple(row[:4]): self.five(row[4:]) for row in document["months"]}

    @staticmethod
    def five(sums):
        return (*sums[:3], *sums[-2:])


def plus(a, b):
    """The sums of both by key."""
    zeros = (0,) * 5
    return {k: tuple(x + y for x, y in zip(a.get(k, zeros), b.get(k, zeros))) for k in a.keys() | b.keys()}


class Watcher(threading.Thread):
    """Asks the same report again and again: numbers may grow and never shrink, and what is history never changes."""

    def __init__(self, test, history):
        super().__init__()
        self.test = test
        self.history = history
        self.stopping = threading.Event()
        self.problems = []
        self.answers = 0
        self.tiers = set()
        self.last = {}

    def run(self):
        while not self.stopping.wait(0.05):
            try:
                self.look()
            except OSError:
                continue  # it is being killed

    def look(self):
        closed, answer = self.test.by_campaign(self.history.from_ms, self.history.until_ms - 30 * 3_600_000)
        self.tiers |= set(answer["tiers"])
        # Of advertisers in this zone from days, of the others from hours and the archive.
        zone = "Europe/Berlin"
        everything, answer = self.test.by_campaign(self.history.from_ms, now_ms() + 3_600_000, time_zone=zone)
        self.tiers |= set(answer["tiers"])
        self.answers += 2
        if self.last and closed != self.last["closed"]:
            self.problems += differences(self.last["closed"], closed)
        for campaign, least in self.last.get("everything", self.history.campaigns).items():
            now = everything.get(campaign, (0,) * 5)
            if any(n < l for n, l in zip(now, least)):
                self.problems.append(f"{campaign} had {least} and has {now}")
        self.last = {"closed": closed, "everything": everything}

    def stop(self):
        self.stopping.set()
        self.join()


class Tiers(unittest.TestCase):
    def test_a_report_through_all_tiers_is_right_at_any_time(self):
        self.server = Server(environment=SETTINGS)
        try:
            history = self.write_history()
            self.server.start()
            watcher = Watcher(self, history)
            watcher.start()
            try:
                truth = self.traffic()
                self.wait_for_tiers(watcher)
            finally:
                watcher.stop()
            self.assertEqual([], watcher.problems[:10], self.server.log_tail())
            self.check_everything(history, truth)
            print(f"        {watcher.answers} reports meanwhile, from {', '.join(sorted(watcher.tiers))}", flush=True)
            self.assertEqual(0, self.server.stop(timeout=30))
        finally:
            self.server.close()

    def write_history(self):
        truth_file = self.server.folder / "history.json"
        command = [self.server.binary, "generate", "--history", f"{HISTORY_DAYS}d", "--data", str(self.server.data)]
        command += ["--campaigns", str(CAMPAIGNS), "--scale", "0.02", "--truth", str(truth_file)]
        environment = {**clean_environment(), **SETTINGS}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        self.assertEqual(0, done.returncode, done.stderr)
        return History(truth_file)

    def traffic(self):
        """Live events, some late and some twice, through two kills."""
        truth_file = self.server.folder / "truth.json"
        load = generate(
            self.server, EVENTS, truth_file, rate=RATE, campaigns=CAMPAIGNS, duplicates=0.03, late=0.05, batch=50
        )
        try:
            for _ in range(2):
                time.sleep(4)
                self.server.kill9()
                self.server.start(wait=False)
                self.server.wait_ready()
            finish(load)
        finally:
            if load.poll() is None:
                load.kill()
                load.wait()
        self.server.wait_complete(60)
        return Truth(truth_file)

    def wait_for_tiers(self, watcher):
        deadline = time.monotonic() + 120
        while not watcher.tiers >= ALL_TIERS:
            self.assertLess(time.monotonic(), deadline, f"only {watcher.tiers}; {self.server.log_tail()}")
            time.sleep(0.2)

    def by_campaign(self, from_ms, to_ms, **parameters):
        """The five numbers by advertiser and campaign, and the whole answer."""
        answer = self.server.get_json(
            "/v1/report",
            **{"from": minute_text(from_ms), "to": minute_text(to_ms)},
            group_by="advertiser,campaign",
            metrics=",".join(METRICS),
            **parameters,
        )
        columns = answer["columns"]
        keys = [columns.index(name) for name in ("advertiser_id", "campaign_id")]
        return {tuple(row[k] for k in keys): numbers(row, columns) for row in answer["rows"]}, answer

    def check_everything(self, history, truth):
        end_ms = now_ms() + 3_600_000
        expected = plus(history.campaigns, truth.campaigns)
        for zone in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"):
            found, _ = self.by_campaign(history.from_ms, end_ms, time_zone=zone)
            self.assertEqual([], differences(expected, found), zone)
        self.check_months(history)

    def check_months(self, history):
        """Whole months of each account's own calendar, but the first and those that events may still come to."""
        by_zone = {}
        for (advertiser, campaign, zone, month), sums in history.months.items():
            by_zone.setdefault(zone, {})[advertiser, campaign, month] = sums
        for zone, months in by_zone.items():
            numbers_of = sorted({month for _, _, month in months})
            for month, following in list(zip(numbers_of, numbers_of[1:]))[1:-1]:
                bounds = {name: f"{m // 100}-{m % 100:02}-01" for name, m in (("from", month), ("to", following))}
                self.check_month(zone, month, bounds, months)

    def check_month(self, zone, month, bounds, months):
        advertisers = sorted({advertiser for advertiser, _, _ in months})
        answer = self.server.get_json(
            "/v1/report",
            **bounds,
            time_zone=zone,
            group_by="advertiser,campaign",
            metrics=",".join(METRICS),
            advertiser_id=",".join(str(a) for a in advertisers),
        )
        columns = answer["columns"]
        found = {(row[0], row[1]): numbers(row, columns) for row in answer["rows"]}
        expected = {(a, c): sums for (a, c, m), sums in months.items() if m == month}
        self.assertEqual([], differences(expected, found), f"{zone} {month}")
        self.assertEqual(["day"], answer["tiers"], f"{zone} {month}")


if __name__ == "__main__":
    suite.main(__doc__)
