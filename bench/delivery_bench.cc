// What it costs to bring sorted minute rows into the embedded store: encoding them, inserting a
// block, delivering a whole checkpoint (progress, receipts, rows, ledger), and the merges that
// follow. CPU times are those of the whole process, the engine's threads included.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "aggregator/delivery.h"
#include "aggregator/minute_block.h"
#include "aggregator/sql_checkpoint_store.h"
#include "base/check.h"
#include "store/chdb_store.h"
#include "store/migrations.h"
#include "testing/memory_id_cache.h"
#include "testing/temporary_folder.h"

namespace adtally {
namespace {

// In 2084: the tables drop what is older than their TTL, by the machine's clock.
constexpr uint32_t kHour = 1'000'000;
constexpr uint32_t kFirstMinute = kHour * 60;
constexpr uint32_t kPartitions = 4;
// At one checkpoint of each partition every two seconds.
constexpr uint32_t kCheckpointsPerMinute = 30 * kPartitions;

// The engine in a folder of its own, opened when it is first needed; main closes it.
class Engine {
 public:
  static Engine& Get() {
    if (instance_ == nullptr) instance_ = std::make_unique<Engine>();
    return *instance_;
  }
  static void Close() { instance_.reset(); }

  Engine() {
    auto opened = ChdbStore::Open({.path = folder_.path()}, NullLogger());
    ADTALLY_CHECK(opened.ok(), opened.error().message);
    store_ = std::move(*opened);
    const auto migrated = Migrate(*store_);
    ADTALLY_CHECK(migrated.ok(), migrated.error().message);
  }

  Store& store() { return *store_; }

  std::string Ask(std::string_view sql) {
    auto answer = store_->Query(sql, {}, "TSV");
    ADTALLY_CHECK(answer.ok(), answer.error().message);
    return *std::move(answer);
  }

  // Returns when no merge has run for a moment.
  void WaitForMerges() {
    for (int quiet = 0; quiet < 10;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      quiet = Ask("SELECT count() FROM system.merges") == "0\n" ? quiet + 1 : 0;
    }
  }

 private:
  static inline std::unique_ptr<Engine> instance_;
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
};

double ProcessCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// About `count` rows of one minute, sorted: most of those that the minute has in all, as when
// millions of events a second meet in them.
std::vector<MinuteRow> RowsOf(size_t count, uint32_t seed) {
  constexpr std::array<std::string_view, 8> kCountries = {"US", "DE", "GB", "FR",
                                                          "IN", "BR", "JP", ""};
  constexpr std::array<std::string_view, 6> kRegions = {"CA", "NY", "ENG", "13", "9", ""};
  constexpr size_t kCampaigns = 10'000;
  std::mt19937 random(seed);
  std::vector<MinuteRow> rows;
  for (size_t i = 0; rows.size() < count; ++i) {
    if (random() % 16 == 0) continue;
    const auto campaign = static_cast<uint32_t>(i % kCampaigns);
    const auto slice = static_cast<uint32_t>(i / kCampaigns);
    MinuteRow& row = rows.emplace_back();
    row.key.minute = Minute(kFirstMinute);
    row.key.dimensions = {.advertiser_id = campaign / 20 + 1,
                          .campaign_id = campaign + 1,
                          .ad_group_id = 10 * campaign + slice % 3,
                          .creative_id = 100 * campaign + slice,
                          .device = static_cast<Device>(slice % 5),
                          .country = *ParseCountry(kCountries[slice % kCountries.size()]),
                          .region = *ParseRegion(kRegions[slice % kRegions.size()])};
    row.measures.impressions = 1 + random() % 5;
    row.measures.clicks = random() % 30 == 0;
    row.measures.conversions = random() % 100 == 0;
    row.measures.spend_micros = static_cast<int64_t>(random() % 10'000);
    row.measures.conversion_value_micros = row.measures.conversions == 0 ? 0 : 25'000'000;
  }
  std::ranges::sort(rows, {}, &MinuteRow::key);
  return rows;
}

Checkpoint CheckpointOf(size_t rows, uint32_t seed) {
  Checkpoint checkpoint;
  checkpoint.rows = RowsOf(rows, seed);
  checkpoint.ledger.push_back({.append_minute = Minute(kFirstMinute), .received = 3 * rows});
  checkpoint.ledger.back().counted = 3 * rows;
  return checkpoint;
}

// Makes it the n-th checkpoint that all partitions together deliver.
void Renumber(Checkpoint& checkpoint, uint32_t n) {
  checkpoint.partition = Partition(n % kPartitions);
  checkpoint.begin = Offset(n / kPartitions * 1000);
  checkpoint.end = checkpoint.begin + 1000;
  const Minute minute(kFirstMinute + n / kCheckpointsPerMinute % 60);
  for (MinuteRow& row : checkpoint.rows) row.key.minute = minute;
  checkpoint.ledger.back().append_minute = minute;
}

void SetRows(benchmark::State& state, double rows) {
  state.SetItemsProcessed(static_cast<int64_t>(rows));
  state.counters["cpu_per_row"] =
      benchmark::Counter(rows, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void EncodeBlock(benchmark::State& state) {
  const std::vector<MinuteRow> rows = RowsOf(static_cast<size_t>(state.range(0)), 1);
  MinuteBlock block;
  for (auto _ : state) {
    benchmark::DoNotOptimize(block.Encode(kHour, rows, Partition(1), Offset(7)).data());
  }
  SetRows(state, static_cast<double>(state.iterations()) * static_cast<double>(rows.size()));
}
BENCHMARK(EncodeBlock)->Arg(1'000)->Arg(30'000)->Arg(300'000)->Unit(benchmark::kMicrosecond);

// The block alone, and no merges.
void InsertBlock(benchmark::State& state) {
  Engine& engine = Engine::Get();
  engine.Ask("TRUNCATE TABLE adtally.minute");
  engine.Ask("SYSTEM STOP MERGES adtally.minute");
  const std::vector<MinuteRow> rows = RowsOf(static_cast<size_t>(state.range(0)), 1);
  MinuteBlock block;
  const std::string_view bytes = block.Encode(kHour, rows, Partition(1), Offset(7));
  for (auto _ : state) {
    const auto inserted = engine.store().Insert(MinuteBlock::into(), bytes, "");
    ADTALLY_CHECK(inserted.ok(), inserted.error().message);
  }
  engine.Ask("SYSTEM START MERGES adtally.minute");
  SetRows(state, static_cast<double>(state.iterations()) * static_cast<double>(rows.size()));
}
BENCHMARK(InsertBlock)
    ->Arg(1'000)
    ->Arg(30'000)
    ->Arg(100'000)
    ->Arg(300'000)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();

// Checkpoints of four partitions in turn. `with_merges` is the CPU time a row costs when all that
// runs in the background has come to an end; it takes a hundred checkpoints to mean something.
void DeliverCheckpoint(benchmark::State& state) {
  Engine& engine = Engine::Get();
  for (const char* table : {"minute", "ledger", "progress"}) {
    engine.Ask(std::string("TRUNCATE TABLE adtally.") + table);
  }
  engine.WaitForMerges();
  std::vector<Checkpoint> checkpoints;
  for (uint32_t i = 0; i < 8; ++i) {
    checkpoints.push_back(CheckpointOf(static_cast<size_t>(state.range(0)), i));
  }
  SqlCheckpointStore store(engine.store());
  MemoryIdCache cache;
  uint32_t delivered = 0;
  double background = -ProcessCpuSeconds();
  for (auto _ : state) {
    state.PauseTiming();
    const double paused = ProcessCpuSeconds();
    Checkpoint& checkpoint = checkpoints[delivered % checkpoints.size()];
    Renumber(checkpoint, delivered++);
    Delivery delivery(checkpoint, "events", store, cache);
    background -= ProcessCpuSeconds() - paused;
    state.ResumeTiming();
    for (bool done = false; !done;) {
      const auto step = delivery.Step();
      ADTALLY_CHECK(step.ok(), step.error().message);
      done = *step;
    }
  }
  engine.WaitForMerges();
  background += ProcessCpuSeconds();
  const double rows = static_cast<double>(delivered) * static_cast<double>(state.range(0));
  SetRows(state, rows);
  state.counters["with_merges"] = benchmark::Counter(background / rows);
  state.counters["checkpoints"] = delivered;
}
BENCHMARK(DeliverCheckpoint)
    ->Arg(1'000)
    ->Arg(30'000)
    ->Arg(100'000)
    ->Arg(300'000)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();

}  // namespace
}  // namespace adtally

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  adtally::Engine::Close();
  return 0;
}
