"""The results of a run as Markdown, ready for docs/benchmarks.md."""
from charts import count_name, pick


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def millions(rate):
    return f"{rate / 1e6:.2f} M"


def section(title, commands, text):
    shown = "\n".join(f"    {command}" for command in dict.fromkeys(commands))
    return f"## {title}\n\n{text}\n\n{shown}\n"


def counting_row(r):
    return [r["format"], count_name(r["live_ids"]), "Zipf" if r["zipf"] else "uniform",
            f"{r['events_per_row_measured']:.2f}", r["threads"],
            *(f"{r[stage]:.0f}" for stage in ("ns_decode", "ns_decode_hash", "ns_decode_hash_dedup",
                                              "ns_count", "ns_cut", "ns_encode")),
            millions(r["events_per_s"]), millions(r["events_per_s_with_cut"]),
            f"{r['bytes_per_id']:.1f}", f"{r['resident_mb']:.0f}"]


def counting(results):
    header = ["format", "live ids", "keys", "events per row", "cores", "decode", "+ hash", "+ dedup",
              "+ fold", "cut", "encode", "events/s", "with cut", "bytes per id", "RSS MB"]
    found = pick(results, "counting")
    text = "ns of CPU per event; each of the first four includes those before it.\n\n"
    text += table(header, [counting_row(r) for r in found])
    return section("The counting core, stage by stage", [r["command"] for r in found], text)


def log_to_rows(results):
    found = pick(results, "log_to_rows")
    header = ["cores", "events per row", "events/s, steady", "start to last", "rows/s", "CPU ns per event", "cores busy",
              "peak RSS MB"]
    rows = [[r["cores"], f"{r['events_per_row_measured']:.2f}",
             millions(r["steady_events_per_s"]), millions(r["events_per_s"]),
             f"{r['rows_per_s']:,.0f}", f"{r['cpu_ns_per_event']:.0f}", f"{r['cores_busy']:.2f}",
             f"{r['peak_resident_mb']:.0f}"] for r in found]
    return section("From the log to visible rows", [r["command"] for r in found],
                   table(header, rows))


def skew(results):
    found = pick(results, "skew")
    header = ["partitions by", "records, most over mean", "events/s", "half of the partitions done", "the last one",
              "behind by then, events", "events/s with a core a partition"]
    rows = [[r["key"], f"{r['max_over_mean']:.2f}", millions(r["events_per_s"]), f"{r['half_of_partitions_s']:.2f} s",
             f"{r['last_partition_s']:.2f} s", f"{r['lag_when_half_are_done']:,}",
             millions(r["events_per_s_with_a_core_each"])] for r in found]
    return section("A hot campaign", [r["command"] for r in found], table(header, rows))


def sql(results):
    found = pick(results, "duckdb") + pick(results, "clickhouse")
    header = ["engine", "input", "how", "ids seen before", "events/s, 2 cores", "events/s per core",
              "peak RSS MB"]
    rows = []
    for r in found:
        how = "once over all" if r["mode"] == "once" else "file after file"
        if "seen" in r:
            how += ", ids in a " + {"set": "Set", "merge_tree": "MergeTree"}[r["seen"]] + " table"
        rows.append([r["benchmark"], r["format"], how, count_name(r["live_ids"]),
                     millions(r["events_per_s"]), millions(r["events_per_cpu_s"]),
                     f"{r['peak_resident_mb']:.0f}"])
    return section("The same counting in SQL", [r["command"] for r in found], table(header, rows))


def redis(results):
    found = pick(results, "redis")
    header = ["ids before", "connections", "ids/s", "CPU server, µs per id", "client",
              "ids/s per core", "bytes per id"]
    rows = [[count_name(r["live_ids"]), r["connections"], millions(r["events_per_s"]),
             f"{r['server_cpu_s'] * 1e6 / r['events']:.2f}",
             f"{r['client_cpu_s'] * 1e6 / r['events']:.2f}", millions(r["events_per_cpu_s"]),
             f"{r['bytes_per_id']:.0f}"] for r in found]
    return section("Redis SET NX EX, 256 commands deep: deduplication alone",
                   [r["command"] for r in found], table(header, rows))


def parts(results):
    found = pick(results, "part")
    rows = [[r["program"], r["name"], f"{r['cpu_time']:,.0f} {r['time_unit']}",
             millions(r["items_per_second"]) if "items_per_second" in r else ""] for r in found]
    return section("Parts, one core", [r["command"] for r in found],
                   table(["program", "benchmark", "CPU time", "items/s"], rows))


def markdown(report):
    m, results = report["machine"], report["results"]
    head = (f"Machine: {m['cores']} cores ({m['cpu']}), {m['memory_gib']} GiB, {m['system']};"
            f" {report['date']}, `scripts/bench {report['size']}` in {report['seconds']} s.\n")
    sections = [counting, log_to_rows, skew, redis, sql]
    if pick(results, "part"):
        sections.append(parts)
    return "\n".join([head, *(section_of(results) for section_of in sections)])
