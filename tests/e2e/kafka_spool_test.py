#!/usr/bin/env python3
"""The edge goes on answering while Kafka is down: events go to its spool and drain once Kafka is back.

    kafka_spool_test.py [--down SECONDS]

Clicks, pixels, conversions and posted events come in all the time while the broker is killed for --down seconds, adtally is
killed -9 with a full spool, and the broker is stopped for some seconds. Each request must get its usual answer, and in the
end each number must be right. Prints how long answers took while the broker was up, down and stopped.
"""

import http.client
import json
import os
import signal
import sys
import threading
import time
import unittest
import urllib.parse

import kafka
import suite
from reports import by_campaign, differences, total
from roles import Deployment
from server import BROWSER, Server, now_ms
from spool import metrics, wait_drained, wait_for
from store_process import Store
from suite import assert_problem, event

WORKERS = 3
POSTED = 5  # events of a POST
HOUR_MS = 3_600_000
PAUSE_S = 0.02  # of a worker between two visits: some hundred requests a second in all


class Options:
    down = float(os.environ.get("E2E_DOWN_SECONDS", "10"))


class Visitor:
    """One worker: visits of a pixel, a click, a conversion and a POST each, on one connection, with what they must add up
    to. A request whose connection breaks is sent again, as browsers and servers do; its answer's time is not noted."""

    def __init__(self, traffic, number):
        self.traffic = traffic
        self.campaign = 500 + number
        self.number = number
        self.visits = 0
        self.connection = None

    def send(self, kind, expected, method, target, body=None, key=False):
        headers = {"User-Agent": BROWSER}
        if key:
            headers["Authorization"] = f"Bearer {self.traffic.key}"
        broken = False
        while True:
            begin = time.monotonic()
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection(self.traffic.edge, timeout=60)
                self.connection.request(method, target, body=body, headers=headers)
                answer = self.connection.getresponse()
                text = answer.read()
                break
            except (OSError, http.client.HTTPException):
                self.connection = None
                broken = True
                time.sleep(0.1)
                if self.traffic.give_up.is_set():
                    raise
        if answer.status != expected:
            raise AssertionError(f"{kind} was answered {answer.status} instead of {expected}: {text[:300]!r}")
        if not broken:
            self.traffic.note(kind, time.monotonic() - begin)
        return answer, text

    def visit(self):
        self.visits += 1
        request = {
            "advertiser_id": 1,
            "campaign_id": self.campaign,
            "ad_group_id": self.campaign * 10,
            "creative_id": self.campaign * 100,
            "landing_url": "https://shop.example/shoes",
            "click_cost_micros": 250_000,
            "impression_cost_micros": 3_000,
        }
        _, text = self.send("links", 200, "POST", "/v1/links", json.dumps(request), key=True)
        links = json.loads(text)
        path = {name: urllib.parse.urlsplit(links[name]).path for name in ("impression_url", "click_url")}
        self.send("pixel", 200, "GET", path["impression_url"])
        answer, _ = self.send("click", 302, "GET", path["click_url"])
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.getheader("Location")).query)
        order = urllib.parse.urlencode({"click_id": query["click_id"][0], "order_id": str(self.visits), "value": "1.5"})
        self.send("conversion", 204, "GET", f"/v1/conversions?{order}")
        names = [f"w{self.number}-{self.visits}-{i}" for i in range(POSTED)]
        lines = [json.dumps(event(name, now_ms(), self.campaign)) for name in names]
        self.send("POST", 202, "POST", "/v1/events", "\n".join(lines), key=True)

    def truth(self):
        """As a report has it: impressions, clicks, conversions, spend, conversion value."""
        impressions = self.visits * (1 + POSTED)
        spend = self.visits * (3_000 + 250_000 + POSTED * 1500)
        return (impressions, self.visits, self.visits, spend, self.visits * 1_500_000)

    def events(self):
        return self.visits * (3 + POSTED)


class Traffic:
    def __init__(self, server):
        self.edge = server.edge
        self.key = server.key
        self.phase = "up"
        self.times = {}  # by phase
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.give_up = threading.Event()
        self.errors = []
        self.visitors = [Visitor(self, number) for number in range(WORKERS)]
        self.threads = [threading.Thread(target=self.work, args=(visitor,)) for visitor in self.visitors]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.give_up.set()
        self.stop()

    def work(self, visitor):
        try:
            while not self.stopping.is_set():
                visitor.visit()
                time.sleep(PAUSE_S)
        except Exception as error:  # noqa: BLE001 - a thread's failure is the test's
            self.errors.append(error)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def note(self, kind, seconds):
        if kind == "links":
            return  # needs no log
        with self.lock:
            self.times.setdefault(self.phase, []).append(seconds)

    def events(self):
        return sum(visitor.events() for visitor in self.visitors)

    def print_times(self):
        for phase, times in self.times.items():
            times.sort()
            p50, p99 = (times[int(len(times) * share)] * 1000 for share in (0.5, 0.99))
            print(f"        broker {phase}: {len(times)} requests, p50 {p50:.1f} ms, p99 {p99:.1f} ms, "
                  f"at most {times[-1] * 1000:.0f} ms", flush=True)


@unittest.skipUnless(kafka.available(), "no Kafka here: scripts/install kafka")
class KafkaSpool(unittest.TestCase):
    def test_every_request_is_answered_and_every_number_is_right(self):
        with kafka.Cluster(1) as cluster, Server(environment=cluster.environment()) as server:
            broker = cluster.brokers[0]
            with Traffic(server) as traffic:
                time.sleep(2)
                self.broker_is_killed(server, broker, traffic)
                self.adtally_is_killed_with_a_full_spool(server, broker, traffic)
                self.broker_is_stopped(server, broker, traffic)
                time.sleep(1)
                traffic.stop()
            self.assertEqual([], traffic.errors, server.log_tail())
            traffic.print_times()
            wait_drained(server)
            server.wait_complete(60)
            self.compare(server, traffic)
            down = sorted(traffic.times["down"])
            # The first requests wait for the deadline, once in the log and once for their turn there.
            self.assertLess(down[-1], 5)
            self.assertLess(down[len(down) * 99 // 100], 1)

    def broker_is_killed(self, server, broker, traffic):
        before = traffic.events()
        traffic.phase = "down"
        broker.kill9()
        time.sleep(Options.down)
        status = metrics(server)
        self.assertEqual(1, status["adtally_spool_log_down"])
        self.assertGreater(status["adtally_spool_records"], 10)
        self.assertGreater(status["adtally_spool_bytes"], 1000)
        self.assertGreater(status["adtally_spool_oldest_seconds"], Options.down / 2)
        self.assertEqual(0, status["adtally_spool_refused_total"])
        self.assertEqual(0, status["adtally_edge_unavailable_total"])
        ready = server.api_send("GET", "/readyz")
        self.assertEqual(200, ready.status, repr(ready))
        self.assertEqual([], traffic.errors)
        print(f"        {traffic.events() - before} events while the broker was down for {Options.down:g} s", flush=True)

    def adtally_is_killed_with_a_full_spool(self, server, broker, traffic):
        traffic.phase = "up again"
        server.kill9()
        server.start(wait=False)  # waits for the broker
        broker.start()
        server.wait_ready()
        seconds = wait_drained(server)
        print(f"        drained {metrics(server)['adtally_spool_drained_records_total']:.0f} records; "
              f"empty {seconds:.1f} s after the restart was ready", flush=True)
        wait_for(lambda: metrics(server)["adtally_spool_log_down"] == 0, 20, "the log is used again")

    def broker_is_stopped(self, server, broker, traffic):
        traffic.phase = "stopped"
        broker.process.send_signal(signal.SIGSTOP)
        try:
            time.sleep(4)
            self.assertGreater(metrics(server)["adtally_spool_records"], 10)
        finally:
            broker.process.send_signal(signal.SIGCONT)
        traffic.phase = "going on"
        wait_drained(server)

    def compare(self, server, traffic):
        start, end = now_ms() - HOUR_MS, now_ms() + HOUR_MS
        expected = {(1, v.campaign): v.truth() for v in traffic.visitors}
        self.assertEqual([], differences(expected, by_campaign(server, start, end)), server.log_tail())
        ledger = server.ledger_totals()
        self.assertEqual(traffic.events(), ledger["counted"])
        self.assertEqual((0, 0, 0), (ledger["late"], ledger["rejected"], ledger["difference"]))
        print(f"        {ledger['received']} received = {ledger['counted']} counted + {ledger['duplicate']} duplicate",
              flush=True)

    def test_a_full_spool_is_said_so(self):
        limit = {"ADTALLY_EDGE_SPOOL_MAX_MB": "16"}
        with kafka.Cluster(1) as cluster, Server(environment={**cluster.environment(), **limit}) as server:
            cluster.brokers[0].kill9()
            number, accepted = 0, 0
            answer = None
            while number < 200:
                events = [event(f"full-{number}-{i}" + "x" * 40, now_ms()) for i in range(2000)]
                answer = server.post_events(events)
                if answer.status != 202:
                    break
                accepted += len(events)
                number += 1
            assert_problem(self, answer, 503, "spool")
            self.assertGreater(accepted, 50_000)
            self.assertEqual(503, server.api_send("GET", "/readyz").status)
            self.assertGreater(metrics(server)["adtally_spool_refused_total"], 0)
            cluster.brokers[0].start()
            wait_drained(server)
            wait_for(lambda: server.api_send("GET", "/readyz").status == 200, 30, "ready again")
            self.assertEqual(202, server.post_events(events).status)
            server.wait_complete(60)
            ledger = server.ledger_totals()
            self.assertEqual((accepted + len(events), 0), (ledger["counted"], ledger["difference"]))


def main():
    parser = suite.arguments(__doc__.splitlines()[0])
    parser.add_argument("--down", type=float, default=Options.down, help="seconds without the broker")
    options = parser.parse_args()
    suite.use_binary(options)
    Options.down = options.down
    sys.exit(suite.run(unittest.TestLoader().loadTestsFromTestCase(KafkaSpool)))


@unittest.skipUnless(kafka.available(), "no Kafka here: scripts/install kafka")
class EdgeAlone(unittest.TestCase):
    def test_starts_while_kafka_is_down(self):
        with kafka.Cluster(1) as cluster, Store() as store, Deployment(cluster, store, aggregators=1, partitions=2) as all_:
            cluster.brokers[0].kill9()
            all_.edge.kill9()
            all_.edge.start()
            sent_ms = now_ms()
            lines = [json.dumps(event(f"late-{i}", sent_ms, 77)) for i in range(20)]
            answers = [all_.edge.post_events([line]).status for line in lines]
            self.assertEqual([202] * len(lines), answers, all_.edge.log_tail())
            cluster.brokers[0].start()
            all_.edge.wait_drained()
            all_.api.wait_complete(60)
            self.assertEqual(len(lines), total(all_.api, sent_ms - 60_000, sent_ms + 60_000)[0])


if __name__ == "__main__":
    main()
