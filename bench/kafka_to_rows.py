#!/usr/bin/env python3
"""Measures the way from Kafka to visible rows, with the broker on the same cores: starts a broker with a Java machine as
in production and runs build/release/kafka_to_rows against it, once for EventBatch records and once for single JSON
records. Prints its JSON lines.

    bench/kafka_to_rows.py [--programs FOLDER] [--tiny] [--events N] [--json-events N] [--only protobuf|json] [-- ARGUMENT …]
"""

import argparse
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "e2e"))
import kafka  # noqa: E402  (the tests' own)

BROKER_JAVA = ["java", "-Xms1g", "-Xmx1g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-cp", str(kafka.JARS / "*")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", default="build/release", type=pathlib.Path)
    parser.add_argument("--tiny", action="store_true", help="a moment's work, to see that it runs")
    parser.add_argument("--events", type=int, default=30_000_000)
    parser.add_argument("--json-events", type=int, default=8_000_000)
    parser.add_argument("--only", choices=["protobuf", "json"])
    parser.add_argument("more", nargs="*", help="passed on to kafka_to_rows")
    options = parser.parse_args()
    if not kafka.available():
        sys.exit("no Kafka here: run scripts/install kafka")
    if not options.tiny:
        kafka.JAVA[:] = BROKER_JAVA
    formats = {
        "protobuf": ["--events", options.events],
        "json": ["--format", "json", "--record-events", 1, "--events", options.json_events],
    }
    with kafka.Cluster(1) as cluster:
        for name, arguments in formats.items():
            if options.only not in (None, name):
                continue
            command = [options.programs / "kafka_to_rows", "--brokers", cluster.addresses]
            for broker in cluster.brokers:
                command += ["--broker-pid", broker.process.pid]
            command += arguments + ["--tiny"] * options.tiny + options.more
            subprocess.run([str(part) for part in command], check=True)


if __name__ == "__main__":
    main()
