// What counting costs an event, part by part: deduplication against the number of ids that are
// remembered, while the table grows and in a steady state; folding against the number of rows;
// sorting a checkpoint's rows.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "base/hash.h"
#include "counting/dedup_table.h"
#include "counting/minute_rows.h"

namespace adtally {
namespace {

constexpr uint32_t kHour = 497'222;
constexpr uint32_t kWindowHours = 25;
constexpr size_t kBatch = DedupTable::kMaxBatch;
constexpr int64_t kBatches = 16'384;  // an iteration each: 1 million ids

Hash128 IdOf(uint64_t n) {
  return HashBytes({reinterpret_cast<const char*>(&n), sizeof(n)});
}

// Inserts consecutive ids.
class IdStream {
 public:
  explicit IdStream(DedupTable& table) : table_(table), ids_(kBatch), ages_(kBatch) {}
  void InsertBatch() {
    for (Hash128& id : ids_) id = IdOf(next_++);
    table_.InsertBatch(ids_, ages_);
  }
  uint64_t inserted() const { return next_; }
  void StartOver() { next_ = 0; }

 private:
  DedupTable& table_;
  std::vector<Hash128> ids_;
  std::vector<uint8_t> ages_;
  uint64_t next_ = 0;
};

void Report(benchmark::State& state, const DedupTable& table) {
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kBatch));
  state.counters["bytes/id"] =
      static_cast<double>(table.bytes()) / static_cast<double>(table.live_ids());
  state.counters["live ids"] = static_cast<double>(table.live_ids());
}

DedupOptions OptionsFor(const benchmark::State& state) {
  return {.window_hours = kWindowHours,
          .max_ids = std::max<uint64_t>(1'000'000, static_cast<uint64_t>(state.range(0)) * 5 / 4)};
}

// Every id new, none expires: the table grows on the way.
void DedupNewWhileGrowing(benchmark::State& state) {
  DedupTable table(OptionsFor(state));
  table.AdvanceTo(kHour);
  table.Reserve(static_cast<uint64_t>(state.range(0)));
  IdStream ids(table);
  while (ids.inserted() < static_cast<uint64_t>(state.range(0))) ids.InsertBatch();
  for (auto _ : state) ids.InsertBatch();
  Report(state, table);
}
BENCHMARK(DedupNewWhileGrowing)->Arg(0)->Arg(1'000'000)->Arg(10'000'000)->Iterations(kBatches);

// Every id new, as many expire: what a partition does all day. The window's hours are shortened to
// what the table was filled with.
void DedupNewInSteadyState(benchmark::State& state) {
  DedupTable table(OptionsFor(state));
  const uint64_t ids_an_hour =
      std::max<uint64_t>(kBatch, static_cast<uint64_t>(state.range(0)) / (kWindowHours + 1));
  uint32_t hour = kHour;
  table.AdvanceTo(hour);
  IdStream ids(table);
  uint64_t next_hour = ids_an_hour;
  const auto insert = [&] {
    if (ids.inserted() >= next_hour) {
      table.AdvanceTo(++hour);
      next_hour += ids_an_hour;
    }
    ids.InsertBatch();
  };
  while (hour < kHour + kWindowHours + 2) insert();
  for (auto _ : state) insert();
  Report(state, table);
}
BENCHMARK(DedupNewInSteadyState)->Arg(1'000'000)->Arg(10'000'000)->Iterations(kBatches);

// Every id a duplicate.
void DedupDuplicates(benchmark::State& state) {
  DedupTable table(OptionsFor(state));
  table.AdvanceTo(kHour);
  IdStream ids(table);
  while (ids.inserted() < static_cast<uint64_t>(state.range(0))) ids.InsertBatch();
  ids.StartOver();
  for (auto _ : state) {
    if (ids.inserted() + kBatch > static_cast<uint64_t>(state.range(0))) ids.StartOver();
    ids.InsertBatch();
  }
  Report(state, table);
}
BENCHMARK(DedupDuplicates)->Arg(1'000'000)->Arg(10'000'000)->Iterations(kBatches);

// Events of `rows` minute rows, in random order.
std::vector<EventDelta> Deltas(size_t rows, size_t events) {
  std::mt19937_64 random(7);
  std::vector<EventDelta> deltas;
  for (size_t i = 0; i < events; ++i) {
    const auto row = static_cast<uint32_t>(random() % rows);
    Event event;
    event.type = EventType::kImpression;
    event.time = EventTime(int64_t{kHour} * kMillisPerHour + row % 2 * kMillisPerMinute);
    event.dimensions = {row / 2000 + 1,  row / 50 + 1,        row / 10 + 1,      row / 2 + 1,
                        Device::kMobile, *ParseCountry("US"), *ParseRegion("CA")};
    event.cost_micros = 2500;
    deltas.push_back(DeltaOf(event));
  }
  return deltas;
}

void Fold(benchmark::State& state) {
  const std::vector<EventDelta> deltas = Deltas(static_cast<size_t>(state.range(0)), 1 << 20);
  MinuteRows rows;
  size_t at = 0;
  const auto add = [&] {
    const std::span batch(deltas.data() + at, MinuteRows::kMaxBatch);
    for (const EventDelta& delta : batch) rows.Prefetch(delta);
    rows.Add(batch);
    at = (at + batch.size()) % deltas.size();
  };
  do add();
  while (at != 0);
  for (auto _ : state) add();
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(MinuteRows::kMaxBatch));
}
BENCHMARK(Fold)->RangeMultiplier(10)->Range(100, 1'000'000)->Iterations(kBatches);

void SortRows(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  const std::vector<EventDelta> deltas = Deltas(count, count);
  MinuteRows rows;
  for (const EventDelta& delta : deltas) rows.Add({&delta, 1});
  for (auto _ : state) benchmark::DoNotOptimize(rows.Sorted());
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(rows.size()));
}
BENCHMARK(SortRows)->Arg(1000)->Arg(30'000)->Arg(300'000);

}  // namespace
}  // namespace adtally
