// What counting costs an event, stage by stage, with a given number of event ids remembered:
// decode, hash, deduplicate, fold, cut a checkpoint, encode it for the store. Events are made
// outside the timed parts, a checkpoint of them at a time, so that their memory is cold, as it is
// in life.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <barrier>
#include <cmath>
#include <memory>
#include <thread>
#include <vector>

#include "aggregator/minute_block.h"
#include "base/check.h"
#include "base/hash.h"
#include "bench/measure.h"
#include "bench/workload.h"
#include "counting/partition_counter.h"
#include "event/json_codec.h"
#include "event/protobuf_codec.h"
#include "generator/random.h"

namespace adtally::bench {
namespace {

struct Options {
  Encoding encoding = Encoding::kProtobuf;
  uint64_t live_ids = 0;
  std::vector<double> zipf = {0};
  std::vector<double> events_per_row = {3};
  size_t threads = 1;
  size_t partitions = 4;
  uint64_t checkpoint_events = 1'000'000;
  uint64_t record_events = 1000;
  uint64_t users = 0;  // who events are of; 0: nobody says
  size_t rounds = 12;  // measured ones: a checkpoint a thread
};

// The time of a stage includes those before it, except kCut and kEncode.
enum Stage : size_t { kDecode, kHash, kDedup, kFold, kCut, kEncode, kStages };
constexpr std::array<std::string_view, kStages> kStageNames = {
    "ns_decode", "ns_decode_hash", "ns_decode_hash_dedup", "ns_count", "ns_cut", "ns_encode"};

constexpr uint32_t kHour = 497'222;  // of append time
constexpr uint32_t kHours = 26;  // the deduplication window, its first and its last one included
constexpr AppendTime kAppendTime{int64_t{kHour} * kMillisPerHour + 30 * kMillisPerMinute};

struct Times {
  std::array<double, kStages> cpu_ns{};  // per event
  int64_t count_begin = 0;               // wall
  int64_t count_end = 0;
  int64_t cut_end = 0;
};

// What all threads of one run share.
struct Run {
  double zipf;
  double events_per_row;
  uint64_t seed;
  size_t rounds;
};

uint64_t Consume(const Event& event) {
  return static_cast<uint64_t>(event.cost_micros) + event.dimensions.campaign_id +
         event.event_id.size();
}

// Decodes the records and calls `on_event` with each event.
template <class OnEvent>
void Decode(Encoding encoding, JsonEventDecoder& json, const Records& records,
            const OnEvent& on_event) {
  Event event;
  EventField bad_field = EventField::kNone;
  for (size_t i = 0; i < records.size(); ++i) {
    if (encoding == Encoding::kProtobuf) {
      EventBatchReader reader(records[i]);
      while (reader.Next(event, bad_field)) on_event(event);
    } else {
      const auto opened = json.Open(records[i]);
      ADTALLY_CHECK(opened.ok(), opened.error().message);
      while (json.Next(event, bad_field)) on_event(event);
    }
  }
}

Truth SumOf(const Checkpoint& checkpoint) {
  Truth sum;
  for (const LedgerRow& row : checkpoint.ledger) {
    sum.received += row.received;
    sum.counted += row.counted;
  }
  for (const MinuteRow& row : checkpoint.rows) {
    const Measures& m = row.measures;
    sum.impressions += m.impressions;
    sum.clicks += m.clicks;
    sum.conversions += m.conversions;
    sum.spend_micros += m.spend_micros;
    sum.value_micros += m.conversion_value_micros;
    sum.checksum += int64_t{row.key.dimensions.campaign_id} *
                    (static_cast<int64_t>(m.impressions + m.clicks + m.conversions) +
                     m.spend_micros + m.conversion_value_micros);
  }
  return sum;
}

// One thread and the partitions that it counts.
class Lane {
 public:
  Lane(const Options& options, size_t lane) : options_(options) {
    for (size_t p = lane; p < options.partitions; p += options.threads) partitions_.push_back(p);
    const size_t runs = options.zipf.size() * options.events_per_row.size();
    // Two checkpoints a round: one for deduplication alone.
    const uint64_t rounds = runs * (options.rounds + partitions_.size());
    const uint64_t new_ids = options.checkpoint_events * (rounds / partitions_.size() + 2);
    const uint64_t old_ids = options.live_ids / options.partitions;
    CountingOptions counting;
    counting.max_ids = std::max(old_ids, new_ids);  // as many expire as come
    counting.record_format =
        options.encoding == Encoding::kProtobuf ? RecordFormat::kProtobuf : RecordFormat::kJson;
    for (const size_t p : partitions_) {
      counters_.push_back(
          std::make_unique<PartitionCounter>(Partition(static_cast<uint32_t>(p)), counting));
      counters_.back()->ReserveIds(old_ids);
      Remember(*counters_.back(), CombineSeeds(77, p), old_ids);
      counters_.back()->Begin(Offset(0));
    }
    next_.resize(counters_.size());
    checkpoints_.resize(counters_.size());
    hours_.resize(counters_.size());
    next_one_row_.resize(counters_.size());
  }

  // The first rounds, as many as there are partitions, only warm up.
  void Measure(const Run& run, std::barrier<>& together) {
    times_.clear();
    rows_ = 0;
    bytes_ = 0;
    std::vector<Workload> workloads, one_row;
    for (size_t i = 0; i < partitions_.size(); ++i) {
      const size_t p = partitions_[i];
      workloads.push_back(MakeWorkload(run, p, run.events_per_row, hours_[i]));
      one_row.push_back(MakeWorkload(run, p + 1'000'000, kOneRow, hours_[i]));
    }
    std::ranges::fill(next_, 0);
    std::ranges::fill(next_one_row_, 0);
    for (size_t round = 0; round < partitions_.size() + run.rounds; ++round) {
      const size_t i = round % partitions_.size();
      const Times times = MeasureOne(i, workloads[i], one_row[i], together);
      if (round >= partitions_.size()) times_.push_back(times);
    }
    ADTALLY_CHECK(sum_ != 0, "events were decoded");
  }

  const std::vector<Times>& times() const { return times_; }
  uint64_t rows() const { return rows_; }
  uint64_t bytes() const { return bytes_; }
  uint64_t live_ids() const {
    uint64_t sum = 0;
    for (const auto& counter : counters_) sum += counter->live_ids();
    return sum;
  }
  uint64_t dedup_bytes() const {
    uint64_t sum = 0;
    for (const auto& counter : counters_) sum += counter->dedup_bytes();
    return sum;
  }

 private:
  // Spread over the hours of the deduplication window, as they would have come.
  static void Remember(PartitionCounter& counter, uint64_t seed, uint64_t ids) {
    std::vector<Hash128> some;
    for (uint32_t hour = 0; hour < kHours; ++hour) {
      for (uint64_t n = ids * hour / kHours, end = ids * (hour + 1) / kHours; n < end;) {
        some.clear();
        for (; n < end && some.size() < 65'536; ++n) {
          some.push_back({MixBits(seed ^ 2 * n), MixBits(seed ^ (2 * n + 1))});
        }
        counter.Restore(kHour - kHours + 1 + hour, some);
      }
    }
  }

  Workload MakeWorkload(const Run& run, size_t partition, double events_per_row,
                        uint32_t first_hour) const {
    WorkloadOptions workload;
    workload.seed = CombineSeeds(run.seed, partition);
    workload.zipf = run.zipf;
    workload.events_per_row = events_per_row;
    workload.events_per_checkpoint = options_.checkpoint_events;
    workload.users = options_.users;
    workload.first_time = EventTime(int64_t{kHour + first_hour} * kMillisPerHour);
    return Workload(workload);
  }

  Times MeasureOne(size_t i, const Workload& workload, const Workload& one_row,
                   std::barrier<>& together) {
    Times times;
    Truth truth, ignored;
    Encode(workload, next_[i], options_.checkpoint_events, options_.record_events,
           options_.encoding, records_, truth);
    next_[i] += options_.checkpoint_events;
    bytes_ += records_.bytes.size();
    Timed(times, kDecode, together, [&] {
      Decode(options_.encoding, json_, records_, [&](const Event& e) { sum_ += Consume(e); });
    });
    Timed(times, kHash, together, [&] {
      Decode(options_.encoding, json_, records_,
             [&](const Event& e) { sum_ += Consume(e) + HashBytes(e.event_id).high; });
    });

    Encode(one_row, next_one_row_[i], options_.checkpoint_events, options_.record_events,
           options_.encoding, one_row_records_, ignored);
    next_one_row_[i] += options_.checkpoint_events;
    PartitionCounter& counter = *counters_[i];
    AppendTime append_time = NextAppendTime(i);
    Timed(times, kDedup, together, [&] { Count(counter, append_time, one_row_records_); });
    counter.Cut();
    append_time = NextAppendTime(i);

    Checkpoint checkpoint;
    together.arrive_and_wait();
    times.count_begin = WallNanos();
    Timed(times, kFold, [&] { Count(counter, append_time, records_); });
    times.count_end = WallNanos();
    Timed(times, kCut, [&] { checkpoint = counter.Cut(); });
    times.cut_end = WallNanos();
    Timed(times, kEncode, [&] { EncodeForStore(checkpoint); });
    rows_ += checkpoint.rows.size();
    ADTALLY_CHECK(SumOf(checkpoint) == truth, "the counted sums are those of the events");
    return times;
  }

  static void Count(PartitionCounter& counter, AppendTime append_time, const Records& records) {
    for (size_t i = 0; i < records.size(); ++i) counter.Count(append_time, records[i]);
  }

  // As many checkpoints an hour of append time that as many ids expire as come; at least one.
  AppendTime NextAppendTime(size_t i) {
    const double ids_an_hour =
        static_cast<double>(options_.live_ids) / options_.partitions / kHours;
    const auto checkpoints_an_hour = std::max<uint64_t>(
        1, std::llround(ids_an_hour / static_cast<double>(options_.checkpoint_events)));
    hours_[i] = static_cast<uint32_t>(++checkpoints_[i] / checkpoints_an_hour);
    return AppendTime(kAppendTime.value + int64_t{hours_[i]} * kMillisPerHour);
  }

  void EncodeForStore(const Checkpoint& checkpoint) {
    const std::span<const MinuteRow> rows = checkpoint.rows;
    for (size_t first = 0; first < rows.size();) {
      size_t last = first;
      while (last < rows.size() && rows[last].key.hour() == rows[first].key.hour()) ++last;
      sum_ += block_
                  .Encode(rows[first].key.hour(), rows.subspan(first, last - first),
                          checkpoint.partition, checkpoint.end)
                  .size();
      first = last;
    }
  }

  template <class Work>
  void Timed(Times& times, Stage stage, const Work& work) const {
    const int64_t begin = ThreadCpuNanos();
    work();
    times.cpu_ns[stage] =
        static_cast<double>(ThreadCpuNanos() - begin) / static_cast<double>(records_.events);
  }
  // All threads begin at once, so that they compete for the memory as they would in life.
  template <class Work>
  void Timed(Times& times, Stage stage, std::barrier<>& together, const Work& work) const {
    together.arrive_and_wait();
    Timed(times, stage, work);
  }

  const Options& options_;
  std::vector<size_t> partitions_;
  std::vector<std::unique_ptr<PartitionCounter>> counters_;
  std::vector<uint64_t> next_, next_one_row_;  // the next event of each partition
  std::vector<uint64_t> checkpoints_;          // counted in each partition
  std::vector<uint32_t> hours_;                // of append time since the ids were remembered
  Records records_, one_row_records_;
  JsonEventDecoder json_;
  MinuteBlock block_;
  std::vector<Times> times_;
  uint64_t rows_ = 0;
  uint64_t bytes_ = 0;
  uint64_t sum_ = 0;  // keeps the compiler from leaving work out
};

using Lanes = std::vector<std::unique_ptr<Lane>>;

Lanes MakeLanes(const Options& options) {
  Lanes lanes(options.threads);
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < options.threads; ++i) {
    threads.emplace_back([&, i] { lanes[i] = std::make_unique<Lane>(options, i); });
  }
  return lanes;  // after all threads have ended
}

void MeasureTogether(const Lanes& lanes, const Run& run) {
  std::barrier together(static_cast<std::ptrdiff_t>(lanes.size()));
  std::vector<std::jthread> threads;
  for (const auto& lane : lanes) threads.emplace_back([&] { lane->Measure(run, together); });
}

// Events a second of all threads together: the median over the rounds.
double Rate(const Lanes& lanes, const Options& options, int64_t Times::*end) {
  std::vector<double> rates;
  for (size_t round = 0; round < lanes[0]->times().size(); ++round) {
    int64_t first = lanes[0]->times()[round].count_begin;
    int64_t last = first + 1;
    for (const auto& lane : lanes) {
      first = std::min(first, lane->times()[round].count_begin);
      last = std::max(last, lane->times()[round].*end);
    }
    rates.push_back(static_cast<double>(options.checkpoint_events * lanes.size()) * 1e9 /
                    static_cast<double>(last - first));
  }
  return Median(rates);
}

double StageNanos(const Lanes& lanes, Stage stage) {
  std::vector<double> values;
  for (const auto& lane : lanes) {
    for (const Times& times : lane->times()) values.push_back(times.cpu_ns[stage]);
  }
  return Median(values);
}

void Report(const Options& options, const Run& run, const Lanes& lanes, double remember_s) {
  uint64_t rows = 0, bytes = 0, live_ids = 0, dedup_bytes = 0;
  for (const auto& lane : lanes) {
    rows += lane->rows();
    bytes += lane->bytes();
    live_ids += lane->live_ids();
    dedup_bytes += lane->dedup_bytes();
  }
  // Of all rounds, also those that only warmed up.
  const double events = static_cast<double>(options.checkpoint_events) *
                        static_cast<double>(run.rounds * options.threads + options.partitions);
  ResultLine line("counting");
  line.Text("format", options.encoding == Encoding::kProtobuf ? "protobuf" : "json");
  line.Count("live_ids", options.live_ids);
  line.Number("zipf", run.zipf);
  line.Number("events_per_row", run.events_per_row);
  line.Count("threads", options.threads);
  line.Count("partitions", options.partitions);
  line.Count("checkpoint_events", options.checkpoint_events);
  line.Count("users", options.users);
  line.Number("bytes_per_event", static_cast<double>(bytes) / events);
  for (size_t stage = 0; stage < kStages; ++stage) {
    line.Number(kStageNames[stage], StageNanos(lanes, static_cast<Stage>(stage)));
  }
  line.Number("events_per_row_measured", events / static_cast<double>(rows));
  line.Number("events_per_s", Rate(lanes, options, &Times::count_end));
  line.Number("events_per_s_with_cut", Rate(lanes, options, &Times::cut_end));
  line.Number("events_per_cpu_s", 1e9 / StageNanos(lanes, kFold));
  line.Count("live_ids_at_end", live_ids);
  line.Number("bytes_per_id", static_cast<double>(dedup_bytes) / static_cast<double>(live_ids));
  line.Number("remember_s", remember_s);
  line.Number("resident_mb", static_cast<double>(ResidentBytes()) * 1e-6);
  line.Print();
}

void RunAll(const Options& options) {
  RunOnCores(options.threads);
  const int64_t begin = WallNanos();
  const Lanes lanes = MakeLanes(options);
  const double remember_s = static_cast<double>(WallNanos() - begin) * 1e-9;
  uint64_t seed = 1;
  for (const double zipf : options.zipf) {
    for (const double events_per_row : options.events_per_row) {
      const Run run{zipf, events_per_row, seed++, options.rounds};
      MeasureTogether(lanes, run);
      Report(options, run, lanes, remember_s);
    }
  }
}

int Main(int argc, char** argv) {
  Options options;
  std::string format = "protobuf";
  bool tiny = false;
  CLI::App app("What counting costs an event. JSON lines on standard output.");
  app.add_option("--format", format, "of the events")
      ->check(CLI::IsMember({"protobuf", "json"}))
      ->capture_default_str();
  app.add_option("--live-ids", options.live_ids, "event ids remembered before, in all partitions");
  app.add_option("--zipf", options.zipf, "skew of campaigns, 0 for none: one run for each")
      ->delimiter(',');
  app.add_option("--events-per-row", options.events_per_row,
                 "events in one row of a checkpoint: one run for each")
      ->delimiter(',')
      ->check(CLI::Range(1.0, 1e6));
  app.add_option("--threads", options.threads, "each on a core of its own")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--partitions", options.partitions, "")->check(CLI::Range(1, 256));
  app.add_option("--checkpoint-events", options.checkpoint_events, "")
      ->check(CLI::Range(1000, 100'000'000))
      ->capture_default_str();
  app.add_option("--record-events", options.record_events, "")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--users", options.users, "who events are of; 0: they do not say");
  app.add_option("--rounds", options.rounds, "checkpoints measured in each thread")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_flag("--tiny", tiny, "a moment's work, to see that it runs");
  CLI11_PARSE(app, argc, argv);
  if (options.partitions < options.threads) {
    fmt::print(stderr, "--partitions must be at least --threads: a partition has one thread\n");
    return 1;
  }
  if (tiny) {
    options.checkpoint_events = 10'000;
    options.rounds = 2;
    options.live_ids = 50'000;
    options.zipf = {0, 1};
    options.events_per_row = {1, 3};
  }
  options.encoding = format == "json" ? Encoding::kNdjson : Encoding::kProtobuf;
  RunAll(options);
  return 0;
}

}  // namespace
}  // namespace adtally::bench

int main(int argc, char** argv) {
  return adtally::bench::Main(argc, argv);
}
