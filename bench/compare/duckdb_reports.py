#!/usr/bin/env python3
"""Answers one question with DuckDB again and again.

Reads {"sql", "files", "rounds", "threads"} from standard input; writes the number of rows and the milliseconds of each round,
the first of them that of a fresh process.
"""

import json
import sys
import time

import duckdb

task = json.load(sys.stdin)
connection = duckdb.connect(config={"threads": task["threads"]})
connection.execute("SET TimeZone = 'UTC'")
sql = task["sql"].format(files=f"read_parquet({task['files']})")
times, rows = [], 0
for _ in range(task["rounds"]):
    begin = time.perf_counter()
    rows = len(connection.execute(sql).fetchall())
    times.append((time.perf_counter() - begin) * 1000)
json.dump({"rows": rows, "ms": times}, sys.stdout)
