"""The same counting in DuckDB: over the files that workload_file wrote, deduplicate by event_id and
sum by minute and dimensions into a table.

once: one statement over all files. incremental: file after file, each against the ids of the files
before it and of --live-ids others. parquet: writes the Parquet files that the others read.
"""
import argparse
import glob
import json
import os
import resource
import sys
import time

import duckdb

KEY = "minute, advertiser_id, campaign_id, ad_group_id, creative_id, device, country, region"

JSON_COLUMNS = {
    "event_id": "VARCHAR", "type": "VARCHAR", "timestamp": "BIGINT",
    "advertiser_id": "UINTEGER", "campaign_id": "UINTEGER", "ad_group_id": "UINTEGER",
    "creative_id": "UINTEGER", "device": "VARCHAR", "country": "VARCHAR", "region": "VARCHAR",
    "cost_micros": "BIGINT", "value_micros": "BIGINT",
}

# What adtally's JSON leaves out because it is the default, and enums as in its Protobuf.
PARQUET_COLUMNS = """event_id, list_position(['impression', 'click', 'conversion'], type)::UTINYINT AS type,
timestamp, advertiser_id, campaign_id, ad_group_id, creative_id,
coalesce(list_position(['desktop', 'mobile', 'tablet', 'tv'], device), 0)::UTINYINT AS device,
coalesce(country, '') AS country, coalesce(region, '') AS region,
coalesce(cost_micros, 0) AS cost_micros, coalesce(value_micros, 0) AS value_micros"""


def source(paths, file_format):
    if file_format == "parquet":
        return f"read_parquet({paths})"
    columns = ", ".join(f"{name}: '{type_}'" for name, type_ in JSON_COLUMNS.items())
    raw = f"read_json({paths}, format = 'newline_delimited', columns = {{{columns}}})"
    return f"(SELECT {PARQUET_COLUMNS} FROM {raw})"


def unique(events):
    """The events of a source, each id once. A repeated event equals the first: any will do."""
    return f"""SELECT event_id::UUID AS id,
        any_value(date_trunc('minute', make_timestamp(timestamp * 1000))) AS minute,
        any_value(advertiser_id) AS advertiser_id, any_value(campaign_id) AS campaign_id,
        any_value(ad_group_id) AS ad_group_id, any_value(creative_id) AS creative_id,
        any_value(device) AS device, any_value(country) AS country, any_value(region) AS region,
        any_value(type) AS type, any_value(cost_micros) AS cost, any_value(value_micros) AS value
        FROM {events} GROUP BY id"""


def sums(events):
    return f"""SELECT {KEY}, count(*) FILTER (type = 1) AS impressions,
        count(*) FILTER (type = 2) AS clicks, count(*) FILTER (type = 3) AS conversions,
        sum(cost)::BIGINT AS spend_micros, sum(value)::BIGINT AS value_micros
        FROM {events} GROUP BY {KEY}"""


def write_parquet(db, paths):
    for path in paths:
        target = path.removesuffix("ndjson") + "parquet"
        db.sql(f"COPY (FROM {source([path], 'ndjson')}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")


def add_chunk(db, path, file_format):
    db.execute(f"""CREATE OR REPLACE TEMP TABLE chunk AS
        SELECT * FROM ({unique(source([path], file_format))}) events
        WHERE NOT EXISTS (FROM seen WHERE seen.id = events.id)""")
    db.execute("INSERT INTO minute " + sums("chunk"))
    db.execute("INSERT INTO seen SELECT id FROM chunk")


def check(db, folder):
    found = db.execute(f"""SELECT sum(impressions), sum(clicks), sum(conversions), sum(spend_micros),
        sum(value_micros),
        sum(campaign_id::BIGINT * (impressions + clicks + conversions + spend_micros + value_micros)),
        (SELECT count(*) FROM (SELECT DISTINCT {KEY} FROM minute)) FROM minute""").fetchone()
    with open(os.path.join(folder, "truth.tsv")) as file:
        truth = tuple(int(word) for word in file.read().split())
    if tuple(int(value) for value in found) != truth:
        sys.exit(f"the sums are wrong: {found}, expected {truth}")


def resident_peak_mb():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024e-6
    return 0


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--format", choices=["parquet", "ndjson"], default="parquet")
    parser.add_argument("--mode", choices=["once", "incremental", "parquet"], default="once")
    parser.add_argument("--live-ids", type=int, default=0)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--chunk-events", type=int, default=1_000_000)
    args = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-args.cores:])
    db = duckdb.connect()
    db.execute(f"SET threads = {args.cores}")
    db.execute("SET preserve_insertion_order = false")
    db.execute("SET enable_progress_bar = false")
    suffix = "ndjson" if args.mode == "parquet" else args.format
    paths = sorted(glob.glob(os.path.join(args.folder, f"chunk-*.{suffix}")))
    if args.mode == "parquet":
        write_parquet(db, paths)
        return
    db.execute("CREATE TABLE minute AS " + sums(f"({unique(source(paths[:1], args.format))})") + " LIMIT 0")
    db.execute("CREATE TABLE seen AS SELECT uuid() AS id FROM range(?)", [args.live_ids])
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak starts anew
    cpu, begin = cpu_seconds(), time.monotonic()
    if args.mode == "once":
        db.execute("INSERT INTO minute " + sums(f"({unique(source(paths, args.format))})"))
    else:
        for path in paths:
            add_chunk(db, path, args.format)
    seconds, cpu = time.monotonic() - begin, cpu_seconds() - cpu
    peak = resident_peak_mb()
    check(db, args.folder)
    events = len(paths) * args.chunk_events
    print(json.dumps({
        "benchmark": "duckdb", "format": args.format, "mode": args.mode, "live_ids": args.live_ids,
        "cores": args.cores, "events": events, "seconds": seconds, "events_per_s": events / seconds,
        "cpu_s": cpu, "events_per_cpu_s": events / cpu, "peak_resident_mb": peak}))


if __name__ == "__main__":
    main()
