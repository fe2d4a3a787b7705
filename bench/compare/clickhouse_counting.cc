// The same counting in ClickHouse's SQL, by the embedded engine: over the files that workload_file
// wrote, deduplicate by event_id and sum by minute and dimensions into a MergeTree table.
//
// once: one statement over all files.
// incremental: file after file, each against the ids of the files before it and of --live-ids
// others; the ids seen are kept in a Set table (memory) or a MergeTree table.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "bench/measure.h"
#include "ops/console_logger.h"
#include "store/chdb_store.h"
#include "testing/temporary_folder.h"

namespace adtally::bench {
namespace {

struct Options {
  std::string folder;
  std::string format = "parquet";
  std::string mode = "once";
  std::string seen = "set";
  uint64_t live_ids = 0;
  size_t cores = 2;
  uint64_t chunk_events = 1'000'000;
};

// For ProtobufList: what each file is a message of.
constexpr std::string_view kProtobufSchema = R"(syntax = "proto3";
message Envelope {
  message Event {
    string event_id = 1;
    uint32 type = 2;
    uint64 timestamp = 3;
    uint32 advertiser_id = 4;
    uint32 campaign_id = 5;
    uint32 ad_group_id = 6;
    uint32 creative_id = 7;
    uint32 device = 8;
    string country = 9;
    string region = 10;
    uint64 cost_micros = 11;
    uint64 value_micros = 14;
  }
  repeated Event events = 1;
}
)";

// `path` may hold a glob.
std::string Source(const Options& options, const std::string& path) {
  constexpr std::string_view kNumbers =
      "timestamp Int64, advertiser_id UInt32, campaign_id UInt32, ad_group_id UInt32, creative_id"
      " UInt32, country LowCardinality(String), region LowCardinality(String), cost_micros Int64,"
      " value_micros Int64";
  if (options.format == "parquet") return fmt::format("file('{}', 'Parquet')", path);
  if (options.format == "ndjson") {
    return fmt::format(
        "file('{}', 'JSONEachRow', 'event_id String, type Enum8(''impression'' = 1, ''click'' = 2,"
        " ''conversion'' = 3), device Enum8(''other'' = 0, ''desktop'' = 1, ''mobile'' = 2,"
        " ''tablet'' = 3, ''tv'' = 4), {}')",
        path, kNumbers);
  }
  return fmt::format(
      "file('{}', 'ProtobufList', 'event_id String, type UInt32, device UInt32, {}')", path,
      kNumbers);
}

std::string Settings(const Options& options, const std::string& schema) {
  if (options.format != "protobuf") return "";
  return fmt::format(" SETTINGS format_schema = '{}:Event'", schema);
}

constexpr std::string_view kKey =
    "minute, advertiser_id, campaign_id, ad_group_id, creative_id, device, country, region";

// The events of a source, each id once. A repeated event equals the first: any of them will do.
std::string Unique(const std::string& source, std::string_view where) {
  return fmt::format(
      "SELECT toUUID(event_id) AS id, any(toStartOfMinute(toDateTime(intDiv(timestamp, 1000),"
      " 'UTC'))) AS minute, any(advertiser_id) AS advertiser_id, any(campaign_id) AS campaign_id,"
      " any(ad_group_id) AS ad_group_id, any(creative_id) AS creative_id,"
      " any(toUInt8(device)) AS device, any(country) AS country, any(region) AS region,"
      " any(toUInt8(type)) AS type, any(cost_micros) AS cost, any(value_micros) AS value"
      " FROM {} {} GROUP BY id",
      source, where);
}

std::string Sums(const std::string& unique) {
  return fmt::format(
      "SELECT {}, countIf(type = 1), countIf(type = 2), countIf(type = 3), sum(cost), sum(value)"
      " FROM {} GROUP BY {}",
      kKey, unique, kKey);
}

class Counting {
 public:
  Counting(const Options& options, Store& store, std::string schema)
      : options_(options), store_(store), schema_(std::move(schema)) {}

  Result<void> MakeTables() {
    ADTALLY_TRY(Do("CREATE DATABASE bench ENGINE = Atomic"));
    ADTALLY_TRY(
        Do("CREATE TABLE bench.minute (minute DateTime('UTC'), advertiser_id UInt32, campaign_id"
           " UInt32, ad_group_id UInt32, creative_id UInt32, device UInt8, country"
           " LowCardinality(String), region LowCardinality(String), impressions UInt64, clicks"
           " UInt64, conversions UInt64, spend_micros Int64, value_micros Int64) ENGINE ="
           " MergeTree ORDER BY (advertiser_id, campaign_id, minute)"));
    ADTALLY_TRY(
        Do("CREATE TABLE bench.chunk (id UUID, minute DateTime('UTC'), advertiser_id UInt32,"
           " campaign_id UInt32, ad_group_id UInt32, creative_id UInt32, device UInt8, country"
           " LowCardinality(String), region LowCardinality(String), type UInt8, cost Int64, value"
           " Int64) ENGINE = Memory"));
    ADTALLY_TRY(Do(options_.seen == "set"
                       ? "CREATE TABLE bench.seen (id UUID) ENGINE = Set SETTINGS persistent = 0"
                       : "CREATE TABLE bench.seen (id UUID) ENGINE = MergeTree ORDER BY id"));
    for (uint64_t from = 0; from < options_.live_ids; from += 10'000'000) {
      ADTALLY_TRY(
          Do(fmt::format("INSERT INTO bench.seen SELECT generateUUIDv4(number) FROM"
                         " numbers({}, {})",
                         from, std::min<uint64_t>(10'000'000, options_.live_ids - from))));
    }
    return {};
  }

  Result<void> Once() {
    const std::string source = Source(options_, options_.folder + "/chunk-*." + options_.format);
    return Do("INSERT INTO bench.minute " + Sums("(" + Unique(source, "") + ")") +
              Settings(options_, schema_));
  }

  Result<void> Add(const std::string& path) {
    const std::string source = Source(options_, path);
    std::string known = "toUUID(event_id) NOT IN bench.seen";
    if (options_.seen != "set") {
      ADTALLY_TRY(
          Do("INSERT INTO bench.chunk " + Unique(source, "") + Settings(options_, schema_)));
      ADTALLY_TRY(
          Do("CREATE OR REPLACE TABLE bench.known ENGINE = Memory AS SELECT id FROM bench.seen"
             " WHERE id IN (SELECT id FROM bench.chunk)"));
      ADTALLY_TRY(Do("INSERT INTO bench.minute " +
                     Sums("(SELECT * FROM bench.chunk WHERE id NOT IN bench.known)")));
      ADTALLY_TRY(
          Do("INSERT INTO bench.seen SELECT id FROM bench.chunk WHERE id NOT IN"
             " bench.known"));
      return Do("TRUNCATE TABLE bench.chunk");
    }
    ADTALLY_TRY(Do("INSERT INTO bench.chunk " + Unique(source, "WHERE " + known) +
                   Settings(options_, schema_)));
    ADTALLY_TRY(Do("INSERT INTO bench.minute " + Sums("bench.chunk")));
    ADTALLY_TRY(Do("INSERT INTO bench.seen SELECT id FROM bench.chunk"));
    return Do("TRUNCATE TABLE bench.chunk");
  }

  Result<std::string> Found() {
    return store_.Query(
        fmt::format(
            "SELECT sum(impressions), sum(clicks), sum(conversions), sum(spend_micros),"
            " sum(value_micros), sum(toInt64(campaign_id) * (toInt64(impressions + clicks +"
            " conversions) + spend_micros + value_micros)), uniqExact({}) FROM bench.minute",
            kKey),
        {}, "TSV");
  }

 private:
  Result<void> Do(const std::string& sql) {
    ADTALLY_TRY(store_.Query(sql, {}, ""));
    return {};
  }

  const Options& options_;
  Store& store_;
  const std::string schema_;
};

std::vector<std::string> Chunks(const Options& options) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(options.folder)) {
    if (entry.path().extension() == "." + options.format) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<void> Run(const Options& options) {
  RunOnCores(options.cores);
  const TemporaryFolder temporary;
  const auto logger = MakeConsoleLogger(LogLevel::kWarning);
  ChdbStoreOptions store_options;
  store_options.path = temporary.path() + "/store";
  store_options.max_memory_bytes = size_t{16} << 30;
  store_options.max_threads = static_cast<int>(options.cores);
  store_options.query_timeout_s = 0;
  ADTALLY_ASSIGN(const auto store, ChdbStore::Open(store_options, *logger));
  const std::string schema = temporary.path() + "/event.proto";
  std::ofstream(schema) << kProtobufSchema;

  Counting counting(options, *store, schema);
  ADTALLY_TRY(counting.MakeTables());
  const std::vector<std::string> chunks = Chunks(options);
  ResetPeakResident();
  const double cpu_begin = ProcessCpuSeconds();
  const int64_t begin = WallNanos();
  if (options.mode == "once") ADTALLY_TRY(counting.Once());
  if (options.mode == "incremental") {
    for (const std::string& chunk : chunks) ADTALLY_TRY(counting.Add(chunk));
  }
  const double seconds = static_cast<double>(WallNanos() - begin) * 1e-9;
  const double cpu_s = ProcessCpuSeconds() - cpu_begin;

  ADTALLY_ASSIGN(const std::string found, counting.Found());
  const std::string truth = ReadFile(options.folder + "/truth.tsv");
  if (found != truth) {
    return Error{ErrorCode::kInternal,
                 fmt::format("the sums are wrong: {}expected {}", found, truth)};
  }
  const double events = static_cast<double>(chunks.size() * options.chunk_events);
  ResultLine line("clickhouse");
  line.Text("format", options.format);
  line.Text("mode", options.mode);
  if (options.mode == "incremental") line.Text("seen", options.seen);
  line.Count("live_ids", options.live_ids);
  line.Count("cores", options.cores);
  line.Number("events", events);
  line.Number("seconds", seconds);
  line.Number("events_per_s", events / seconds);
  line.Number("cpu_s", cpu_s);
  line.Number("events_per_cpu_s", events / cpu_s);
  line.Number("peak_resident_mb", static_cast<double>(PeakResidentBytes()) * 1e-6);
  line.Print();
  return {};
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("The same counting in ClickHouse's SQL. JSON lines on standard output.");
  app.add_option("folder", options.folder, "that workload_file wrote")->required();
  app.add_option("--format", options.format, "of the files to read")
      ->check(CLI::IsMember({"parquet", "ndjson", "protobuf"}))
      ->capture_default_str();
  app.add_option("--mode", options.mode, "")
      ->check(CLI::IsMember({"once", "incremental"}))
      ->capture_default_str();
  app.add_option("--seen", options.seen, "the table of ids already seen")
      ->check(CLI::IsMember({"set", "merge_tree"}))
      ->capture_default_str();
  app.add_option("--live-ids", options.live_ids, "ids seen before the first file");
  app.add_option("--cores", options.cores, "")->check(CLI::Range(1, 64))->capture_default_str();
  app.add_option("--chunk-events", options.chunk_events, "in a file")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const auto result = Run(options);
  if (!result.ok()) fmt::print(stderr, "{}\n", result.error().message);
  return result.ok() ? 0 : 1;
}

}  // namespace
}  // namespace adtally::bench

int main(int argc, char** argv) {
  return adtally::bench::Main(argc, argv);
}
