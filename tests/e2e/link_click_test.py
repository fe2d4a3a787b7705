#!/usr/bin/env python3
"""Tracking links: impression pixel, click, conversion, and what must not count."""

import json
import unittest
import urllib.parse

from reports import report, total
from server import Server, now_ms
import suite
from suite import assert_problem

HOUR_MS = 3_600_000
LANDING = "https://shop.example/shoes?size=42#top"
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


class Links(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.now = now_ms()

    def make_links(self, campaign):
        """(path of the impression's pixel, path of the click)"""
        request = {
            "advertiser_id": 1,
            "campaign_id": campaign,
            "ad_group_id": campaign * 10,
            "creative_id": campaign * 100,
            "landing_url": LANDING,
            "click_cost_micros": 250_000,
            "impression_cost_micros": 3_000,
            "device": "tablet",
            "country": "DE",
            "region": "BE",
        }
        answer = self.server.edge_send("POST", "/v1/links", json.dumps(request), {"Content-Type": "application/json"})
        self.assertEqual(200, answer.status, repr(answer))
        links = answer.json()
        self.assertTrue(links["impression_id"])
        for url in (links["impression_url"], links["click_url"]):
            self.assertEqual(self.server.edge, urllib.parse.urlsplit(url).netloc)
        return (urllib.parse.urlsplit(links["impression_url"]).path, urllib.parse.urlsplit(links["click_url"]).path)

    def visit(self, method, path, expected, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.server.edge_send(method, path, headers=headers, key=False)
        self.assertEqual(expected, answer.status, repr(answer))
        return answer

    def click_id(self, answer):
        """Of the redirect; checks that it leads to the landing page and keeps its query."""
        location = urllib.parse.urlsplit(answer.headers["location"])
        self.assertEqual(("https", "shop.example", "/shoes", "top"),
                         (location.scheme, location.netloc, location.path, location.fragment))
        query = urllib.parse.parse_qs(location.query)
        self.assertEqual(["42"], query["size"])
        self.assertEqual(1, len(query["click_id"]))
        return query["click_id"][0]

    def numbers(self, campaign):
        self.server.wait_complete()
        return total(self.server, self.now - HOUR_MS, self.now + HOUR_MS, campaign_id=campaign)

    def test_impression_click_and_conversions(self):
        pixel, click = self.make_links(301)
        answer = self.visit("GET", pixel, 200)
        self.assertEqual("image/gif", answer.headers["content-type"])
        self.assertIn("no-store", answer.headers["cache-control"])
        self.assertTrue(answer.body.startswith(b"GIF89a"))
        self.visit("GET", pixel, 200)  # a reload is the same impression

        first = self.visit("GET", click, 302)
        self.assertIn("no-store", first.headers["cache-control"])
        click_id = self.click_id(first)
        self.click_id(self.visit("GET", click, 302))  # a double click is one billable click

        order = f"/v1/conversions?click_id={urllib.parse.quote(click_id)}&order_id=A-1&value=12.34"
        self.visit("POST", order, 204)
        self.visit("GET", order, 204)  # the same order again
        second = self.visit("GET", f"/p/{click_id}.gif?order_id=A-2&value=5", 200)
        self.assertEqual("image/gif", second.headers["content-type"])

        self.assertEqual((1, 1, 2, 253_000, 17_340_000), self.numbers(301))
        by_click = report(self.server, self.now - HOUR_MS, self.now + HOUR_MS, campaign_id=301,
                          metrics="conversions_by_click_time,conversion_value_by_click_time")
        self.assertEqual([2, "17.340000"], [by_click["rows"][0][0], str(by_click["rows"][0][1])])
        answer = report(self.server, self.now - HOUR_MS, self.now + HOUR_MS, granularity="total", campaign_id=301,
                        group_by="device,country,region")
        self.assertEqual([["tablet", "DE", "BE"]], [row[:3] for row in answer["rows"]])

    def test_links_of_the_api_are_the_edges(self):
        request = {"advertiser_id": 1, "campaign_id": 391, "ad_group_id": 3910, "creative_id": 39100,
                   "landing_url": LANDING, "click_cost_micros": 250_000}
        answer = self.server.api_send("POST", "/v1/tracking-links", json.dumps(request))
        self.assertEqual(200, answer.status, repr(answer))
        click = urllib.parse.urlsplit(answer.json()["click_url"])
        self.assertEqual(("http", self.server.edge), (click.scheme, click.netloc))
        self.click_id(self.visit("GET", click.path, 302))
        self.visit("GET", urllib.parse.urlsplit(answer.json()["impression_url"]).path, 200)
        self.assertEqual((1, 1, 0, 250_000, 0), self.numbers(391))
        ingest = self.server.api_send("POST", "/v1/keys", '{"role":"ingest"}').json()["key"]
        assert_problem(self, self.server.api_send("POST", "/v1/tracking-links", json.dumps(request), key=ingest), 403)
        assert_problem(self, self.server.api_send("POST", "/v1/tracking-links", "{}"), 400, "advertiser_id")

    def test_head_and_prefetch_are_not_counted(self):
        pixel, click = self.make_links(302)
        self.visit("HEAD", pixel, 200)
        self.visit("HEAD", click, 302)
        self.visit("GET", click, 302, Sec_Purpose="prefetch")
        self.visit("GET", click, 302, Purpose="prefetch")
        self.visit("GET", pixel, 200, X_Moz="prefetch")
        self.assertEqual((0, 0, 0, 0, 0), self.numbers(302))
        self.visit("GET", click, 302)  # the real click still counts
        self.assertEqual((0, 1, 0, 250_000, 0), self.numbers(302))

    def test_a_robots_click_is_shown_and_not_billed(self):
        _, click = self.make_links(303)
        self.visit("GET", click, 302, User_Agent=ROBOT)
        self.server.wait_complete()
        answer = report(self.server, self.now - HOUR_MS, self.now + HOUR_MS, granularity="total", campaign_id=303,
                        metrics="clicks,invalid_clicks,spend")
        row = dict(zip(answer["columns"], answer["rows"][0]))
        self.assertEqual((0, 1, 0.0), (row["clicks"], row["invalid_clicks"], float(row["spend"])))

    def test_a_link_may_not_lead_anywhere(self):
        _, click = self.make_links(304)
        answer = self.visit("GET", click + "?landing_url=https://evil.example/", 302)
        self.click_id(answer)

    def test_conversions_that_are_wrong(self):
        _, click = self.make_links(305)
        click_id = urllib.parse.quote(self.click_id(self.visit("GET", click, 302)))
        token = click.rsplit("/", 1)[1]
        for query in ("order_id=1", "click_id=forged", f"click_id={token}", f"click_id={click_id}&value=a+lot"):
            with self.subTest(query=query):
                assert_problem(self, self.visit("POST", f"/v1/conversions?{query}", 400), 400)
        self.assertEqual((0, 1, 0, 250_000, 0), self.numbers(305))


if __name__ == "__main__":
    suite.main(__doc__)
