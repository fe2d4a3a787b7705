#!/usr/bin/env python3
"""A topic that others write, with a client and encoders that share nothing with adtally's: every number is right, and
what cannot be counted is in the ledger and in the topic of rejected events."""

import base64
import json
import shutil
import subprocess
import sys
import unittest

import kafka
import suite
from reports import total
from server import ROOT, Server, clean_environment, now_ms
from suite import event

CLIENT = ROOT / "build" / "kafka-client"
MINUTE_MS = 60_000


def available():
    return kafka.available() and CLIENT.is_dir()


def client(command, cluster, topic, text=""):
    environment = {**clean_environment(), "PYTHONPATH": str(CLIENT)}
    program = [sys.executable, str(ROOT / "tests" / "e2e" / "kafka" / "client.py"), command, cluster.addresses, topic]
    done = subprocess.run(program, input=text, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-5000:]
    return done.stdout


def base64_text(value):
    value = value.encode() if isinstance(value, str) else value
    return None if value is None else base64.b64encode(value).decode()


def record(value, partition=0, key=None):
    return {"partition": partition, "key": base64_text(key), "value": base64_text(value)}


def produce(cluster, topic, records):
    client("produce", cluster, topic, "".join(json.dumps(r) + "\n" for r in records))


def read_rejected(cluster, topic):
    """Sorted by where they come from: [(partition, offset, number in the record, reason, value)]."""
    found = []
    for line in client("read", cluster, topic).splitlines():
        entry = json.loads(line)
        headers = entry["headers"]
        found.append(
            (
                int(headers["__connect.errors.partition"]),
                int(headers["__connect.errors.offset"]),
                int(headers["adtally.event_number"]),
                headers["__connect.errors.exception.message"],
                base64.b64decode(entry["value"]),
                headers,
            )
        )
    return sorted(found, key=lambda entry: entry[:3])


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def protobuf_event(fields, event_id=None):
    """The message Event of proto/adtally/v1/event.proto, fields in an order of its own."""

    def number(field, value):
        return varint(field << 3) + varint(value)

    def text(field, value):
        value = value.encode() if isinstance(value, str) else value
        return varint(field << 3 | 2) + varint(len(value)) + value

    kinds = {"impression": 1, "click": 2, "conversion": 3}
    return b"".join(
        [
            number(11, fields["cost_micros"]),
            number(3, fields["timestamp"]),
            number(2, kinds[fields["type"]]),
            text(1, event_id or fields["event_id"]),
            number(4, fields["advertiser_id"]),
            number(5, fields["campaign_id"]),
            number(6, fields["ad_group_id"]),
            number(7, fields["creative_id"]),
            number(8, 2),
            text(9, fields["country"]),
            text(10, fields["region"]),
            text(15, "user-of-" + str(fields["campaign_id"])),
            text(99, "a field that adtally does not know"),
        ]
    )


def batch(*events):
    """An EventBatch of messages in bytes."""
    return b"".join(b"\x0a" + varint(len(e)) + e for e in events)


def protobuf_list(*events):
    body = batch(*events)
    return varint(len(body)) + body


class Topics:
    """The environment of a server with topics of its own."""

    def __init__(self, name, **options):
        self.events = name + ".events"
        self.rejected = name + ".rejected"
        self.environment = {
            "ADTALLY_LOG_TOPIC": self.events,
            "ADTALLY_LOG_CHECKPOINTS_TOPIC": name + ".checkpoints",
            "ADTALLY_LOG_REJECTED_TOPIC": self.rejected,
            **options,
        }


@unittest.skipUnless(available(), "no Kafka and client here: scripts/install kafka")
class ForeignTopic(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = kafka.Cluster(1)
        cls.addClassCleanup(cls.cluster.close)
        cls.cluster.start()

    def server(self, topics, partitions=2):
        server = Server(environment={**self.cluster.environment(partitions), **topics.environment})
        self.addCleanup(server.close)
        server.start()
        return server

    def check(self, server, started, impressions, spend_micros, **ledger):
        """The report's sums and the ledger's."""
        server.wait_complete(60)
        shown = total(server, started - 10 * MINUTE_MS, now_ms() + 10 * MINUTE_MS)
        self.assertEqual((impressions, 0, 0, spend_micros, 0), shown, server.log_tail())
        found = server.ledger_totals()
        expected = {"duplicate": 0, "late": 0, "rejected": 0, **ledger, "difference": 0}
        self.assertEqual(expected, {name: found[name] for name in expected})
        self.assertEqual(impressions, found["counted"])

    def restart_without_ids(self, server):
        """Deduplication then comes back from the records."""
        server.stop()
        shutil.rmtree(server.data / "ids")
        server.start()

    def test_json_with_poison_in_between(self):
        topics = Topics("json", ADTALLY_LOG_FORMAT="json")
        server = self.server(topics)
        now = now_ms()

        def text(number, **fields):
            return json.dumps(event(f"e{number}", fields.pop("timestamp", now), **fields))

        conversion = json.dumps({"event_id": "c", "type": "conversion", "timestamp": now, "click_id": "x.y"})
        bad_line = text(5, advertiser_id=0)
        long_line = text(6, order_id="x" * 200_000)
        late = text(7, timestamp=now - 30 * 3_600_000)
        records = [
            record(text(0), key="campaign 7"),
            record("not json"),
            record("\n".join([text(1), bad_line, text(2)])),
            record(None, key="gone"),
            record(""),
            record("[" + text(3, user_id="someone") + "," + text(0) + "]"),
            record(b"\xff\xfe\x00" + text(4).encode()),
            record(conversion),
            record(late),
            record(long_line + "\n" + text(8)),
            record("\n".join(text(1000 + i) for i in range(3000))),  # close to what a topic takes
            record(text(2), partition=1),  # its duplicate is in the other partition: not seen by design
            record("{}", partition=1),
        ]
        produce(self.cluster, topics.events, records)
        server.post_accepted([event(f"edge{i}", now) for i in range(40)])
        good = 1 + 2 + 1 + 1 + 3000 + 1 + 40
        rejected = 8
        self.check(server, now, good, good * 1500, duplicate=1, late=1, rejected=rejected)
        noted = server.get_json("/v1/status")["rejections"]
        samples = {sample["place"]: sample for sample in noted["recent"] if sample["source"] == "log"}
        self.assertEqual(rejected, len(samples), samples)
        self.assertEqual("not json", samples["partition 0, offset 1, event 1"]["event"])
        self.assertEqual(long_line[:600], samples["partition 0, offset 9, event 1"]["event"])
        self.assertIn("advertiser_id", samples["partition 0, offset 2, event 2"]["reason"])

        self.restart_without_ids(server)
        produce(self.cluster, topics.events, [r for r in records[:3] + records[5:6] + records[10:11]])
        server.post_accepted([event(f"edge{i}", now) for i in range(40)])
        again = 1 + 2 + 2 + 3000 + 40
        self.check(server, now, good, good * 1500, duplicate=1 + again, late=1, rejected=rejected + 2)
        server.stop()

        seen = {entry[:3]: entry for entry in read_rejected(self.cluster, topics.rejected)}
        expected = {
            (0, 1, 1): ("at 1", b"not json"),
            (0, 2, 2): ("advertiser_id", bad_line.encode()),
            (0, 3, 1): ("there is none", b""),
            (0, 4, 1): ("there is none", b""),
            (0, 6, 1): ("at 1", records_value(records[6])),
            (0, 7, 1): ("click_id", conversion.encode()),
            (0, 9, 1): ("", long_line.encode()[: 64 << 10]),
            (1, 1, 1): ("event_id", b"{}"),
        }
        for place, (reason, value) in expected.items():
            self.assertIn(place, seen)
            self.assertIn(reason, seen[place][3])
            self.assertEqual(value, seen[place][4])
        self.assertEqual(str(len(long_line)), seen[0, 9, 1][5]["adtally.cut_from_bytes"])
        self.assertEqual(topics.events, seen[0, 9, 1][5]["__connect.errors.topic"])

    def test_protobuf_lists_with_poison_in_between(self):
        topics = Topics("protobuf")
        server = self.server(topics)
        now = now_ms()
        good = [protobuf_event(event(f"e{i}", now)) for i in range(300)]
        not_utf8 = protobuf_event(event("", now), event_id=b"\xff\xfe")
        no_campaign = protobuf_event({**event("n", now), "campaign_id": 0})
        records = [
            record(protobuf_list(*good[:100])),
            record(batch(*good[100:200])),  # without its length
            record(b"\xff\xff\xff"),
            record(protobuf_list(good[200], b"\xff", no_campaign, not_utf8, not_utf8)),
            record(protobuf_list()),
            record(None, key="gone"),
            record(json.dumps(event("j", now))),
            record(batch(*good[201:])[:-3]),  # breaks off in its last event
        ]
        produce(self.cluster, topics.events, records)
        server.post_accepted([event(f"edge{i}", now) for i in range(10)])
        counted = 200 + 2 + 98 + 10
        self.check(server, now, counted, counted * 1500, duplicate=1, rejected=5)
        self.restart_without_ids(server)
        produce(self.cluster, topics.events, records[:2])
        self.check(server, now, counted, counted * 1500, duplicate=201, rejected=5)
        server.stop()
        seen = {entry[:3]: entry for entry in read_rejected(self.cluster, topics.rejected)}
        self.assertEqual({(0, 2, 1), (0, 3, 2), (0, 3, 3), (0, 6, 1), (0, 7, 99)}, set(seen))
        self.assertEqual(batch(no_campaign), seen[0, 3, 3][4], "it can be sent again as it is")
        self.assertIn("campaign_id", seen[0, 3, 3][3])
        self.assertEqual(records_value(records[2]), seen[0, 2, 1][4])

    def test_transactions(self):
        topics = Topics("transactions", ADTALLY_LOG_FORMAT="json", ADTALLY_LOG_REJECTED_TOPIC="")
        server = self.server(topics, partitions=1)
        now = now_ms()

        def transaction(end, *numbers):
            return {"transaction": end, "records": [record(json.dumps(event(f"t{n}", now))) for n in numbers]}

        produce(
            self.cluster,
            topics.events,
            [transaction("commit", 1, 2), transaction("abort", 3, 4), transaction("commit", 5), transaction("abort", 6)],
        )
        self.check(server, now, 3, 3 * 1500)
        lag = [p["lag_records"] for p in server.get_json("/v1/freshness")["partitions"]]
        self.assertEqual([0], lag, "the marks of transactions are no records")
        self.restart_without_ids(server)
        produce(self.cluster, topics.events, [transaction("commit", 1, 3, 5)])
        self.check(server, now, 4, 4 * 1500, duplicate=2)
        server.kill9()
        server.start()
        self.check(server, now, 4, 4 * 1500, duplicate=2)


def records_value(made):
    return base64.b64decode(made["value"])


if __name__ == "__main__":
    suite.main(__doc__)
