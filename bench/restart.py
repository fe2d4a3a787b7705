#!/usr/bin/env python3
"""Measures how long a start takes after kill -9, with many event ids to bring back.

    restart.py [--binary FILE] [--ids 100000000] [--kills 5]

Fills a new data folder over HTTP, then kills and starts the server again and again. Each time it posts an event as soon as the edge
answers and polls a report until it is visible: then the ids of its partition are back and a new checkpoint is delivered.
"""

import argparse
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

import suite  # noqa: E402
from reports import total  # noqa: E402
from server import Server, finish, generate, now_ms  # noqa: E402

CAMPAIGN = 999_999  # not one of the load's
POLL_S = 0.02
PATIENCE_S = 300


def until(what, condition):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(POLL_S)
    raise AssertionError(f"{what}: not after {PATIENCE_S} s")


def measure(server, creative):
    server.kill9()
    begin = time.monotonic()
    server.start(wait=False)
    sent_ms = now_ms()
    marker = suite.event(f"marker-{creative}", sent_ms, CAMPAIGN, creative_id=creative)
    until("the edge answers", lambda: server.post_events([marker]).status == 202)
    accepting = time.monotonic() - begin
    until(
        "the event is visible",
        lambda: total(server, sent_ms - 60_000, sent_ms + 60_000, creative_id=creative)[0] == 1,
    )
    visible = time.monotonic() - begin
    server.wait_ready(PATIENCE_S)
    return accepting, visible, time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", help="the adtally to measure; build/release/adtally by default")
    parser.add_argument("--ids", type=int, default=100_000_000)
    parser.add_argument("--kills", type=int, default=5)
    options = parser.parse_args()
    suite.use_binary(options)
    with Server(environment={"ADTALLY_AGGREGATOR_MAX_IDS": str(options.ids * 5 // 4)}) as server:
        begin = time.monotonic()
        finish(generate(server, options.ids, rate=0, clients=4, batch=2000, format="protobuf"), timeout=3600)
        server.wait_complete(600)
        print(f"{options.ids:,} ids in {time.monotonic() - begin:.0f} s", flush=True)
        for kill in range(options.kills):
            accepting, visible, ready = measure(server, 1_000_000_000 + kill)
            print(
                f"kill {kill + 1}: events accepted after {accepting:.2f} s, the first new checkpoint visible after {visible:.2f} s, "
                f"all partitions counting after {ready:.2f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
