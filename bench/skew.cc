// What a hot campaign does to the partitions of the log: one campaign has half of the events, the
// others follow a Zipf distribution. The same events are partitioned by campaign, by campaign with
// a salt, and by event id, and each log is counted by the real aggregator, with as many counting
// threads as partitions. The store only adds up, so that the counting shows.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

#include "aggregator/aggregator.h"
#include "aggregator/rocksdb_id_cache.h"
#include "base/clock.h"
#include "base/hash.h"
#include "bench/measure.h"
#include "bench/workload.h"
#include "edge/partitioner.h"
#include "log/rocksdb_log.h"
#include "ops/console_logger.h"
#include "testing/temporary_folder.h"

namespace adtally::bench {
namespace {

struct Options {
  uint64_t events = 8'000'000;
  uint32_t partitions = 8;
  uint32_t salt = 16;
  double zipf = 1.2;
  double hot = 0.5;  // share of the events that one campaign has
  size_t cores = 2;
  uint64_t record_events = 1000;
};

constexpr uint32_t kHotCampaign = 9'000'000;

// Takes everything and keeps the sums.
class SummingStore final : public CheckpointStore {
 public:
  Result<std::optional<std::string>> ReadLogId() override { return std::optional<std::string>(); }
  Result<void> WriteLogId(const std::string&) override { return {}; }
  Result<std::optional<Progress>> ReadProgress(Partition) override {
    return std::optional<Progress>();
  }
  Result<std::vector<uint32_t>> ReadReceipts(Partition, Offset,
                                             std::span<const uint32_t>) override {
    return std::vector<uint32_t>();
  }
  Result<void> InsertMinuteRows(uint32_t, std::span<const MinuteRow> rows, Partition, Offset,
                                std::string_view) override {
    rows_ += rows.size();
    return {};
  }
  Result<std::vector<uint32_t>> ReadClickReceipts(Partition, Offset,
                                                  std::span<const uint32_t>) override {
    return std::vector<uint32_t>();
  }
  Result<void> InsertClickConversions(uint32_t, std::span<const ClickConversionRow>, Partition,
                                      Offset, std::string_view) override {
    return {};
  }
  Result<void> InsertLedger(Partition, Offset, std::span<const LedgerRow>) override { return {}; }
  Result<void> InsertReach(Partition, const Reach&) override { return {}; }
  Result<void> WriteProgress(Partition, Progress) override { return {}; }

  uint64_t rows() const { return rows_; }

 private:
  std::atomic<uint64_t> rows_{0};
};

// The event as of the hot campaign, for a share of the event ids: duplicates agree.
Event WithHotCampaign(Event event, double share) {
  const double place = static_cast<double>(HashBytes(event.event_id).high >> 11) * 0x1.0p-53;
  if (place >= share) return event;
  event.dimensions.advertiser_id = kHotCampaign;
  event.dimensions.campaign_id = kHotCampaign;
  event.dimensions.ad_group_id = kHotCampaign + event.dimensions.ad_group_id % 16;
  event.dimensions.creative_id = kHotCampaign + event.dimensions.creative_id % 64;
  return event;
}

// Fills the log. Returns the events by partition, and adds to `counted` what is no duplicate.
Result<std::vector<uint64_t>> Fill(EventLog& log, const Options& options,
                                   const Partitioner& partitioner, const Workload& workload,
                                   uint64_t& counted) {
  constexpr size_t kRecordsAtATime = 64;
  std::vector<uint64_t> events(options.partitions);
  std::vector<std::string> open(options.partitions);
  std::vector<EventLog::Append> full;
  const auto append = [&]() -> Result<void> {
    std::promise<Result<void>> done;
    log.AppendAsync(std::exchange(full, {}),
                    [&](Result<void> result) { done.set_value(std::move(result)); });
    return done.get_future().get();
  };
  WorkloadId id;
  for (uint64_t n = 0; n < options.events; ++n) {
    const Event event = WithHotCampaign(workload.At(n, id), options.hot);
    if (!workload.IsDuplicate(n)) ++counted;
    const uint32_t p = partitioner.PartitionOfEvent(event);
    AppendEvent(event, Encoding::kProtobuf, open[p]);
    if (++events[p] % options.record_events != 0) continue;
    full.push_back({Partition(p), std::exchange(open[p], {})});
    if (full.size() == kRecordsAtATime) ADTALLY_TRY(append());
  }
  for (uint32_t p = 0; p < options.partitions; ++p) {
    if (!open[p].empty()) full.push_back({Partition(p), std::move(open[p])});
  }
  if (!full.empty()) ADTALLY_TRY(append());
  return events;
}

// When each partition was done, and what was left of the worst one when half of them were.
struct Course {
  std::vector<double> done_s;  // in order of time
  uint64_t counted = 0;
  uint64_t received = 0;
  uint64_t worst_lag_records = 0;
};

Course Follow(const Aggregator& aggregator, int64_t begin) {
  Course course;
  std::vector<bool> done;
  for (size_t left = 1; left > 0;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const std::vector<PartitionStatus> status = aggregator.status();
    done.resize(status.size());
    left = 0;
    uint64_t worst_lag = 0;
    course.counted = course.received = 0;
    const size_t before = course.done_s.size();
    for (size_t p = 0; p < status.size(); ++p) {
      course.counted += status[p].events_counted;
      course.received += status[p].events_received;
      const uint64_t lag = status[p].log_end - status[p].delivered_to;
      worst_lag = std::max(worst_lag, lag);
      if (!status[p].recovered || lag > 0) {
        ++left;
      } else if (!done[p]) {
        done[p] = true;
        course.done_s.push_back(static_cast<double>(WallNanos() - begin) * 1e-9);
      }
    }
    const size_t half = status.size() / 2;
    if (before < half && course.done_s.size() >= half) course.worst_lag_records = worst_lag;
  }
  return course;
}

Result<void> Measure(const Options& options, std::string_view name, const PartitionKey& key) {
  const TemporaryFolder folder;
  const Clock& clock = SystemClock();
  const auto logger = MakeConsoleLogger(LogLevel::kWarning);
  RocksDbLogOptions log_options;
  log_options.path = folder.path() + "/log";
  log_options.partitions = options.partitions;
  ADTALLY_ASSIGN(const auto log, RocksDbLog::Open(log_options, clock, *logger));

  WorkloadOptions workload;
  workload.zipf = options.zipf;
  workload.events_per_second = 2'000'000;
  workload.first_time = EventTime(clock.NowMs());
  uint64_t expected = 0;
  ADTALLY_ASSIGN(const auto events, Fill(*log, options, Partitioner(options.partitions, key),
                                         Workload(workload), expected));

  ADTALLY_ASSIGN(const auto id_cache,
                 RocksDbIdCache::Open(folder.path() + "/ids", log->log_id(), *logger));
  SummingStore store;
  AggregatorOptions aggregator_options;
  LimitCheckpoints(options.partitions, aggregator_options);
  aggregator_options.counting_threads = static_cast<int>(options.partitions);
  const double cpu_begin = ProcessCpuSeconds();
  const int64_t begin = WallNanos();
  Aggregator aggregator(aggregator_options, log->log_id(), *log, store, *id_cache, clock, *logger);
  const Course course = Follow(aggregator, begin);
  const double cpu_s = ProcessCpuSeconds() - cpu_begin;
  aggregator.Drain();
  if (course.received != options.events || course.counted != expected) {
    return Error{ErrorCode::kInternal,
                 fmt::format("{}: counted {} of {} events instead of {} of {}", name,
                             course.counted, course.received, expected, options.events)};
  }

  const double total = static_cast<double>(options.events);
  const double most = static_cast<double>(*std::ranges::max_element(events));
  const double cpu_per_event = cpu_s / total;
  ResultLine line("skew");
  line.Text("key", name);
  line.Count("events", options.events);
  line.Count("partitions", options.partitions);
  line.Count("cores", options.cores);
  line.Number("zipf", options.zipf);
  line.Number("hot_share", options.hot);
  line.Number("max_over_mean", most * options.partitions / total);
  line.Number("events_per_s", total / course.done_s.back());
  line.Number("half_of_partitions_s", course.done_s[(course.done_s.size() - 1) / 2]);
  line.Number("last_partition_s", course.done_s.back());
  line.Count("lag_when_half_are_done",
             std::min(course.worst_lag_records * options.record_events, options.events));
  line.Number("cpu_ns_per_event", cpu_per_event * 1e9);
  line.Number("events_per_s_with_a_core_each", total / (most * cpu_per_event));
  line.Count("rows", store.rows());
  line.Print();
  return {};
}

Result<void> Run(const Options& options) {
  RunOnCores(options.cores);
  const PartitionKey campaign{PartitionKey::Kind::kCampaign, 1};
  const PartitionKey salted{PartitionKey::Kind::kCampaign, options.salt};
  ADTALLY_TRY(Measure(options, "campaign", campaign));
  ADTALLY_TRY(Measure(options, fmt::format("campaign, salt {}", options.salt), salted));
  return Measure(options, "event id", {});
}

int Main(int argc, char** argv) {
  Options options;
  bool tiny = false;
  CLI::App app("A hot campaign and the partitions of the log. JSON lines on standard output.");
  app.add_option("--events", options.events, "")->capture_default_str();
  app.add_option("--partitions", options.partitions, "")->check(CLI::Range(1, 256));
  app.add_option("--salt", options.salt, "log.campaign_salt")->check(CLI::Range(1, 1024));
  app.add_option("--zipf", options.zipf, "skew of the other campaigns")->capture_default_str();
  app.add_option("--hot", options.hot, "share of the hot campaign")->check(CLI::Range(0.0, 1.0));
  app.add_option("--cores", options.cores, "")->check(CLI::Range(1, 64))->capture_default_str();
  app.add_flag("--tiny", tiny, "a moment's work, to see that it runs");
  CLI11_PARSE(app, argc, argv);
  if (tiny) {
    options.events = 100'000;
    options.record_events = 100;
    options.cores = 1;
  }
  const auto result = Run(options);
  if (!result.ok()) fmt::print(stderr, "{}\n", result.error().message);
  return result.ok() ? 0 : 1;
}

}  // namespace
}  // namespace adtally::bench

int main(int argc, char** argv) {
  return adtally::bench::Main(argc, argv);
}
