#!/usr/bin/env python3
"""Produces to a topic and reads one with kafka-python, in a process of its own: its module has the same name as the
tests' own kafka.py. scripts/install kafka fetches it.

    client.py produce BROKERS TOPIC    standard input: a JSON line a record, {"partition", "key", "value"}, texts in
                                       base64 or null; {"transaction": "commit" or "abort", "records": […]}
    client.py read BROKERS TOPIC       prints a JSON line a record: {"value": base64, "headers": {…}}
"""

import base64
import json
import sys

from kafka import KafkaConsumer, KafkaProducer, TopicPartition


def decode(text):
    return None if text is None else base64.b64decode(text)


def send(producer, topic, record):
    return producer.send(
        topic, value=decode(record["value"]), key=decode(record.get("key")), partition=record["partition"]
    )


def produce(brokers, topic):
    plain = KafkaProducer(bootstrap_servers=brokers, acks="all", linger_ms=5, max_request_size=4 << 20)
    transactional = None
    sent = []
    for line in sys.stdin:
        record = json.loads(line)
        if "transaction" not in record:
            sent.append(send(plain, topic, record))
            continue
        if transactional is None:
            transactional = KafkaProducer(bootstrap_servers=brokers, transactional_id=f"of {topic}")
            transactional.init_transactions()
        transactional.begin_transaction()
        for part in record["records"]:
            send(transactional, topic, part)
        transactional.flush()
        if record["transaction"] == "commit":
            transactional.commit_transaction()
        else:
            transactional.abort_transaction()
    plain.flush()
    for future in sent:
        future.get(30)
    for producer in (plain, transactional):
        if producer is not None:
            producer.close()


def read(brokers, topic):
    consumer = KafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False)
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
    consumer.assign(partitions)
    ends = consumer.end_offsets(partitions)
    consumer.seek_to_beginning(*partitions)
    while any(consumer.position(partition) < ends[partition] for partition in partitions):
        for records in consumer.poll(timeout_ms=1000).values():
            for record in records:
                headers = {name: value.decode() for name, value in record.headers}
                print(json.dumps({"value": base64.b64encode(record.value or b"").decode(), "headers": headers}))
    consumer.close()


if __name__ == "__main__":
    {"produce": produce, "read": read}[sys.argv[1]](sys.argv[2].split(","), sys.argv[3])
