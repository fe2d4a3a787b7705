#!/usr/bin/env python3
"""Full traffic for a long time, with kill -9 at a steady beat; afterwards every number must be right.

    soak.py [--binary FILE] [--minutes 30] [--kill-every 20] [--rate EVENTS_PER_SECOND] [--seed S]

Without --rate the rate is what memory (event ids) and disk (event log) can hold over the whole time, or no limit when that is more
than the machine can send.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time

import suite
from reports import Truth, TruthSum, compare, compare_ledger
from server import Server, finish, generate

BYTES_OF_MEMORY_A_EVENT = 10.5  # an id in the deduplication tables
BYTES_OF_DISK_AN_EVENT = 95  # in the log, the id cache and the store
SHARE_OF_MEMORY = 0.4
SHARE_OF_DISK = 0.75
MOST_EVENTS_A_SECOND = 2_000_000  # above this, "as fast as it goes"
EVENTS_A_ROUND = 20_000_000
CAMPAIGNS = 50


def rate_for(seconds):
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * SHARE_OF_MEMORY / BYTES_OF_MEMORY_A_EVENT
    disk = shutil.disk_usage(tempfile.gettempdir()).free * SHARE_OF_DISK / BYTES_OF_DISK_AN_EVENT
    return int(min(memory, disk) / seconds)


class Killer:
    """Kills and restarts the server at a steady beat, at any moment of its life."""

    def __init__(self, server, every, rng):
        self.server = server
        self.every = every
        self.rng = rng
        self.kills = 0
        self.starts = []  # seconds from a start to its readiness, recovery included
        self.next = time.monotonic() + every

    def run_until_ended(self, process, report):
        while process.poll() is None:
            if time.monotonic() >= self.next:
                self.kill()
                report()
            time.sleep(0.05)

    def kill(self):
        self.next = time.monotonic() + self.every * self.rng.uniform(0.8, 1.2)
        self.server.kill9()
        self.kills += 1
        begin = time.monotonic()
        self.server.start(timeout=120)
        self.starts.append(time.monotonic() - begin)


def resident_gb(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 2**20


def soak(options):
    seconds = options.minutes * 60
    rate = options.rate if options.rate is not None else rate_for(seconds)
    rate = 0 if rate > MOST_EVENTS_A_SECOND else rate
    rng = random.Random(options.seed)
    truth = TruthSum()
    print(f"{options.minutes} min, {rate or 'unlimited'} events/s, kill -9 every {options.kill_every} s, seed {options.seed}")
    ids = int(1.2 * max(rate, 1) * seconds) if rate else 1_000_000_000
    with Server(environment={"ADTALLY_AGGREGATOR_MAX_IDS": str(ids)}) as server:
        killer = Killer(server, options.kill_every, rng)
        begin = time.monotonic()
        seed = options.seed
        while time.monotonic() - begin < seconds:
            seed += 1
            truth_file = server.folder / "truth.json"
            events = min(EVENTS_A_ROUND, int(rate * 60)) if rate else EVENTS_A_ROUND
            traffic = generate(
                server, events, truth_file, seed=seed, rate=rate, duplicates=0.02, late=0.01, campaigns=CAMPAIGNS,
                clients=4, batch=1000, format=rng.choice(["json", "protobuf"]),
            )
            killer.run_until_ended(
                traffic,
                lambda: print(
                    f"{time.monotonic() - begin:5.0f} s: kill {killer.kills}, ready again after {killer.starts[-1]:.2f} s, "
                    f"{truth.events:,} events in ended rounds, {resident_gb(server.process.pid):.1f} GB resident",
                    flush=True,
                ),
            )
            finish(traffic)
            truth.add(Truth(truth_file))
        took = time.monotonic() - begin
        server.wait_complete(600)
        print(
            f"{truth.events:,} events and {truth.duplicates:,} duplicates in {took:.0f} s "
            f"({(truth.events + truth.duplicates) / took:,.0f}/s, down times included), {killer.kills} kills, "
            f"ready again after {sorted(killer.starts)[len(killer.starts) // 2] if killer.starts else 0:.2f} s in the median, "
            f"{max(killer.starts, default=0):.2f} s at most"
        )
        print(f"ledger: {server.ledger_totals()}")
        found = compare(server, truth) + compare_ledger(server, truth)
    for line in found:
        print(f"DIFFERS  {line}")
    print(f"{len(truth.minutes):,} minute rows, {len(truth.campaigns)} campaigns and the ledger "
          + ("differ from the truth" if found else "equal the truth"))
    return 1 if found else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", help="the adtally to test; build/release/adtally by default")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--kill-every", type=float, default=20, help="seconds")
    parser.add_argument("--rate", type=int, help="unique events per second; 0: as fast as possible")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parsed = parser.parse_args()
    suite.use_binary(parsed)
    sys.exit(soak(parsed))
