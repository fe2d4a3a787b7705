#!/usr/bin/env python3
"""Each kind of bad input gets one clear sentence and the right status, and harms nothing around it."""

import gzip
import http.client
import json
import os
import pathlib
import select
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from reports import total
from server import Server, now_ms
import suite
from suite import assert_problem, assert_sentence, event

HOUR_MS = 3_600_000


class BadEvents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.now = now_ms()

    def good_around(self, campaign, bad):
        """Posts good, bad, good: the bad line is rejected alone. Returns its error."""
        lines = [event(f"{campaign}-1", self.now, campaign), bad, event(f"{campaign}-2", self.now, campaign)]
        answer = self.server.post_events(lines)
        self.assertEqual(202, answer.status, repr(answer))
        body = answer.json()
        self.assertEqual((2, 1), (body["accepted"], body["rejected"]), repr(answer))
        self.assertEqual([2], [e["line"] for e in body["errors"]])
        self.assert_counted(campaign, 2)
        return body["errors"][0]["error"]

    def assert_counted(self, campaign, impressions):
        self.server.wait_complete()
        counted = total(self.server, self.now - 48 * HOUR_MS, self.now + 48 * HOUR_MS, campaign_id=campaign)
        self.assertEqual(impressions, counted[0])

    def test_malformed_line(self):
        assert_sentence(self, self.good_around(101, '{"event_id":"x","type":'))

    def test_line_that_is_no_json(self):
        assert_sentence(self, self.good_around(102, "hello"))

    def test_unclosed_string_costs_its_own_line_only(self):
        assert_sentence(self, self.good_around(103, '{"event_id":"103-x","type":"click'))

    def test_wrong_type(self):
        bad = event("104-x", self.now, 104, advertiser_id="one")
        assert_sentence(self, self.good_around(104, bad), "advertiser_id")

    def test_missing_field(self):
        bad = event("105-x", self.now, 105)
        del bad["type"]
        assert_sentence(self, self.good_around(105, bad), "type")

    def test_numbers_out_of_range(self):
        for campaign, field, value in [
            (106, "campaign_id", 4_294_967_296),
            (107, "creative_id", 0),
            (108, "cost_micros", -1),
            (109, "cost_micros", 10**18),
            (110, "timestamp", 10**17),
        ]:
            with self.subTest(field=field, value=value):
                bad = event(f"{campaign}-x", self.now, campaign) | {field: value}
                assert_sentence(self, self.good_around(campaign, bad), field)

    def test_unknown_country(self):
        bad = event("111-x", self.now, 111, country="USA")
        assert_sentence(self, self.good_around(111, bad), "country", "USA")

    def test_event_from_the_future(self):
        bad = event("112-x", self.now + HOUR_MS, 112)
        assert_sentence(self, self.good_around(112, bad), "timestamp")

    def test_event_older_than_the_window_is_accounted_for_as_late(self):
        before = self.server.ledger_totals()["late"]
        old = event("113-x", self.now - 25 * HOUR_MS, 113)
        lines = [event("113-1", self.now, 113), old, event("113-2", self.now, 113)]
        answer = self.server.post_events(lines)
        self.assertEqual(202, answer.status, repr(answer))
        body = answer.json()
        self.assertEqual(1, body["late"], repr(answer))
        self.assertEqual([2], [n["line"] for n in body["notes"]])
        assert_sentence(self, body["notes"][0]["note"], "24 h")
        self.assert_counted(113, 2)
        ledger = self.server.ledger_totals()
        self.assertEqual((before + 1, 0), (ledger["late"], ledger["difference"]))

    def test_a_body_without_any_event(self):
        answer = self.server.post_events(["<html></html>"])
        self.assertEqual(400, answer.status, repr(answer))
        errors = answer.json()["errors"]
        self.assertEqual(1, len(errors))
        assert_sentence(self, errors[0]["error"])

    def test_unknown_key(self):
        for key in (False, "nobody"):
            with self.subTest(key=key):
                assert_problem(self, self.server.post_events([event("k", self.now)], key=key), 401)

    def test_key_of_another_role(self):
        made = self.server.api_send("POST", "/v1/keys", json.dumps({"role": "advertiser", "advertiser_id": 1}))
        self.assertIn(made.status, (200, 201), repr(made))
        assert_problem(self, self.server.post_events([event("k", self.now)], key=made.json()["key"]), 403)

    def test_forged_and_altered_links(self):
        request = {"advertiser_id": 1, "campaign_id": 114, "ad_group_id": 1140, "creative_id": 11400}
        request |= {"landing_url": "https://shop.example/", "click_cost_micros": 1, "impression_cost_micros": 1}
        made = self.server.edge_send("POST", "/v1/links", json.dumps(request))
        token = made.json()["click_url"].rsplit("/", 1)[1]
        middle = len(token) // 2
        altered = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
        for path in (f"/c/{altered}", f"/i/{altered}.gif", "/c/forged", f"/c/{token[:-4]}", "/i/x.gif"):
            with self.subTest(path=path):
                assert_problem(self, self.server.edge_send("GET", path, key=False), 404)
        self.assert_counted(114, 0)
        self.assertEqual((0, 0, 0, 0, 0), total(self.server, self.now - HOUR_MS, self.now + HOUR_MS, campaign_id=114))

    def test_forged_click_id(self):
        answer = self.server.edge_send("GET", "/v1/conversions?click_id=forged&order_id=1", key=False)
        assert_problem(self, answer, 400, "click")


class BadRequests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()

    def connect(self, timeout=30):
        host, port = self.server.edge.split(":")
        return socket.create_connection((host, int(port)), timeout=timeout)

    def head(self, *lines):
        fixed = ["POST /v1/events HTTP/1.1", f"Host: {self.server.edge}", f"Authorization: Bearer {self.server.key}"]
        return ("\r\n".join([*fixed, *lines]) + "\r\n\r\n").encode()

    def read_answer(self, connection):
        """(status, body text) of an answer after which the server closes the connection."""
        data = b""
        while chunk := connection.recv(65536):
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 "), f"no answer: {data[:200]!r}")
        return int(head.split()[1]), body.decode()

    def send_until_answered(self, connection, size, wrap=lambda chunk: chunk):
        """Sends `size` bytes, but stops when the server has answered. Returns how many were sent."""
        chunk = b" " * 65536
        sent = 0
        while sent < size and not select.select([connection], [], [], 0)[0]:
            connection.sendall(wrap(chunk))
            sent += len(chunk)
        return sent

    def assert_too_large(self, connection, sent):
        status, body = self.read_answer(connection)
        self.assertEqual(413, status)
        assert_sentence(self, json.loads(body)["detail"])
        self.assertLess(sent, 64 << 20, "the server read on long after the limit")

    def assert_alive(self):
        self.server.post_accepted([event(f"alive-{time.monotonic_ns()}", now_ms())])

    def test_a_body_of_100_mb(self):
        with self.connect() as connection:
            connection.sendall(self.head(f"Content-Length: {100 << 20}"))
            sent = self.send_until_answered(connection, 100 << 20)
            self.assert_too_large(connection, sent)
        self.assert_alive()

    def test_a_chunked_body_of_100_mb(self):
        with self.connect() as connection:
            connection.sendall(self.head("Transfer-Encoding: chunked"))
            sent = self.send_until_answered(connection, 100 << 20, lambda c: b"%x\r\n%s\r\n" % (len(c), c))
            self.assert_too_large(connection, sent)
        self.assert_alive()

    def test_a_small_body_that_unpacks_to_100_mb(self):
        bomb = gzip.compress(b" " * (100 << 20))
        answer = self.server.edge_send("POST", "/v1/events", bomb, {"Content-Encoding": "gzip"})
        assert_problem(self, answer, 413)
        self.assert_alive()

    def test_a_client_that_sends_byte_by_byte(self):
        started = time.monotonic()
        with self.connect() as connection:
            for byte in self.head("X-Slow: " + "x" * 200):
                if select.select([connection], [], [], 0.25)[0]:
                    break
                connection.sendall(bytes([byte]))
            else:
                self.fail("the server waited for the whole slow request")
            status, body = self.read_answer(connection)
        self.assertEqual(408, status)
        assert_sentence(self, json.loads(body)["detail"])
        self.assertLess(time.monotonic() - started, 30)
        self.assert_alive()

    def test_a_request_that_is_not_http(self):
        with self.connect() as connection:
            connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
            status, _ = self.read_answer(connection)
        self.assertEqual(400, status)
        self.assert_alive()


class BadStarts(unittest.TestCase):
    def run_serve(self, server, *arguments):
        return subprocess.run(
            [server.binary, "serve", "--data", str(server.data), *arguments],
            env=server.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
        )

    def assert_refused(self, config, *words):
        server = Server()
        self.addCleanup(server.close)
        file = server.folder / "adtally.toml"
        file.write_text(config)
        done = self.run_serve(server, "--config", str(file))
        self.assertIn(done.returncode, (1, 2))
        assert_sentence(self, done.stderr, *words)

    def test_unknown_configuration_key(self):
        self.assert_refused('[edge]\nlisten_on = "127.0.0.1:0"\n', "edge.listen_on")

    def test_wrong_type_in_the_configuration(self):
        self.assert_refused('[log]\npartitions = "four"\n', "log.partitions")

    def test_impossible_value_in_the_configuration(self):
        self.assert_refused("[log]\npartitions = 0\n", "log.partitions")

    def test_configuration_that_is_no_toml(self):
        self.assert_refused("[edge\n", "adtally.toml")

    def test_data_folder_in_use(self):
        with Server() as first:
            second = Server(data=first.data)
            self.addCleanup(second.close)
            done = self.run_serve(second)
            self.assertEqual(1, done.returncode)
            assert_sentence(self, done.stderr, str(first.data))
            self.assertTrue(first.running())
            first.post_accepted([event("still-here", now_ms())])


class ForeignLog(unittest.TestCase):
    """A log that is not the one the store was counted from must stop the start, not lose counts in silence."""

    def refused(self, damage):
        server = Server()
        self.addCleanup(server.close)
        server.start()
        server.post_accepted([event(f"before-{n}", now_ms()) for n in range(40)])
        server.wait_complete()
        server.kill9()
        damage(server.data / "log")
        done = subprocess.run(
            server.command(),
            env=server.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
        )
        self.assertEqual(1, done.returncode)
        return done.stderr.strip().splitlines()[-1]

    def test_an_empty_log_beside_a_store_that_was_counted(self):
        assert_sentence(self, self.refused(shutil.rmtree), "event log", "store")

    def test_one_flipped_byte_in_the_middle_of_the_log(self):
        def flip(log):
            wal = max(log.glob("*.log"), key=lambda file: file.stat().st_size)
            content = bytearray(wal.read_bytes())
            content[len(content) // 3] ^= 0x40
            wal.write_bytes(content)

        assert_sentence(self, self.refused(flip), "event log", "damaged")


class FullDisk(unittest.TestCase):
    SIZE_MB = 512

    def setUp(self):
        self.mount = tempfile.mkdtemp(prefix="adtally-disk-")
        self.addCleanup(shutil.rmtree, self.mount, ignore_errors=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={self.SIZE_MB}m", "tmpfs", self.mount],
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            self.skipTest(f"a small file system cannot be mounted here: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", self.mount])

    def fill(self):
        filler = pathlib.Path(self.mount, "filler")
        with filler.open("wb", buffering=0) as file:
            for size in (1 << 20, 4096):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError:
                    pass
        return filler

    def post(self, server, batch):
        """Whatever happens to the disk, there is an answer."""
        try:
            return server.post_events(batch)
        except (OSError, http.client.HTTPException) as error:
            failure = repr(error)
        time.sleep(1)
        state = "runs" if server.running() else f"ended with {server.process.returncode}"
        self.fail(f"no answer on a full disk: {failure}; the server {state}\n{server.log_tail()}")

    def test_a_full_disk_refuses_and_recovers(self):
        server = Server(data=os.path.join(self.mount, "data"))
        self.addCleanup(server.close)
        server.start()
        start = now_ms()
        batches = [[event(f"disk-{b}-{i}", start, 200) for i in range(200)] for b in range(2000)]
        server.post_accepted(batches[0])
        filler = self.fill()

        refused = None
        used = 1
        while refused is None and used < len(batches):
            answer = self.post(server, batches[used])
            if answer.status != 202:
                refused = answer
            used += 1
        self.assertIsNotNone(refused, "a full disk never refused anything")
        assert_problem(self, refused, 503)
        self.assertIn("retry-after", refused.headers)
        self.assertTrue(server.running(), server.log_tail())

        filler.unlink()
        deadline = time.monotonic() + 60
        while (answer := self.post(server, batches[used - 1])).status != 202:
            self.assertLess(time.monotonic(), deadline, f"still refusing a minute after space was freed: {answer}")
            time.sleep(0.5)
        server.wait_complete()
        counted = total(server, start - HOUR_MS, start + HOUR_MS, campaign_id=200)
        self.assertEqual(used * 200, counted[0])
        self.assertEqual(0, server.ledger_totals()["difference"])
        self.assertEqual(0, server.stop())


if __name__ == "__main__":
    suite.main(__doc__)
