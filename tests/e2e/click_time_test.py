#!/usr/bin/env python3
"""Conversions by the time of their click, which may be months before: of a real server, over kills -9, beside those by their own time."""

from datetime import datetime, timezone
import random
import time
import unittest

from reports import micros, report
from server import Server, now_ms
import suite
from suite import event

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
CAMPAIGN = 21
KILLS = 5
ROUND = 400  # events between two kills
METRICS = "conversions,conversions_by_click_time,conversion_value,conversion_value_by_click_time"


def hour_of(time_ms):
    return datetime.fromtimestamp(time_ms // 1000, timezone.utc).strftime("%Y-%m-%dT%H")


class ClickTime(unittest.TestCase):
    def conversions(self, name, now, dice):
        """Conversions of clicks of the last 200 days, and when each counts as one of its click."""
        for i in range(ROUND):
            own = now - dice.randrange(3 * HOUR_MS)
            fields = {"type": "conversion", "cost_micros": 0, "value_micros": dice.randrange(10**9)}
            kind = dice.random()
            if kind < 0.2:
                counted = own  # without a click
            elif kind < 0.25:
                fields["click_time"] = own + 1 + dice.randrange(DAY_MS)  # after the conversion
                counted = own
            elif kind < 0.3:
                fields["click_time"] = own - 366 * DAY_MS - 1 - dice.randrange(DAY_MS)  # too long before
                counted = own
            else:
                counted = fields["click_time"] = own - dice.randrange(200 * DAY_MS)
            yield event(f"{name}-{i}", own, CAMPAIGN, **fields), counted

    def by_hour(self, server, from_ms, to_ms, metrics):
        """{hour: (number, micros)} of the two metrics."""
        answer = report(server, from_ms, to_ms, granularity="hour", metrics=metrics, campaign_id=CAMPAIGN)
        rows = {}
        self.assertFalse(answer["truncated"])
        for begin, number, value in answer["rows"]:
            if int(number) or micros(value):
                rows[begin[:13]] = (int(number), micros(value))
        return rows

    def expected(self, times):
        rows = {}
        for time_ms, value in times:
            number, sum_of_values = rows.get(hour_of(time_ms), (0, 0))
            rows[hour_of(time_ms)] = (number + 1, sum_of_values + value)
        return rows

    def test_each_conversion_is_once_at_its_click_and_once_at_its_own_time(self):
        seed = random.SystemRandom().randrange(1_000_000)
        dice = random.Random(seed)
        print(f"        seed {seed}", flush=True)
        own, clicks = [], []
        with Server() as server:
            now = now_ms()
            for kill in range(KILLS + 1):
                batch = list(self.conversions(f"k{kill}", now, dice))
                sent = [one for one, _ in batch]
                own += [(one["timestamp"], one["value_micros"]) for one in sent]
                clicks += [(counted, one["value_micros"]) for one, counted in batch]
                for begin in range(0, ROUND, 50):
                    server.post_accepted(sent[begin : begin + 50])
                if kill == KILLS:
                    break
                time.sleep(dice.uniform(0, 2.5))
                server.kill9()
                server.start()
                # The client never heard back, and one that is late is counted by neither time.
                server.post_accepted(sent[:50])
            late = event("late", now - 25 * HOUR_MS, CAMPAIGN, type="conversion", click_time=now - 26 * HOUR_MS)
            server.post_accepted([late])
            server.wait_complete()
            begin, end = now - 420 * DAY_MS, now + HOUR_MS
            by_click = "conversions_by_click_time,conversion_value_by_click_time"
            self.assertEqual(self.expected(clicks), self.by_hour(server, begin, end, by_click))
            by_own = "conversions,conversion_value"
            self.assertEqual(self.expected(own), self.by_hour(server, begin, end, by_own))
            totals = report(server, begin, end, metrics=METRICS, campaign_id=CAMPAIGN)["totals"]
            self.assertEqual(len(own), totals["conversions"])
            self.assertEqual(totals["conversions"], totals["conversions_by_click_time"])
            self.assertEqual(totals["conversion_value"], totals["conversion_value_by_click_time"])
            self.assertEqual(1, server.ledger_totals()["late"])
            # A restart delivers nothing again.
            server.kill9()
            server.start()
            server.wait_complete()
            self.assertEqual(self.expected(clicks), self.by_hour(server, begin, end, by_click))


if __name__ == "__main__":
    suite.main(__doc__)
