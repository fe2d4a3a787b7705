"""Runs the benchmarks of a plan and writes results.json, the charts and the tables."""
import argparse
import datetime
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time

import charts
import plan
import tables

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMPARE = os.path.join(ROOT, "bench", "compare")


class Runner:
    def __init__(self, programs, python):
        self.programs = programs
        self.python = python
        self.results = []
        self.begin = time.monotonic()

    def arguments(self, command):
        name, *rest = [str(word) for word in command]
        if name.endswith(".py"):
            return [self.python, os.path.join(COMPARE, name), *rest]
        return [os.path.join(self.programs, name), *rest]

    def run(self, command, timeout_s=600):
        """Runs it and returns its standard output; a failure ends everything."""
        shown = " ".join(str(word) for word in command)
        print(f"[{time.monotonic() - self.begin:5.0f} s] {shown}", file=sys.stderr, flush=True)
        try:
            done = subprocess.run(self.arguments(command), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, timeout=timeout_s, check=False)
        except subprocess.TimeoutExpired:
            sys.exit(f"{shown} did not end within {timeout_s} s")
        if done.returncode != 0:
            sys.exit(f"{shown} failed:\n{done.stderr[-3000:]}")
        return done.stdout

    def measure(self, command, of_this_run=()):
        """Takes in the JSON lines that it prints. `of_this_run`: further arguments, not worth noting."""
        shown = " ".join(str(word) for word in command)
        output = self.run([*command, *of_this_run])
        found = [{**json.loads(line), "command": shown} for line in output.splitlines()]
        self.results += found
        return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def redis_info(port, section):
    text = subprocess.run(["redis-cli", "-p", str(port), "info", section], capture_output=True,
                          text=True, check=True).stdout
    return dict(line.split(":", 1) for line in text.split() if ":" in line)


def measure_redis(runner, command):
    """One Redis for one measurement, without persistence."""
    port = free_port()
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly",
         "no"], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if subprocess.run(["redis-cli", "-p", str(port), "ping"], capture_output=True,
                              check=False).returncode == 0:
                break
            time.sleep(0.05)
        empty = int(redis_info(port, "memory")["used_memory"])
        found = runner.measure(command, ["--port", port, "--server-pid", server.pid])
        keys = int(redis_info(port, "keyspace")["db0"].split("=")[1].split(",")[0])
        used = int(redis_info(port, "memory")["used_memory"]) - empty
        for result in found:
            result["bytes_per_id"] = used / keys
    finally:
        server.terminate()
        server.wait()


def measure_parts(runner, seconds):
    """The Google Benchmark programs: CPU time on one core."""
    for name in sorted(os.listdir(runner.programs)):
        if not name.endswith("_bench"):
            continue
        command = [name, f"--benchmark_min_time={seconds}", "--benchmark_format=json"]
        for result in json.loads(runner.run(command))["benchmarks"]:
            runner.results.append({**result, "benchmark": "part", "program": name,
                                   "command": " ".join(command)})


def measure_comparison(runner, size):
    with tempfile.TemporaryDirectory(prefix="adtally-bench-") as folder:
        runner.run(plan.workload_file(size, folder))
        runner.run(["duckdb_counting.py", folder, "--mode", "parquet"])
        for command in (*plan.clickhouse(size, folder), *plan.duckdb(size, folder)):
            runner.measure(command)
        for result in runner.results:
            result["command"] = result["command"].replace(folder, "FOLDER")
    for command in plan.redis(size):
        measure_redis(runner, command)


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")),
                     platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cpu": model, "cores": os.cpu_count(), "memory_gib": round(memory / 2**30),
            "system": platform.platform()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", choices=plan.SIZES)
    parser.add_argument("--programs", required=True, help="folder of the built programs")
    parser.add_argument("--python", required=True, help="the Python that has DuckDB")
    parser.add_argument("--out", required=True, help="folder of results.json")
    parser.add_argument("--charts", required=True, help="folder of the charts")
    args = parser.parse_args()
    size = plan.SIZES[args.size]
    runner = Runner(args.programs, args.python)
    date = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    for command in (*plan.counting(size), *plan.log_to_rows(size), *plan.skew(size)):
        runner.measure(command)
    measure_comparison(runner, size)
    if size.part_seconds > 0:
        measure_parts(runner, size.part_seconds)
    report = {"size": args.size, "date": date, "machine": machine(),
              "seconds": round(time.monotonic() - runner.begin), "results": runner.results}
    os.makedirs(args.out, exist_ok=True)
    with open(os.path.join(args.out, "results.json"), "w") as file:
        json.dump(report, file, indent=1)
    os.makedirs(args.charts, exist_ok=True)
    charts.write(runner.results, size.row_live_ids, args.charts)
    print(tables.markdown(report))


if __name__ == "__main__":
    main()
