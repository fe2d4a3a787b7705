"""The charts of docs/benchmarks, from the results of a run."""
import os

import svg


def pick(results, benchmark, **where):
    return [r for r in results if r["benchmark"] == benchmark
            and all(r.get(key) == value for key, value in where.items())]


def count_name(count):
    if count >= 1_000_000:
        return f"{count / 1_000_000:g} M"
    return f"{count / 1000:g} k" if count >= 1000 else f"{count:g}"


def cpu_ns(result):
    return 1e9 / result["events_per_cpu_s"]


def counted(results, **where):
    return pick(results, "counting", format="protobuf", threads=1, **where)


def live_ids(results):
    adtally = counted(results, zipf=0, events_per_row=3)
    others = [
        ("Redis SET NX EX (dedup alone)", pick(results, "redis", connections=1)),
        ("DuckDB", pick(results, "duckdb", mode="incremental")),
        ("ClickHouse, ids in a Set",
         pick(results, "clickhouse", mode="incremental", seen="set")),
        ("ClickHouse, ids in MergeTree",
         pick(results, "clickhouse", mode="incremental", seen="merge_tree")),
    ]
    counts = sorted({r["live_ids"] for _, rs in [("", adtally), *others] for r in rs})
    place = {count: i for i, count in enumerate(counts)}
    lines = [("adtally", False, {place[r["live_ids"]]: r["ns_count"] for r in adtally})]
    lines += [(name, name.endswith("MergeTree"), {place[r["live_ids"]]: cpu_ns(r) for r in rs})
              for name, rs in others if rs]
    return svg.lines("What one more event costs, against the event ids remembered",
                     "event ids remembered before", "CPU ns per event, all threads; logarithmic",
                     [count_name(count) for count in counts], lines, log=True)


def row_cardinality(results, at):
    rows = sorted({r["events_per_row"] for r in counted(results, live_ids=at)})
    place = {value: i for i, value in enumerate(rows)}
    lines = []
    for name, stages in (("decode, dedup, fold", ["ns_count"]),
                         ("and cut and encode", ["ns_count", "ns_cut", "ns_encode"])):
        for zipf in sorted({r["zipf"] for r in counted(results, live_ids=at)}):
            points = {place[r["events_per_row"]]: sum(r[stage] for stage in stages)
                      for r in counted(results, live_ids=at, zipf=zipf)}
            lines.append((name + (", Zipf" if zipf else ""), zipf > 0, points))
    whole = {place[r["events_per_row"]]: r["cpu_ns_per_event"]
             for r in pick(results, "log_to_rows", cores=2) if r["events_per_row"] in place}
    if whole:
        lines.append(("from log to visible rows", False, whole))
    return svg.lines(f"What an event costs, against events per row ({count_name(at)} ids remembered)",
                     "events per output row of a checkpoint", "CPU ns per event",
                     [f"{value:g}" for value in rows], lines)


def best(results):
    return max((r["events_per_cpu_s"] for r in results), default=None)


def comparison(results, at):
    def rate(found):
        value = best(found)
        return None if value is None else value / 1e6

    log = [1e3 / r["cpu_ns_per_event"] for r in pick(results, "log_to_rows", events_per_row=3)]
    json = pick(results, "counting", format="json", threads=1)
    seen = sorted({r["live_ids"] for r in pick(results, "duckdb", mode="incremental")})
    groups = [
        ("adtally", [
            (f"decode, dedup, fold: Protobuf, {count_name(at)} ids",
             rate(counted(results, live_ids=at, events_per_row=3, zipf=0))),
            (f"decode, dedup, fold: JSON, {count_name(at)} ids", rate(json)),
            ("from log to visible rows", max(log, default=None))]),
        ("Redis SET NX EX, pipelined, dedup alone", [
            (f"{count_name(r['live_ids'])} ids, {r['connections']} connections",
             r["events_per_cpu_s"] / 1e6) for r in pick(results, "redis")]),
    ]
    for engine, name in (("duckdb", "DuckDB"), ("clickhouse", "ClickHouse")):
        once = [(f"once over all: {f}", rate(pick(results, engine, mode="once", format=f)))
                for f in ("parquet", "ndjson", "protobuf")]
        more = [(f"file after file, {count_name(n)} ids seen",
                 rate(pick(results, engine, mode="incremental", live_ids=n))) for n in seen]
        groups.append((f"{name}, the same counting in SQL", once + more))
    groups = [(heading, [row for row in rows if row[1] is not None]) for heading, rows in groups]
    return svg.bars("Events counted per second of one core",
                    "million events per CPU second, client and server together", groups)


def write(results, row_live_ids, folder):
    for name, text in (("live-ids", live_ids(results)),
                       ("row-cardinality", row_cardinality(results, row_live_ids)),
                       ("comparison", comparison(results, row_live_ids))):
        with open(os.path.join(folder, name + ".svg"), "w") as file:
            file.write(text)
