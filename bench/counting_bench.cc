// What counting costs an event: deduplication alone, and decode, deduplicate and fold together,
// against the number of ids that are remembered. Run with --benchmark_filter to leave the large
// ones out.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstring>
#include <vector>

#include "base/hash.h"
#include "counting/dedup_table.h"
#include "counting/partition_counter.h"
#include "event/protobuf_codec.h"

namespace adtally {
namespace {

constexpr uint32_t kHour = 497'222;
constexpr size_t kBatch = 256;

// A stand-in for the hash of the n-th event id: as random, and cheaper.
Hash128 IdOf(uint64_t n) {
  const auto mix = [](uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  };
  return {mix(2 * n + 1), mix(2 * n + 2)};
}

void DedupInsert(benchmark::State& state) {
  const auto live = static_cast<uint64_t>(state.range(0));
  DedupTable table;
  table.AdvanceTo(kHour);
  std::vector<Hash128> ids(kBatch);
  std::vector<uint8_t> ages(kBatch);
  uint64_t next = 0;
  const auto insert = [&] {
    for (Hash128& id : ids) id = IdOf(next++);
    table.InsertBatch(ids, ages);
  };
  while (next < live) insert();
  for (auto _ : state) insert();
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kBatch));
  state.counters["bytes_per_id"] =
      static_cast<double>(table.bytes()) / static_cast<double>(table.live_ids());
}
BENCHMARK(DedupInsert)->Arg(0)->Arg(1'000'000)->Arg(10'000'000)->Iterations(4000);

// Records of 1000 events, three a minute row, every event id new.
void DecodeDedupFold(benchmark::State& state) {
  constexpr uint64_t kEvents = 1000;
  std::vector<std::string> records(64);
  PartitionCounter counter(Partition(0), {});
  counter.Begin(Offset(0));
  const AppendTime append_time(int64_t{kHour} * kMillisPerHour);
  uint64_t next = 0;
  for (auto _ : state) {
    state.PauseTiming();
    for (std::string& record : records) {
      record.clear();
      for (uint64_t i = 0; i < kEvents; ++i, ++next) {
        const std::string id = fmt::format("{:016x}-{:x}", next * 0x9e3779b97f4a7c15, next);
        Event event;
        event.event_id = id;
        event.type = EventType::kImpression;
        event.time = EventTime(append_time.value);
        const auto campaign = static_cast<uint32_t>(next / 3 % 20'000) + 1;
        event.dimensions = {campaign / 20 + 1, campaign,        campaign * 10,
                            campaign * 100,    Device::kMobile, *ParseCountry("US"),
                            *ParseRegion("CA")};
        event.cost_micros = 2500;
        AppendToBatch(event, record);
      }
    }
    state.ResumeTiming();
    for (const std::string& record : records) counter.Count(append_time, record);
    benchmark::DoNotOptimize(counter.Cut());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(records.size() * kEvents));
}
BENCHMARK(DecodeDedupFold)->Unit(benchmark::kMillisecond)->Iterations(60);

}  // namespace
}  // namespace adtally
