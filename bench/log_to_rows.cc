// The whole way of an event: RocksDB log, decode, deduplicate, fold, checkpoint, and insert into
// the embedded ClickHouse, with the parts that `adtally serve` is made of. The log is filled first;
// the time runs from the aggregator's start until a query shows every event.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "aggregator/aggregator.h"
#include "aggregator/log_binding.h"
#include "aggregator/rocksdb_id_cache.h"
#include "aggregator/sql_checkpoint_store.h"
#include "base/clock.h"
#include "base/hash.h"
#include "bench/measure.h"
#include "bench/workload.h"
#include "log/rocksdb_log.h"
#include "ops/console_logger.h"
#include "store/chdb_store.h"
#include "store/migrations.h"
#include "testing/temporary_folder.h"

namespace adtally::bench {
namespace {

struct Options {
  uint64_t events = 20'000'000;
  double events_per_row = 3;
  double zipf = 0;
  size_t cores = 2;
  uint32_t partitions = 4;
  uint64_t checkpoint_events = 0;  // of a partition; 0: most of the rows that one may have
  uint64_t record_events = 1000;
  // Longer than in life: checkpoints shall end by their size, also on a slow machine.
  int64_t checkpoint_interval_ms = 4000;
  std::string folder;
};

// Passes everything on and counts what is delivered.
class CountingStore final : public CheckpointStore {
 public:
  explicit CountingStore(CheckpointStore& next) : next_(next) {}

  Result<std::optional<std::string>> ReadLogId() override { return next_.ReadLogId(); }
  Result<void> WriteLogId(const std::string& log_id) override { return next_.WriteLogId(log_id); }
  Result<std::optional<Progress>> ReadProgress(Partition partition) override {
    return next_.ReadProgress(partition);
  }
  Result<std::vector<uint32_t>> ReadReceipts(Partition partition, Offset end,
                                             std::span<const uint32_t> hours) override {
    return next_.ReadReceipts(partition, end, hours);
  }
  Result<void> InsertMinuteRows(uint32_t hour, std::span<const MinuteRow> rows, Partition partition,
                                Offset end, std::string_view token) override {
    rows_ += rows.size();
    ++blocks_;
    return next_.InsertMinuteRows(hour, rows, partition, end, token);
  }
  Result<void> InsertLedger(Partition partition, Offset end,
                            std::span<const LedgerRow> rows) override {
    return next_.InsertLedger(partition, end, rows);
  }
  Result<void> WriteProgress(Partition partition, Progress progress) override {
    return next_.WriteProgress(partition, progress);
  }

  uint64_t rows() const { return rows_; }
  uint64_t blocks() const { return blocks_; }

 private:
  CheckpointStore& next_;
  std::atomic<uint64_t> rows_{0};
  std::atomic<uint64_t> blocks_{0};
};

// Appends records, a bounded number of them at a time.
class Filler {
 public:
  Filler(EventLog& log, const Options& options)
      : log_(log), options_(options), batches_(options.partitions), counts_(options.partitions) {}

  Result<void> Fill(const Workload& workload, Truth& truth) {
    WorkloadId id;
    for (uint64_t n = 0; n < options_.events; ++n) {
      const Event event = workload.At(n, id);
      ++truth.received;
      if (!workload.IsDuplicate(n)) truth.Add(event);
      const uint32_t p = PartitionOf(HashBytes(event.event_id), options_.partitions);
      AppendEvent(event, Encoding::kProtobuf, batches_[p]);
      if (++counts_[p] == options_.record_events) ADTALLY_TRY(Send(p));
    }
    for (uint32_t p = 0; p < options_.partitions; ++p) {
      if (counts_[p] > 0) ADTALLY_TRY(Send(p));
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return under_way_ == 0; });
    return result_;
  }

 private:
  Result<void> Send(uint32_t p) {
    constexpr size_t kMaxUnderWay = 256;
    std::vector<EventLog::Append> records;
    records.push_back({Partition(p), std::exchange(batches_[p], {})});
    counts_[p] = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return under_way_ < kMaxUnderWay; });
      if (!result_.ok()) return result_;
      ++under_way_;
    }
    log_.AppendAsync(std::move(records), [this](const Result<void>& result) {
      std::lock_guard lock(mutex_);
      if (!result.ok()) result_ = result;
      --under_way_;
      changed_.notify_all();
    });
    return {};
  }

  EventLog& log_;
  const Options& options_;
  std::vector<std::string> batches_;
  std::vector<uint64_t> counts_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t under_way_ = 0;
  Result<void> result_;
};

// How many events were delivered when.
struct Sample {
  int64_t at_ns;
  uint64_t events;
};

// Samples until everything that the log holds is delivered.
std::vector<Sample> WaitUntilDelivered(const Aggregator& aggregator) {
  std::vector<Sample> samples;
  for (bool all = false; !all;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    all = true;
    uint64_t events = 0;
    for (const PartitionStatus& partition : aggregator.status()) {
      all = all && partition.recovered && partition.delivered_to >= partition.log_end;
      events += partition.events_received;
    }
    samples.push_back({WallNanos(), events});
  }
  return samples;
}

// Events a second between a tenth and nine tenths of them: without the start, and without the end,
// when the last checkpoints wait until the interval is over.
double SteadyRate(const std::vector<Sample>& samples) {
  const uint64_t all = samples.back().events;
  const auto past = [&](uint64_t events) {
    return std::ranges::find_if(samples, [&](const Sample& s) { return s.events >= events; });
  };
  const auto from = past(all / 10), to = past(all - all / 10);
  if (from == to) return 0;
  return static_cast<double>(to->events - from->events) * 1e9 /
         static_cast<double>(to->at_ns - from->at_ns);
}

// What a report would show.
Result<std::string> VisibleSums(Store& store) {
  return store.Query(
      "SELECT sum(impressions), sum(clicks), sum(conversions), sum(spend_micros),"
      " sum(conversion_value_micros), sum(toInt64(campaign_id) * (toInt64(impressions + clicks +"
      " conversions) + spend_micros + conversion_value_micros))"
      " FROM adtally.minute WHERE advertiser_id != 0",
      {}, "TSV");
}

std::string ExpectedSums(const Truth& truth) {
  return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n", truth.impressions, truth.clicks, truth.conversions,
                     truth.spend_micros, truth.value_micros, truth.checksum);
}

// As `adtally serve` has them, but that a checkpoint ends after the same number of events in every
// run, so that the number of events per row is what was asked for.
AggregatorOptions AggregatorOptionsFor(const Options& options) {
  AggregatorOptions aggregator;
  LimitCheckpoints(options.partitions, aggregator);
  aggregator.checkpoint_interval_ms = options.checkpoint_interval_ms;
  aggregator.max_checkpoint_records =
      std::max<uint64_t>(1, options.checkpoint_events / options.record_events);
  return aggregator;
}

uint64_t DefaultCheckpointEvents(const Options& options) {
  AggregatorOptions aggregator;
  LimitCheckpoints(options.partitions, aggregator);
  const double rows = 0.8 * static_cast<double>(aggregator.max_checkpoint_rows);
  return std::min<uint64_t>(static_cast<uint64_t>(rows * options.events_per_row),
                            aggregator.max_checkpoint_ids);
}

WorkloadOptions WorkloadOptionsFor(const Options& options) {
  WorkloadOptions workload;
  workload.zipf = options.zipf;
  workload.events_per_row = options.events_per_row;
  workload.events_per_checkpoint = options.checkpoint_events;
  workload.events_per_second = 2'000'000;
  workload.first_time = EventTime(SystemClock().NowMs());
  return workload;
}

void Report(const Options& options, double fill_s, double seconds, double cpu_s, double steady_rate,
            const CountingStore& delivered) {
  const double events = static_cast<double>(options.events);
  const double rows = static_cast<double>(delivered.rows());
  ResultLine line("log_to_rows");
  line.Count("cores", options.cores);
  line.Count("events", options.events);
  line.Number("events_per_row", options.events_per_row);
  line.Number("zipf", options.zipf);
  line.Number("events_per_row_measured", events / rows);
  line.Number("events_per_s", events / seconds);
  line.Number("steady_events_per_s", steady_rate);
  line.Number("rows_per_s", rows / seconds);
  line.Number("cpu_ns_per_event", cpu_s * 1e9 / events);
  line.Number("cores_busy", cpu_s / seconds);
  line.Count("rows", delivered.rows());
  line.Count("blocks", delivered.blocks());
  line.Number("seconds", seconds);
  line.Number("cpu_s", cpu_s);
  line.Number("peak_resident_mb", static_cast<double>(PeakResidentBytes()) * 1e-6);
  line.Number("fill_events_per_s", events / fill_s);
  line.Print();
}

Result<void> Run(const Options& options) {
  RunOnCores(options.cores);
  const TemporaryFolder temporary;
  const std::string folder = options.folder.empty() ? temporary.path() : options.folder;
  const Clock& clock = SystemClock();
  const auto logger = MakeConsoleLogger(LogLevel::kWarning);

  RocksDbLogOptions log_options;
  log_options.path = folder + "/log";
  log_options.partitions = options.partitions;
  ADTALLY_ASSIGN(const auto log, RocksDbLog::Open(log_options, clock, *logger));
  Truth truth;
  const int64_t fill_begin = WallNanos();
  ADTALLY_TRY(Filler(*log, options).Fill(Workload(WorkloadOptionsFor(options)), truth));
  const double fill_s = static_cast<double>(WallNanos() - fill_begin) * 1e-9;

  ADTALLY_ASSIGN(const auto id_cache,
                 RocksDbIdCache::Open(folder + "/ids", log->log_id(), *logger));
  ChdbStoreOptions store_options;
  store_options.path = folder + "/store";
  store_options.max_threads = static_cast<int>(options.cores);
  ADTALLY_ASSIGN(const auto store, ChdbStore::Open(store_options, *logger));
  ADTALLY_TRY(Migrate(*store));
  SqlCheckpointStore checkpoint_store(*store);
  CountingStore delivered(checkpoint_store);
  ADTALLY_TRY(BindLog(*log, delivered));

  ResetPeakResident();
  const double cpu_begin = ProcessCpuSeconds();
  const int64_t begin = WallNanos();
  Aggregator aggregator(AggregatorOptionsFor(options), log->log_id(), *log, delivered, *id_cache,
                        clock, *logger);
  const std::vector<Sample> samples = WaitUntilDelivered(aggregator);
  ADTALLY_ASSIGN(const std::string visible, VisibleSums(*store));
  const double seconds = static_cast<double>(WallNanos() - begin) * 1e-9;
  const double cpu_s = ProcessCpuSeconds() - cpu_begin;
  if (visible != ExpectedSums(truth)) {
    return Error{ErrorCode::kInternal,
                 fmt::format("the sums are wrong: {}expected {}", visible, ExpectedSums(truth))};
  }
  Report(options, fill_s, seconds, cpu_s, SteadyRate(samples), delivered);
  aggregator.Drain();
  return {};
}

int Main(int argc, char** argv) {
  Options options;
  bool tiny = false;
  CLI::App app("From the log to visible rows, in one process. JSON lines on standard output.");
  app.add_option("--events", options.events, "")->capture_default_str();
  app.add_option("--events-per-row", options.events_per_row, "in a checkpoint")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  app.add_option("--zipf", options.zipf, "skew of campaigns, 0 for none")->capture_default_str();
  app.add_option("--cores", options.cores, "")->check(CLI::Range(1, 64))->capture_default_str();
  app.add_option("--partitions", options.partitions, "")->check(CLI::Range(1, 256));
  app.add_option("--checkpoint-events", options.checkpoint_events,
                 "at which a checkpoint of a partition is cut; 0 for most of the rows it may have");
  app.add_option("--record-events", options.record_events, "")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--checkpoint-interval-ms", options.checkpoint_interval_ms, "")
      ->capture_default_str();
  app.add_option("--folder", options.folder, "for log and store; a temporary one when not given");
  app.add_flag("--tiny", tiny, "a moment's work, to see that it runs");
  CLI11_PARSE(app, argc, argv);
  if (tiny) {
    options.events = 100'000;
    options.checkpoint_events = 10'000;
    options.record_events = 100;
    options.checkpoint_interval_ms = 200;
    options.cores = 1;
  }
  if (options.checkpoint_events == 0) options.checkpoint_events = DefaultCheckpointEvents(options);
  const auto result = Run(options);
  if (!result.ok()) fmt::print(stderr, "{}\n", result.error().message);
  return result.ok() ? 0 : 1;
}

}  // namespace
}  // namespace adtally::bench

int main(int argc, char** argv) {
  return adtally::bench::Main(argc, argv);
}
