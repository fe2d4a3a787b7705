#!/usr/bin/env python3
"""Answers that are sent while they are made: a million rows in every format, and live reports."""

import http.client
import json
import re
import socket
import threading
import time
import unittest
import urllib.parse

from server import Server, minute_text, now_ms, send
from spool import wait_for
from store_process import Store
import suite
from suite import event

ROWS = 1_100_000
FEW = 50_000
BATCH = 20_000
HOUR_MS = 3_600_000
MIB = 1 << 20


def window(**parameters):
    return urllib.parse.urlencode(
        {"from": minute_text(now_ms() - HOUR_MS), "to": minute_text(now_ms() + HOUR_MS), **parameters})


def file_target(file_format, **parameters):
    return "/v1/report?" + window(format=file_format, group_by="campaign,creative",
                                  metrics="impressions,clicks,spend,ctr,cpm", **parameters)


def wide_target(file_format, **parameters):
    return "/v1/report?" + window(
        format=file_format, granularity="minute", group_by="advertiser,campaign,ad_group,creative,device,country,region",
        metrics="impressions,clicks,conversions,invalid_impressions,invalid_clicks,invalid_conversions,spend,"
                "conversion_value,ctr,cvr,roas,cpc,cpm,cpa", **parameters)


def ask(server, target, key=None, timeout=120):
    """A connection and its answer, of which the body was not read."""
    connection = http.client.HTTPConnection(server.api, timeout=timeout)
    connection.request("GET", target, headers={"Authorization": f"Bearer {key or server.key}"})
    return connection, connection.getresponse()


def resident(server, field):
    with open(f"/proc/{server.process.pid}/status") as status:
        return int(re.search(rf"{field}:\s+(\d+) kB", status.read())[1]) * 1024


def reset_peak(server):
    with open(f"/proc/{server.process.pid}/clear_refs", "w") as refs:
        refs.write("5")


def post_rows(server, count):
    """One impression of each of `count` creatives, so that each is a row."""
    server.post_accepted([event("warm", now_ms(), 1)])
    timestamp = now_ms()
    head = f'{{"type":"impression","timestamp":{timestamp},"advertiser_id":1,"ad_group_id":1,"device":"mobile",' \
           '"country":"US","region":"CA","cost_micros":1500,'
    for begin in range(0, count, BATCH):
        numbers = range(begin + 1000, min(begin + BATCH, count) + 1000)
        lines = "\n".join(f'{head}"event_id":"r{n}","campaign_id":{n % 50 + 2},"creative_id":{n}}}' for n in numbers)
        answer = server.edge_send("POST", "/v1/events", lines.encode(), {"Content-Type": "application/x-ndjson"})
        assert answer.status == 202 and answer.json()["rejected"] == 0, repr(answer)
    server.wait_complete()


class Files(unittest.TestCase):
    """With the store in the server's own process, where every byte counts."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        post_rows(cls.server, ROWS)
        cls.store = Store()
        cls.addClassCleanup(cls.store.__exit__)
        cls.store.start()

    def read(self, file_format, **parameters):
        connection, answer = ask(self.server, file_target(file_format, **parameters))
        self.assertEqual(200, answer.status)
        self.assertEqual("chunked", answer.getheader("Transfer-Encoding"))
        body = answer.read()
        connection.close()
        return body

    def check_rows(self, file_format, clickhouse_format):
        """Has ClickHouse read the file and say what is in it."""
        body = self.read(file_format)
        table = f"default.{file_format}"
        columns = "campaign_id UInt32, creative_id UInt32, impressions UInt64, clicks UInt64, spend Decimal(18, 6), " \
                  "ctr Nullable(Float64), cpm Nullable(Decimal(18, 6))"
        made = self.store.ask(f"CREATE TABLE {table} ({columns}) ENGINE = Memory")
        self.assertEqual(200, made.status, repr(made))
        headers = {"X-ClickHouse-User": "adtally", "X-ClickHouse-Key": self.store.password}
        connection = http.client.HTTPConnection(self.store.address, timeout=120)
        query = urllib.parse.urlencode({"query": f"INSERT INTO {table} FORMAT {clickhouse_format}"})
        connection.request("POST", "/?" + query, body, headers)
        answer = connection.getresponse()
        self.assertEqual(200, answer.status, answer.read()[:500])
        connection.close()
        found = self.store.ask(
            f"SELECT count(), uniqExact(creative_id), sum(impressions), sum(clicks), sum(spend), sum(ctr), "
            f"countIf(creative_id >= 1000 AND campaign_id != creative_id % 50 + 2), min(cpm), max(cpm) FROM {table}").body
        rows = ROWS + 1  # with the one that post_rows begins with
        self.assertEqual(f"{rows}\t{rows}\t{rows}\t0\t{rows * 15 / 10_000}\t0\t0\t1.5\t1.5\n", found.decode())
        self.store.ask(f"DROP TABLE {table}")

    def test_csv_has_a_million_rows(self):
        lines = self.read("csv").decode().splitlines()
        self.assertEqual('"campaign_id","creative_id","impressions","clicks","spend","ctr","cpm"', lines[0])
        expected = sorted([(1, 100)] + [(n % 50 + 2, n) for n in range(1000, 1000 + ROWS)])
        self.assertEqual(len(expected), len(lines) - 1)
        for (campaign, creative), line in zip(expected, lines[1:]):
            if line != f"{campaign},{creative},1,0,0.001500,0,1.500000":
                self.fail(f"campaign {campaign}, creative {creative}: {line}")

    def test_parquet_has_a_million_rows(self):
        self.check_rows("parquet", "Parquet")

    def test_arrow_has_a_million_rows(self):
        self.check_rows("arrow", "ArrowStream")

    def test_json_still_has_its_limit(self):
        answer = self.server.api_send("GET", "/v1/report?" + window(group_by="creative"))
        suite.assert_problem(self, answer, 400, "more than 100000 rows")

    def test_json_has_them_page_by_page(self):
        seen, token, pages = set(), None, 0
        query = dict(urllib.parse.parse_qsl(window(group_by="creative", metrics="impressions", limit=100_000)))
        while token or not pages:
            parameters = {"page_token": token} if token else {}
            answer = self.server.get_json("/v1/report", **query, **parameters)
            creatives = [row[0] for row in answer["rows"]]
            self.assertEqual(sorted(creatives), creatives)
            self.assertTrue(seen.isdisjoint(creatives))
            seen.update(creatives)
            self.assertEqual(ROWS + 1, answer["totals"]["impressions"])
            self.assertEqual(answer["truncated"], answer["next_page_token"] is not None)
            token, pages = answer["next_page_token"], pages + 1
        self.assertEqual(ROWS + 1, len(seen))
        self.assertEqual(12, pages)
        answer = self.server.api_send("GET", "/v1/report?" + window(group_by="device", page_token="x"))
        suite.assert_problem(self, answer, 400, "page_token", "next_page_token")

    def test_numbers_that_a_client_has_are_not_sent_again(self):
        target = "/v1/report?" + window(group_by="campaign")
        connection, answer = ask(self.server, target)
        connection.close()
        headers = {"Authorization": f"Bearer {self.server.key}", "If-None-Match": answer.getheader("ETag")}
        self.assertEqual(304, send(self.server.api, "GET", target, headers=headers).status)

    def test_a_slow_reader_costs_no_memory_and_keeps_nobody_waiting(self):
        self.read("csv", limit=FEW)
        reset_peak(self.server)
        before = resident(self.server, "VmRSS")
        connection, answer = ask(self.server, file_target("csv"))
        got = len(answer.read(100_000))
        slowest = 0
        for _ in range(30):  # slowly at first
            started = time.monotonic()
            self.server.get_json("/v1/freshness")
            self.assertEqual(200, self.server.api_send("GET", "/v1/report?" + window()).status)
            slowest = max(slowest, time.monotonic() - started)
            got += len(answer.read(20_000))
            time.sleep(0.05)
        while piece := answer.read(1 << 16):
            got += len(piece)
        connection.close()
        grown = resident(self.server, "VmHWM") - before
        print(f"        a csv of {got / MIB:.0f} MiB: memory grew by {grown / MIB:.0f} MiB at most; others' calls "
              f"took {slowest * 1000:.0f} ms at most", flush=True)
        self.assertGreater(got, 30 * MIB)
        self.assertLess(slowest, 2)

    def test_memory_does_not_grow_with_the_answer(self):
        for file_format in ("csv", "parquet", "arrow"):
            grown = {}
            for rows in (ROWS // 4, ROWS):
                self.server.restart()  # so that nothing that was freed before hides what is taken
                before = resident(self.server, "VmRSS")
                reset_peak(self.server)
                size = 0
                connection, answer = ask(self.server, wide_target(file_format, limit=rows))
                while piece := answer.read(1 << 20):
                    size += len(piece)
                connection.close()
                grown[rows] = resident(self.server, "VmHWM") - before
                print(f"        {file_format}, {rows} rows, {size / MIB:.0f} MiB: memory grew by "
                      f"{grown[rows] / MIB:.0f} MiB", flush=True)
                self.assertLess(grown[rows], 500 * MIB)
            if file_format == "csv":  # the only one that is large: both answers group the same rows
                self.assertLess(grown[ROWS] - grown[ROWS // 4], size)

    def test_two_readers_get_the_same(self):
        bodies = [None, None]

        def read(i):
            bodies[i] = self.read("csv")

        threads = [threading.Thread(target=read, args=(i,)) for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(bodies[0] == bodies[1])
        self.assertEqual(ROWS + 2, bodies[0].count(b"\n"))

    def test_a_reader_that_leaves_frees_its_place(self):
        left = [ask(self.server, file_target("csv")) for _ in range(2)]
        for _, answer in left:
            answer.read(1000)
        connection, answer = ask(self.server, file_target("csv"))
        self.assertEqual(429, answer.status)
        self.assertIn(b"this key has 2 report files open already", answer.read())
        connection.close()
        for connection, answer in left:
            answer.close()
            connection.close()
        started = time.monotonic()
        wait_for(lambda: self.server.api_send("GET", file_target("csv", limit=1)).status == 200, 10,
                 "a place is free")
        self.assertLess(time.monotonic() - started, 10)

    def test_http_1_0_gets_the_body_until_the_end(self):
        with socket.create_connection(self.server.api.split(":"), timeout=60) as connection:
            connection.sendall(f"GET {file_target('csv', limit=200_000)} HTTP/1.0\r\n"
                               f"Authorization: Bearer {self.server.key}\r\n\r\n".encode())
            text = b""
            while piece := connection.recv(1 << 16):
                text += piece
        head, body = text.split(b"\r\n\r\n", 1)
        self.assertNotIn(b"chunked", head)
        self.assertEqual(200_001, body.count(b"\n"))

    def test_the_server_stops_while_a_file_is_sent(self):
        with Server() as server:
            post_rows(server, 400_000)
            connection, answer = ask(server, file_target("csv"))
            answer.read(1000)
            started = time.monotonic()
            self.assertEqual(0, server.stop(timeout=20))
            self.assertLess(time.monotonic() - started, 15)
            with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
                while answer.read(1 << 16):
                    pass
            connection.close()


class FilesOfAnotherStore(unittest.TestCase):
    """With ClickHouse's HTTP interface between the server and the store."""

    def test_a_store_that_is_killed_breaks_the_file(self):
        with Store() as store, Server(environment=store.environment()) as server:
            post_rows(server, ROWS)
            whole = server.api_send("GET", file_target("csv")).body
            self.assertEqual(ROWS + 2, whole.count(b"\n"))
            connection, answer = ask(server, file_target("csv"))
            self.assertEqual(200, answer.status)
            begin = answer.read(1000)
            self.assertEqual(whole[:1000], begin)
            store.kill9()
            # What was on its way is still handed on; it is less than all of it.
            with self.assertRaises((http.client.IncompleteRead, ConnectionError)):
                answer.read()
            connection.close()
            answer = server.api_send("GET", file_target("csv"))
            suite.assert_problem(self, answer, 503, "store does not answer")
            store.start()
            self.assertEqual(whole, server.api_send("GET", file_target("csv")).body)


class Events:
    """Reads a text/event-stream."""

    def __init__(self, server, target, headers=None):
        self.connection = http.client.HTTPConnection(server.api, timeout=30)
        self.connection.request("GET", target, headers=headers or {"Authorization": f"Bearer {server.key}"})
        self.answer = self.connection.getresponse()

    def next(self, name=None):
        """The fields of the next event of that name, comments left out; None at the end."""
        fields = {}
        while line := self.answer.readline().decode():
            if line == "\n":
                if fields and (name is None or fields.get("event") == name):
                    return fields
                fields = {}
            elif not line.startswith(":"):
                field, value = line.rstrip("\n").split(": ", 1)
                fields[field] = value
        return None

    def report(self):
        event_fields = self.next("report")
        return json.loads(event_fields["data"]) if event_fields else None

    def close(self):
        self.answer.close()
        self.connection.close()


class Live(unittest.TestCase):
    def target(self, **parameters):
        return "/v1/report/live?" + window(metrics="impressions", **parameters)

    def make_key(self, server, advertiser):
        body = json.dumps({"role": "advertiser", "advertiser_id": advertiser})
        answer = server.api_send("POST", "/v1/keys", body)
        self.assertEqual(201, answer.status)
        return answer.json()

    def test_an_event_is_shown_within_five_seconds(self):
        with Server() as server:
            events = Events(server, self.target())
            self.assertEqual(200, events.answer.status)
            self.assertEqual("text/event-stream", events.answer.getheader("Content-Type"))
            self.assertEqual([[0]], events.report()["rows"])
            slowest = 0
            for number in range(1, 6):
                started = time.monotonic()
                server.post_accepted([event(f"e{number}", now_ms())])
                self.assertEqual([[number]], events.report()["rows"])
                slowest = max(slowest, time.monotonic() - started)
            print(f"        an event is in the stream after {slowest:.2f} s at most", flush=True)
            self.assertLess(slowest, 5)
            self.assertIn("complete_to", json.loads(events.next("freshness")["data"]))
            events.close()

    def test_two_readers_see_their_own(self):
        with Server() as server:
            key = self.make_key(server, 1)["key"]
            own = Events(server, self.target(), {"Authorization": f"Bearer {key}"})
            everybody = Events(server, self.target())
            self.assertEqual([[0]], own.report()["rows"])
            self.assertEqual([[0]], everybody.report()["rows"])
            server.post_accepted([event("other", now_ms(), advertiser_id=2)])
            self.assertEqual([[1]], everybody.report()["rows"])
            server.post_accepted([event("own", now_ms(), advertiser_id=1)])
            self.assertEqual([[1]], own.report()["rows"])
            self.assertEqual([[2]], everybody.report()["rows"])
            own.close()
            everybody.close()

    def test_a_session_reads_and_a_revoked_key_ends_the_stream(self):
        with Server() as server:
            made = self.make_key(server, 1)
            headers = {"Adtally-Csrf": "1", "Content-Type": "application/json"}
            connection = http.client.HTTPConnection(server.api, timeout=30)
            connection.request("POST", "/v1/session", json.dumps({"key": made["key"]}), headers)
            signed_in = connection.getresponse()
            signed_in.read()
            session = {"Cookie": signed_in.getheader("Set-Cookie").split(";")[0]}
            connection.close()
            events = Events(server, self.target(), session)
            self.assertEqual([[0]], events.report()["rows"])
            self.assertEqual(204, server.api_send("DELETE", f"/v1/keys/{made['id']}").status)
            started = time.monotonic()
            self.assertIsNone(events.report())
            self.assertLess(time.monotonic() - started, 5)
            events.close()
            self.assertEqual(401, Events(server, self.target(), session).answer.status)

    def test_a_key_has_its_share_and_gets_it_back(self):
        with Server(environment={"ADTALLY_API_LIVE_REPORTS_PER_KEY": "2"}) as server:
            streams = [Events(server, self.target()) for _ in range(2)]
            for events in streams:
                self.assertEqual(200, events.answer.status)
            answer = server.api_send("GET", self.target())
            suite.assert_problem(self, answer, 429, "live reports open already", "api.live_reports_per_key")
            for events in streams:
                events.close()

            def is_free():
                events = Events(server, self.target())
                events.close()
                return events.answer.status == 200

            wait_for(is_free, 10, "a stream is free")

    def test_the_server_stops_quickly_and_ends_streams_in_order(self):
        with Server() as server:
            streams = [Events(server, self.target()) for _ in range(5)]
            for events in streams:
                events.report()
            started = time.monotonic()
            self.assertEqual(0, server.stop())
            self.assertLess(time.monotonic() - started, 8)
            for events in streams:
                self.assertIsNone(events.report())  # an end, not a broken transfer
                events.close()


if __name__ == "__main__":
    suite.main(__doc__)
