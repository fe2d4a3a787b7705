#!/usr/bin/env python3
"""Reach of a real server: users are counted once however often they come, and over a kill -9 in the middle."""

import random
import unittest

from reports import report
from server import Server, now_ms
import suite
from suite import event

QUARTER_MS = 900_000
FEW, MANY = 11, 12  # campaigns
USERS = {FEW: 300, MANY: 40_000}
BATCH = 5_000


class Reach(unittest.TestCase):
    def post(self, server, campaign, users, name, now):
        events = [event(f"{name}-{i}", now, campaign, user_id=f"user-{user}") for i, user in enumerate(users)]
        for begin in range(0, len(events), BATCH):
            server.post_accepted(events[begin : begin + BATCH])

    def reach(self, server, now, **parameters):
        begin = now // QUARTER_MS * QUARTER_MS
        return report(server, begin, begin + QUARTER_MS, metrics="impressions,reach", **parameters)

    def near(self, reach, users, error):
        self.assertLess(abs(int(reach) / users - 1), 5 * float(error), f"{reach} of {users}")

    def test_users_are_counted_once(self):
        with Server() as server:
            now = now_ms()
            shuffled = random.Random(1)
            for campaign, count in USERS.items():
                users = list(range(count)) + [shuffled.randrange(count) for _ in range(count // 2)]
                self.post(server, campaign, users, f"c{campaign}", now)
            # Nobody says who it was, a click is no view, and a retry is of the same user.
            server.post_accepted([event(f"nobody-{i}", now, FEW) for i in range(50)])
            server.post_accepted([event(f"click-{i}", now, FEW, type="click", user_id=f"c-{i}") for i in range(50)])
            server.kill9()
            server.start()
            self.post(server, FEW, range(USERS[FEW]), f"c{FEW}", now)
            server.wait_complete()

            answer = self.reach(server, now, group_by="campaign")
            self.assertEqual({"impressions": True, "reach": False}, answer["exact"])
            rows = {row[0]: row[1:] for row in answer["rows"]}
            self.assertEqual([USERS[FEW] * 3 // 2 + 50, USERS[FEW]], rows[FEW], "small numbers are exact")
            self.assertEqual(USERS[MANY] * 3 // 2, rows[MANY][0])
            self.near(rows[MANY][1], USERS[MANY], answer["error"]["reach"])
            # The users of the one campaign are among those of the other.
            self.near(answer["totals"]["reach"], USERS[MANY], answer["error"]["reach"])
            before = answer["rows"]
            server.kill9()
            server.start()
            server.wait_complete()
            self.assertEqual(before, self.reach(server, now, group_by="campaign")["rows"])

            refused = server.api_send("GET", "/v1/report?from=2026-11-01&to=2026-11-02&metrics=reach&group_by=country")
            suite.assert_problem(self, refused, 400, "group_by: reach is counted by advertiser and campaign")


if __name__ == "__main__":
    suite.main(__doc__)
