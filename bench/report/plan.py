"""Which measurements a run of scripts/bench makes: the commands of each size."""
from dataclasses import dataclass

M = 1_000_000


@dataclass
class Size:
    """How much is measured."""
    live_ids: list          # adtally: event ids remembered, at three events per row
    row_live_ids: int       # ... and in the runs over events per row
    rows: list              # events per output row
    zipf: list
    rounds: int             # checkpoints of 1 M events measured
    log_events: int
    log_rows: list
    chunks: int             # files of chunk_events, for the comparison
    chunk_events: int
    sql_live_ids: list      # ids seen before, for the incremental comparison
    redis_live_ids: list
    redis_events: int
    part_seconds: float     # of each Google Benchmark; 0 for none of them
    checkpoint_events: int = M
    skew_events: int = 8 * M


SIZES = {
    "tiny": Size([0], 20_000, [1, 3], [0, 1], 1, 50_000, [3], 2, 20_000, [1000], [1000], 20_000,
                 0, 10_000, 100_000),
    "quick": Size([0, 10 * M], 100 * M, [1, 3, 10], [0], 4, 8 * M, [3], 3, M, [0, 10 * M],
                  [0], M, 0.02),
    "full": Size([0, 10 * M, 500 * M], 100 * M, [1, 2, 3, 10, 100], [0, 1], 8, 20 * M,
                 [1, 2, 3, 10], 6, M, [0, 10 * M, 100 * M], [0, 10 * M], 4 * M, 0.2),
}


def joined(values):
    return ",".join(f"{value:g}" for value in values)


def counting(size):
    common = ["counting_pipeline", "--rounds", size.rounds, "--checkpoint-events",
              size.checkpoint_events]
    for live_ids in size.live_ids:
        yield [*common, "--live-ids", live_ids]
    yield [*common, "--live-ids", size.row_live_ids, "--threads", 2]
    for threads in (1, 2):
        yield [*common, "--format", "json", "--live-ids", size.row_live_ids, "--threads", threads]
    yield [*common, "--live-ids", size.row_live_ids, "--events-per-row", joined(size.rows),
           "--zipf", joined(size.zipf)]


def log_to_rows(size):
    common = ["log_to_rows", "--events", size.log_events]
    if size.log_events < M:
        common += ["--checkpoint-interval-ms", 200]
    for rows in size.log_rows:
        yield [*common, "--events-per-row", rows, "--cores", 2]
    yield [*common, "--events-per-row", 3, "--cores", 1]


def skew(size):
    yield ["skew", "--tiny"] if size.skew_events < M else ["skew", "--events", size.skew_events]


def workload_file(size, folder):
    return ["workload_file", folder, "--chunks", size.chunks, "--chunk-events", size.chunk_events]


def clickhouse(size, folder):
    common = ["clickhouse_counting", folder, "--chunk-events", size.chunk_events]
    for format_ in ("parquet", "ndjson", "protobuf"):
        yield [*common, "--format", format_]
    for live_ids in size.sql_live_ids:
        for seen in ("set", "merge_tree"):
            yield [*common, "--mode", "incremental", "--seen", seen, "--live-ids", live_ids]


def duckdb(size, folder):
    common = ["duckdb_counting.py", folder, "--chunk-events", size.chunk_events]
    for format_ in ("parquet", "ndjson"):
        yield [*common, "--format", format_]
    for live_ids in size.sql_live_ids:
        yield [*common, "--mode", "incremental", "--live-ids", live_ids]


def redis(size):
    for live_ids in size.redis_live_ids:
        for connections in (1, 4):
            yield ["redis_dedup", "--live-ids", live_ids, "--events", size.redis_events,
                   "--connections", connections]
