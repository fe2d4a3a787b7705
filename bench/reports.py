#!/usr/bin/env python3
"""Measures reports over two years of history, beside DuckDB over the same rows as Parquet, and what the tiers save.

    reports.py [--binary FILE] [--data FOLDER] [--python FILE] [--seconds 60] [--tiny]

Makes the history in FOLDER with `adtally generate --history` unless it is there. Prints Markdown. --python: one that has
bench/compare/requirements.txt; without it DuckDB is left out. Cold: a fresh process whose files are not in the page cache.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "bench" / "history")]

import freshness_test  # noqa: E402
from asking import Load, one_by_one, percentile  # noqa: E402
from export import export  # noqa: E402
from page_cache import forget  # noqa: E402
from questions import questions  # noqa: E402
from server import Server, clean_environment, default_binary, finish, generate  # noqa: E402

SIZES = {
    False: {"history": "2y", "campaigns": 1700, "scale": 1} | {"cold": 5, "warm": 300, "rate": 50_000, "hour_days": 90},
    True: {"history": "40d", "campaigns": 100, "scale": 0.001}
    | {"cold": 1, "warm": 3, "rate": 500, "hour_days": 7},
}
CLIENTS = 8
REPORTS_PER_SECOND = 50
FRESHNESS_BAR_S = 5


class Benchmark:
    def __init__(self, options, folder):
        self.options = options
        self.size = SIZES[options.tiny]
        self.folder = pathlib.Path(folder).resolve()
        self.data = self.folder / "data"
        self.environment = {"ADTALLY_RETENTION_HOUR_DAYS": str(self.size["hour_days"])}

    def make(self):
        truth = self.folder / "truth.json"
        if not truth.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            begin = time.monotonic()
            command = [default_binary(), "generate", "--history", self.size["history"], "--data", str(self.data)]
            command += [f"--{name}={value}" for name, value in self.campaigns().items()]
            command += ["--scale", str(self.size["scale"]), "--truth", str(truth)]
            subprocess.run(command, env={**clean_environment(), **self.environment}, check=True, stdout=sys.stderr)
            print(f"History made in {time.monotonic() - begin:.0f} s.\n")
        self.truth = json.loads(truth.read_text())
        self.asked = questions(self.truth, self.size["hour_days"])

    def campaigns(self):
        """Those of the history, and of the live traffic beside it."""
        return {"campaigns": self.size["campaigns"], "campaigns-per-advertiser": 100}

    def server(self, remembers=False):
        """`remembers`: whether answers over published rollups are kept, as they are by default."""
        own = {} if remembers else {"ADTALLY_API_ANSWER_CACHE_MIB": "0"}
        server = Server(data=self.data, environment={**self.environment, **own})
        server.start()
        return server

    def cold(self, question):
        """Milliseconds of first answers, each of a server that was just started."""
        times = []
        for _ in range(self.size["cold"]):
            forget([self.data])
            server = self.server()
            try:
                times += one_by_one(server, question, 1)
                server.stop(60)
            finally:
                server.close()
        return times

    def measure(self):
        cold = {question.name: self.cold(question) for question in self.asked}
        warm = self.warm(False)
        remembered = self.warm(True)
        server = self.server(remembers=True)
        try:
            storage = server.get_json("/v1/storage")
            load = self.under_load(server)
            server.stop(60)
        finally:
            server.close()
        return cold, warm, remembered, storage, load

    def warm(self, remembers):
        server = self.server(remembers)
        try:
            warm = {}
            for question in self.asked:
                one_by_one(server, question, 3)
                warm[question.name] = one_by_one(server, question, self.size["warm"])
            server.stop(60)
        finally:
            server.close()
        return warm

    def under_load(self, server):
        """Reports while events come in, and how long these take until a report shows them."""
        seconds = self.options.seconds
        freshness_test.Options.rate, freshness_test.Options.seconds = self.size["rate"], seconds
        events = generate(server, self.size["rate"] * seconds, rate=self.size["rate"], **self.campaigns())
        begin = time.monotonic()
        reports = Load(server, self.asked, CLIENTS, REPORTS_PER_SECOND)
        markers = freshness_test.Markers(server, begin + seconds)
        try:
            reports.start()
            markers.run()
            reports.stop()
            finish(events)
            rate = self.size["rate"] * seconds / (time.monotonic() - begin)
        finally:
            reports.stopping.set()
            if events.poll() is None:
                events.kill()
                events.wait()
        if markers.errors:
            raise markers.errors[0]
        return reports, markers.latencies, rate

    def duckdb(self, question, files):
        """Milliseconds cold and warm, and the number of rows."""
        task = {"sql": question.sql, "files": files[question.files], "threads": os.cpu_count()}
        cold, answer = [], {}
        for last in [False] * (self.size["cold"] - 1) + [True]:
            forget([self.folder])
            task["rounds"] = self.size["warm"] + 1 if last else 1
            done = subprocess.run(
                [self.options.python, str(ROOT / "bench" / "compare" / "duckdb_reports.py")],
                input=json.dumps(task),
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            answer = json.loads(done.stdout)
            cold.append(answer["ms"][0])
        return cold, answer["ms"][1:], answer["rows"]


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def table(*headings):
    print()
    row(*headings)
    row(*["---"] * len(headings))


def spread(times):
    return f"{percentile(times, 0.5):.1f} / {percentile(times, 0.99):.1f}"


def print_answers(bench, cold, warm, remembered, duckdb):
    table("report", "bar, p99 warm", "warm, ms p50 / p99", "asked again", "cold, p50 / worst", "DuckDB warm", "DuckDB cold")
    for question in bench.asked:
        other = duckdb.get(question.name)
        row(
            question.name,
            f"{question.bar_ms:.0f} ms",
            spread(warm[question.name]),
            spread(remembered[question.name]),
            spread(cold[question.name]),
            spread(other[1]) if other else "",
            spread(other[0]) if other else "",
        )


def print_load(load):
    reports, latencies, rate = load
    every = [ms for times in reports.times.values() for ms in times]
    print(
        f"\n{len(every) / reports.seconds:.1f} reports/s from {CLIENTS} clients while {rate:,.0f} events/s came in: "
        f"reports p50 {percentile(every, 0.5):.0f} ms, p99 {percentile(every, 0.99):.0f} ms, waiting included; "
        f"event to visible p50 {percentile(latencies, 0.5):.2f} s, p99 {percentile(latencies, 0.99):.2f} s of "
        f"{len(latencies)} (bar {FRESHNESS_BAR_S} s)."
    )
    table("report, under load", "ms p50 / p99")
    for name, times in reports.times.items():
        if times:
            row(name, spread(times))


def print_storage(storage):
    table("kept", "rows", "bytes", "bytes a row")
    for kept in storage["kept"]:
        per_row = float(kept["bytes_per_row"]) if kept["bytes_per_row"] else 0
        row(kept["name"], f"{kept['rows']:,}", f"{kept['bytes']:,}", f"{per_row:.2f}")
    minutes = storage["as_minutes"]
    print(
        f"\n{storage['events']:,} events: {float(storage['bytes_per_event'] or 0):.3f} bytes each, "
        f"{100 * float(storage['of_json'] or 0):.3f} % of {storage['json_bytes_per_event']} bytes of JSON. As minutes "
        f"throughout they would be {minutes['hour_rows']:,} rows by hour × {minutes['minute_rows_per_hour_row']} rows by "
        f"minute for each × {minutes['bytes_per_minute_row']} bytes = {minutes['bytes']:,} bytes; the store has "
        f"{storage['store_bytes']:,}, {100 - 100 * float(storage['store_of_minutes'] or 0):.1f} % less."
    )


def run(bench):
    bench.make()
    duckdb = {}
    if bench.options.python:
        files = export(bench.data, bench.folder / "parquet", bench.asked)
    cold, warm, remembered, storage, load = bench.measure()
    if bench.options.python:
        duckdb = {question.name: bench.duckdb(question, files) for question in bench.asked}
    print_answers(bench, cold, warm, remembered, duckdb)
    print_load(load)
    print_storage(storage)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", help="the adtally to measure; build/release/adtally by default")
    parser.add_argument("--data", help="build/bench/history by default; of --tiny a new one each time")
    parser.add_argument("--python", help="a Python that has DuckDB")
    parser.add_argument("--seconds", type=int, default=60, help="of the part under load")
    parser.add_argument("--tiny", action="store_true", help="only sees that it runs")
    options = parser.parse_args()
    if options.binary:
        os.environ["E2E_BINARY"] = options.binary
    with tempfile.TemporaryDirectory() as temporary:
        folder = temporary if options.tiny else ROOT / "build" / "bench" / "history"
        run(Benchmark(options, options.data or folder))


if __name__ == "__main__":
    main()
