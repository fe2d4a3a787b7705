// What remembering event ids over a restart costs: writing them to the id cache, and bringing them
// back into deduplication from it, or from the event log where the cache has none.
//
// ADTALLY_ID_CACHE_BENCH_IDS is how many ids there are in all 4 partitions (100'000'000 needs about
// 2 GB of memory and 1 GB of disk, and is what the restart bar is about), 400'000 by default.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "aggregator/dedup_recovery.h"
#include "aggregator/rocksdb_id_cache.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/logger.h"
#include "counting/partition_counter.h"
#include "event/protobuf_codec.h"
#include "log/rocksdb_log.h"
#include "testing/temporary_folder.h"

namespace adtally {
namespace {

constexpr uint32_t kPartitions = 4;
constexpr uint32_t kFirstHour = 497'222;
constexpr uint64_t kHours = 25;

uint64_t TotalIds() {
  const char* text = std::getenv("ADTALLY_ID_CACHE_BENCH_IDS");
  if (text == nullptr) return 400'000;
  uint64_t ids = 0;
  const std::string_view digits(text);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), ids);
  ADTALLY_CHECK(parsed.ec == std::errc() && ids >= 1000, "ADTALLY_ID_CACHE_BENCH_IDS: a number");
  return ids;
}

uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// The ids of one partition, spread evenly over the hours of the window, as checkpoints that follow
// one another. An id stands in for a hash: as random, and cheaper.
class Checkpoints {
 public:
  Checkpoints(uint32_t partition, uint64_t ids, uint64_t ids_per_checkpoint)
      : ids_(ids), ids_per_checkpoint_(ids_per_checkpoint) {
    checkpoint_.partition = Partition(partition);
  }

  const Checkpoint* Next() {
    if (made_ == ids_) return nullptr;
    const uint64_t count = std::min(ids_per_checkpoint_, ids_ - made_);
    NewIds hour{static_cast<uint32_t>(kFirstHour + made_ * kHours / ids_), {}};
    const uint64_t salt = uint64_t{checkpoint_.partition.value} << 60;
    for (uint64_t i = 0; i < count; ++i, ++made_) {
      hour.ids.push_back({Mix(salt + 2 * made_ + 1), Mix(salt + 2 * made_ + 2)});
    }
    checkpoint_.begin = checkpoint_.end;
    checkpoint_.end = checkpoint_.end + count / 1000 + 1;
    checkpoint_.new_ids.assign(1, std::move(hour));
    return &checkpoint_;
  }

 private:
  const uint64_t ids_;
  const uint64_t ids_per_checkpoint_;
  uint64_t made_ = 0;
  Checkpoint checkpoint_;
};

std::unique_ptr<IdCache> Open(const std::string& path) {
  auto cache = RocksDbIdCache::Open(path, "bench", NullLogger());
  ADTALLY_CHECK(cache.ok(), cache.error().message);
  return std::move(cache).value();
}

uintmax_t FolderBytes(const std::string& path) {
  uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(path)) bytes += file.file_size();
  return bytes;
}

// Of all threads, in ns.
double ProcessCpuNs() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto ns = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_usec) * 1e3;
  };
  return ns(usage.ru_utime) + ns(usage.ru_stime);
}

// Handed to write calls so far.
uint64_t WrittenBytes() {
  std::ifstream io("/proc/self/io");
  std::string name;
  uint64_t bytes = 0;
  while (io >> name >> bytes) {
    if (name == "wchar:") return bytes;
  }
  return 0;
}

// By ids per checkpoint.
void Write(benchmark::State& state) {
  const uint64_t ids = TotalIds();
  double cpu_ns = 0;
  uint64_t written = 0;
  uintmax_t disk = 0;
  for (auto _ : state) {
    TemporaryFolder folder;
    auto cache = Open(folder.path());
    Checkpoints checkpoints(0, ids, static_cast<uint64_t>(state.range(0)));
    const uint64_t written_before = WrittenBytes();
    while (const Checkpoint* checkpoint = checkpoints.Next()) {
      const double before = ProcessCpuNs();
      ADTALLY_CHECK(cache->Write(*checkpoint).ok(), "cannot write");
      cpu_ns += ProcessCpuNs() - before;
    }
    const double before = ProcessCpuNs();
    cache.reset();
    cpu_ns += ProcessCpuNs() - before;
    written += WrittenBytes() - written_before;
    disk += FolderBytes(folder.path());
  }
  const double all = static_cast<double>(ids) * static_cast<double>(state.iterations());
  state.counters["cpu_ns_per_id"] = cpu_ns / all;
  state.counters["written_bytes_per_id"] = static_cast<double>(written) / all;
  state.counters["disk_bytes_per_id"] = static_cast<double>(disk) / all;
}
BENCHMARK(Write)->Arg(1'000)->Arg(50'000)->Arg(500'000)->Iterations(1)->Unit(
    benchmark::kMillisecond);

// A cache that was written, as it lies in the page cache.
const std::string& WrittenCache() {
  static const TemporaryFolder folder;
  static const bool written = [] {
    const auto cache = Open(folder.path());
    for (uint32_t p = 0; p < kPartitions; ++p) {
      Checkpoints checkpoints(p, TotalIds() / kPartitions, 500'000);
      while (const Checkpoint* checkpoint = checkpoints.Next()) {
        ADTALLY_CHECK(cache->Write(*checkpoint).ok(), "cannot write");
      }
    }
    return true;
  }();
  ADTALLY_CHECK(written, "");
  return folder.path();
}

// Gives all ids of a partition to `take`; how many there were.
uint64_t ScanPartition(IdCache& cache, uint32_t partition, const IdCache::Entry::Take& take) {
  uint64_t ids = 0;
  const auto counted = [&](uint32_t hour, std::span<const Hash128> some) {
    ids += some.size();
    take(hour, some);
  };
  const auto scanned = cache.Scan(Partition(partition), Offset(0), [&](IdCache::Entry& entry) {
    ADTALLY_CHECK(entry.Read(counted), "damaged");
    return true;
  });
  ADTALLY_CHECK(scanned.ok(), scanned.error().message);
  return ids;
}

uint64_t ScanOnly(IdCache& cache, uint32_t partition) {
  uint64_t sum = 0;
  const uint64_t ids =
      ScanPartition(cache, partition, [&](uint32_t, std::span<const Hash128> some) {
        for (const Hash128& id : some) sum += id.high ^ id.low;
      });
  benchmark::DoNotOptimize(sum);
  return ids;
}

using Counters = std::vector<std::unique_ptr<PartitionCounter>>;

uint64_t Restore(IdCache& cache, uint32_t partition, PartitionCounter& counter) {
  const auto ids = cache.ApproximateIds(Partition(partition), Offset(0));
  ADTALLY_CHECK(ids.ok(), ids.error().message);
  counter.ReserveIds(*ids);
  return ScanPartition(cache, partition, [&](uint32_t hour, std::span<const Hash128> some) {
    counter.Restore(hour, some);
  });
}

// Runs `task` for each partition, on two threads when there are several.
uint64_t ForPartitions(uint32_t partitions, const std::function<uint64_t(uint32_t)>& task) {
  if (partitions == 1) return task(0);
  const auto half = [&](uint32_t first) {
    uint64_t ids = 0;
    for (uint32_t p = first; p < partitions; p += 2) ids += task(p);
    return ids;
  };
  auto other = std::async(std::launch::async, half, 1);
  const uint64_t ids = half(0);
  return ids + other.get();
}

void SetIds(benchmark::State& state, uint64_t ids) {
  state.counters["ids"] = static_cast<double>(ids);
  state.SetItemsProcessed(static_cast<int64_t>(ids) * state.iterations());
}

// By partitions: 1, or 4 on two threads. Opening the files is part of it.
void Scan(benchmark::State& state) {
  const std::string& path = WrittenCache();
  uint64_t ids = 0;
  for (auto _ : state) {
    const auto cache = Open(path);
    ids = ForPartitions(static_cast<uint32_t>(state.range(0)),
                        [&](uint32_t p) { return ScanOnly(*cache, p); });
  }
  SetIds(state, ids);
}
BENCHMARK(Scan)
    ->Arg(1)
    ->Arg(kPartitions)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void ScanAndRestore(benchmark::State& state) {
  const std::string& path = WrittenCache();
  CountingOptions options;
  options.max_ids = std::max<uint64_t>(TotalIds() / kPartitions, 1000);
  uint64_t ids = 0;
  for (auto _ : state) {
    Counters counters(kPartitions);
    const auto cache = Open(path);
    ids = ForPartitions(static_cast<uint32_t>(state.range(0)), [&](uint32_t p) {
      counters[p] = std::make_unique<PartitionCounter>(Partition(p), options);
      return Restore(*cache, p, *counters[p]);
    });
    state.PauseTiming();
    counters.clear();
    state.ResumeTiming();
  }
  SetIds(state, ids);
}
BENCHMARK(ScanAndRestore)
    ->Arg(1)
    ->Arg(kPartitions)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

// What a kill -9 took out of the cache's memory is read again from the log: records of 1000 events
// with new ids, as many as fit the cache's write buffer, in one partition.
void RecoverFromLog(benchmark::State& state) {
  const uint64_t events =
      std::min<uint64_t>(TotalIds(), RocksDbIdCacheOptions().write_buffer_bytes / 10);
  constexpr uint64_t kPerRecord = 1000;
  TemporaryFolder folder;
  const Clock& clock = SystemClock();
  RocksDbLogOptions log_options;
  log_options.path = folder.path() + "/log";
  log_options.partitions = 1;
  auto log = RocksDbLog::Open(log_options, clock, NullLogger());
  ADTALLY_CHECK(log.ok(), log.error().message);
  Progress progress;
  for (uint64_t n = 0; n < events; n += kPerRecord, ++progress.end) {
    std::string payload;
    for (uint64_t i = 0; i < kPerRecord; ++i) {
      const std::string id = fmt::format("{:016x}{:016x}", Mix(2 * (n + i)), Mix(2 * (n + i) + 1));
      Event event;
      event.event_id = id;
      event.type = EventType::kImpression;
      event.time = EventTime(clock.NowMs());
      event.dimensions = {1, 2, 3, 4, Device::kMobile, *ParseCountry("US"), *ParseRegion("CA")};
      event.cost_micros = 2500;
      AppendToBatch(event, payload);
    }
    std::promise<bool> appended;
    (*log)->AppendAsync({{Partition(0), std::move(payload)}},
                        [&](const Result<void>& done) { appended.set_value(done.ok()); });
    ADTALLY_CHECK(appended.get_future().get(), "cannot append");
  }
  progress.complete_to = AppendTime(clock.NowMs());
  const auto cache = Open(folder.path() + "/ids");
  CountingOptions options;
  options.max_ids = events + 1000;
  for (auto _ : state) {
    PartitionCounter counter(Partition(0), options);
    const auto recovered = RecoverDedup(**log, *cache, Partition(0), options, progress, counter);
    ADTALLY_CHECK(recovered.ok() && counter.live_ids() >= events, "not recovered");
  }
  SetIds(state, events);
}
BENCHMARK(RecoverFromLog)->MeasureProcessCPUTime()->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace adtally
