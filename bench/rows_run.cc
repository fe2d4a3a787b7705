#include "bench/rows_run.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "aggregator/aggregator.h"
#include "aggregator/log_binding.h"
#include "aggregator/rocksdb_id_cache.h"
#include "aggregator/sql_checkpoint_store.h"
#include "base/clock.h"
#include "base/hash.h"
#include "bench/measure.h"
#include "store/chdb_store.h"
#include "store/migrations.h"

namespace adtally::bench {
namespace {

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
  Result<std::vector<uint32_t>> ReadClickReceipts(Partition partition, Offset end,
                                                  std::span<const uint32_t> months) override {
    return next_.ReadClickReceipts(partition, end, months);
  }
  Result<void> InsertClickConversions(uint32_t month, std::span<const ClickConversionRow> rows,
                                      Partition partition, Offset end,
                                      std::string_view token) override {
    return next_.InsertClickConversions(month, rows, partition, end, token);
  }
  Result<void> InsertLedger(Partition partition, Offset end,
                            std::span<const LedgerRow> rows) override {
    return next_.InsertLedger(partition, end, rows);
  }
  Result<void> InsertReach(Partition partition, const Reach& reach) override {
    return next_.InsertReach(partition, reach);
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
  Filler(EventLog& log, const RowsOptions& options)
      : log_(log),
        options_(options),
        batches_(options.partitions),
        counts_(options.partitions),
        pending_(options.partitions),
        pending_bytes_(options.partitions) {}

  Result<void> Fill(const Workload& workload, Truth& truth) {
    WorkloadId id;
    for (uint64_t n = 0; n < options_.events; ++n) {
      const Event event = workload.At(n, id);
      ++truth.received;
      if (!workload.IsDuplicate(n)) truth.Add(event);
      const uint32_t p = PartitionOf(HashBytes(event.event_id), options_.partitions);
      AppendEvent(event, options_.encoding, batches_[p]);
      if (++counts_[p] < options_.record_events) continue;
      EndRecord(p);
      if (pending_bytes_[p] >= kSentBytes) ADTALLY_TRY(Send(p));
    }
    for (uint32_t p = 0; p < options_.partitions; ++p) {
      if (counts_[p] > 0) EndRecord(p);
      if (!pending_[p].empty()) ADTALLY_TRY(Send(p));
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return under_way_ == 0; });
    return result_;
  }

 private:
  static constexpr size_t kSentBytes = 32 << 10;
  static constexpr size_t kMaxUnderWay = 256;

  void EndRecord(uint32_t p) {
    pending_bytes_[p] += batches_[p].size();
    pending_[p].push_back({Partition(p), std::exchange(batches_[p], {})});
    counts_[p] = 0;
  }

  Result<void> Send(uint32_t p) {
    pending_bytes_[p] = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return under_way_ < kMaxUnderWay; });
      if (!result_.ok()) return result_;
      ++under_way_;
    }
    log_.AppendAsync(std::exchange(pending_[p], {}), [this](const Result<void>& result) {
      std::lock_guard lock(mutex_);
      if (!result.ok()) result_ = result;
      --under_way_;
      changed_.notify_all();
    });
    return {};
  }

  EventLog& log_;
  const RowsOptions& options_;
  std::vector<std::string> batches_;
  std::vector<uint64_t> counts_;
  std::vector<std::vector<EventLog::Append>> pending_;
  std::vector<size_t> pending_bytes_;
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
AggregatorOptions AggregatorOptionsFor(const RowsOptions& options) {
  AggregatorOptions aggregator;
  if (options.encoding == Encoding::kNdjson) {
    aggregator.counting.record_format = RecordFormat::kJson;
  }
  LimitCheckpoints(options.partitions, aggregator);
  aggregator.checkpoint_interval_ms = options.checkpoint_interval_ms;
  aggregator.max_checkpoint_records =
      std::max<uint64_t>(1, options.checkpoint_events / options.record_events);
  return aggregator;
}

uint64_t DefaultCheckpointEvents(const RowsOptions& options) {
  AggregatorOptions aggregator;
  LimitCheckpoints(options.partitions, aggregator);
  const double rows = 0.8 * static_cast<double>(aggregator.max_checkpoint_rows);
  return std::min<uint64_t>(static_cast<uint64_t>(rows * options.events_per_row),
                            aggregator.max_checkpoint_ids);
}

WorkloadOptions WorkloadOptionsFor(const RowsOptions& options) {
  WorkloadOptions workload;
  workload.zipf = options.zipf;
  workload.events_per_row = options.events_per_row;
  workload.events_per_checkpoint = options.checkpoint_events;
  workload.events_per_second = 2'000'000;
  workload.first_time = EventTime(SystemClock().NowMs());
  return workload;
}

}  // namespace

void AddRowsOptions(RowsOptions& options, CLI::App& app) {
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
}

void MakeTiny(RowsOptions& options) {
  options.events = 100'000;
  options.checkpoint_events = 10'000;
  options.record_events = std::min<uint64_t>(options.record_events, 100);
  options.checkpoint_interval_ms = 200;
  options.cores = 1;
}

Result<RowsResult> FillAndCount(RowsOptions options, EventLog& log, const std::string& folder,
                                Logger& logger, const std::function<double()>& other_cpu) {
  if (options.checkpoint_events == 0) options.checkpoint_events = DefaultCheckpointEvents(options);
  RowsResult result;
  Truth truth;
  const int64_t fill_begin = WallNanos();
  ADTALLY_TRY(Filler(log, options).Fill(Workload(WorkloadOptionsFor(options)), truth));
  result.fill_s = static_cast<double>(WallNanos() - fill_begin) * 1e-9;

  ADTALLY_ASSIGN(const auto id_cache, RocksDbIdCache::Open(folder + "/ids", log.log_id(), logger));
  ChdbStoreOptions store_options;
  store_options.path = folder + "/store";
  store_options.max_threads = static_cast<int>(options.cores);
  ADTALLY_ASSIGN(const auto store, ChdbStore::Open(store_options, logger));
  ADTALLY_TRY(Migrate(*store));
  SqlCheckpointStore checkpoint_store(*store);
  CountingStore delivered(checkpoint_store);
  ADTALLY_TRY(BindLog(log, delivered));

  ResetPeakResident();
  const double other_begin = other_cpu();
  const double cpu_begin = ProcessCpuSeconds();
  const int64_t begin = WallNanos();
  Aggregator aggregator(AggregatorOptionsFor(options), log.log_id(), log, delivered, *id_cache,
                        SystemClock(), logger);
  const std::vector<Sample> samples = WaitUntilDelivered(aggregator);
  ADTALLY_ASSIGN(const std::string visible, VisibleSums(*store));
  result.seconds = static_cast<double>(WallNanos() - begin) * 1e-9;
  result.cpu_s = ProcessCpuSeconds() - cpu_begin;
  result.other_cpu_s = other_cpu() - other_begin;
  if (visible != ExpectedSums(truth)) {
    return Error{ErrorCode::kInternal,
                 fmt::format("the sums are wrong: {}expected {}", visible, ExpectedSums(truth))};
  }
  result.steady_events_per_s = SteadyRate(samples);
  result.rows = delivered.rows();
  result.blocks = delivered.blocks();
  aggregator.Drain();
  return result;
}

void ReportRows(const RowsOptions& options, const RowsResult& result, ResultLine& line) {
  const auto events = static_cast<double>(options.events);
  const auto rows = static_cast<double>(result.rows);
  line.Count("cores", options.cores);
  line.Count("events", options.events);
  line.Number("events_per_row", options.events_per_row);
  line.Number("zipf", options.zipf);
  line.Number("events_per_row_measured", events / rows);
  line.Number("events_per_s", events / result.seconds);
  line.Number("steady_events_per_s", result.steady_events_per_s);
  line.Number("rows_per_s", rows / result.seconds);
  line.Number("cpu_ns_per_event", result.cpu_s * 1e9 / events);
  line.Number("cores_busy", (result.cpu_s + result.other_cpu_s) / result.seconds);
  line.Count("rows", result.rows);
  line.Count("blocks", result.blocks);
  line.Number("seconds", result.seconds);
  line.Number("cpu_s", result.cpu_s);
  line.Number("peak_resident_mb", static_cast<double>(PeakResidentBytes()) * 1e-6);
  line.Number("fill_events_per_s", events / result.fill_s);
}

}  // namespace adtally::bench
