// Any number of builders, with different limits, over a log that fails: they cut at the same places
// and count the same.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <memory>
#include <random>

#include "aggregator/checkpoint_builder.h"
#include "testing/counted_records.h"
#include "testing/manual_clock.h"
#include "testing/memory_log.h"
#include "testing/passing_event_log.h"

namespace adtally {
namespace {

constexpr Partition kPartition{0};

// Reads return little or fail; boundaries are not appended, or are although the call failed.
class FailingLog final : public PassingEventLog {
 public:
  FailingLog(EventLog& log, std::mt19937_64& random) : PassingEventLog(log), random_(random) {}
  void Heal() { failing_ = false; }

  Result<void> Read(Partition partition, Offset from, Offset limit, size_t max_bytes,
                    RecordBatch& out) override {
    if (Chance(20)) return Failed();
    return log_.Read(partition, from, limit, Chance(3) ? 1 : max_bytes, out);
  }
  Result<void> AppendBoundary(Partition partition, Boundary boundary) override {
    if (Chance(10)) return Failed();
    ADTALLY_TRY(log_.AppendBoundary(partition, boundary));
    if (Chance(10)) return Failed();
    return {};
  }
  Result<Boundary> ReadBoundary(Partition partition, Offset begin) override {
    if (Chance(10)) return Failed();
    return log_.ReadBoundary(partition, begin);
  }

 private:
  bool Chance(uint64_t one_in) { return failing_ && random_() % one_in == 0; }
  static Error Failed() { return {ErrorCode::kUnavailable, "the log failed"}; }

  std::mt19937_64& random_;
  bool failing_ = true;
};

// One aggregator's counting of the partition.
class Reader {
 public:
  Reader(EventLog& log, const Records& records, std::mt19937_64& random)
      : log_(log), records_(records), random_(random) {
    Start();
  }

  // One step; false when there is nothing to do.
  bool Step(bool cut_due) {
    const auto outcome = builder_->Step(cut_due);
    if (!outcome.ok()) return true;
    if (*outcome == CheckpointBuilder::Outcome::kReady) checkpoints_.push_back(builder_->Take());
    return *outcome != CheckpointBuilder::Outcome::kIdle;
  }

  // Starts again after the last of its checkpoints.
  void Start() {
    AggregatorOptions options;
    options.counting.max_ids = 1000;
    options.max_checkpoint_records = 1 + random_() % 20;
    options.max_checkpoint_rows = 1 + random_() % 500;
    options.max_checkpoint_ids = 1 + random_() % 500;
    options.read_bytes = 1 + random_() % 100'000;
    const Offset begin = checkpoints_.empty() ? Offset(0) : checkpoints_.back().end;
    builder_.reset();
    counter_ = std::make_unique<PartitionCounter>(kPartition, options.counting);
    for (size_t i = 0; i < begin.value; ++i) {
      counter_->Restore(records_[i].append_time, records_[i].payload);
    }
    builder_ = std::make_unique<CheckpointBuilder>(kPartition, options, log_, *counter_, begin);
  }

  const std::vector<Checkpoint>& checkpoints() const { return checkpoints_; }

 private:
  EventLog& log_;
  const Records& records_;
  std::mt19937_64& random_;
  std::unique_ptr<PartitionCounter> counter_;
  std::unique_ptr<CheckpointBuilder> builder_;
  std::vector<Checkpoint> checkpoints_;
};

void Append(MemoryLog& log, ManualClock& clock, const RandomLog::GeneratedRecord& record) {
  clock.Set(record.append_time.value);
  std::vector<EventLog::Append> appends;
  appends.push_back({kPartition, record.payload});
  log.AppendAsync(std::move(appends), [](const Result<void>& done) { RC_ASSERT(done.ok()); });
}

TEST(CheckpointBuilderProperty, AnyNumberOfBuildersCutsAndCountsTheSame) {
  EXPECT_TRUE(rc::check("interleaved and restarted at random", [] {
    std::mt19937_64 random(*rc::gen::noShrink(rc::gen::arbitrary<uint64_t>()));
    const Records records = RoughRecords(random(), 40);
    ManualClock clock(records[0].append_time.value);
    MemoryLog log(1, clock);
    FailingLog failing(log, random);
    std::vector<std::unique_ptr<Reader>> readers;
    for (auto count = 1 + random() % 4; count > 0; --count) {
      readers.push_back(std::make_unique<Reader>(failing, records, random));
    }
    for (size_t appended = 0; appended < records.size();) {
      if (random() % 10 == 0) Append(log, clock, records[appended++]);
      Reader& reader = *readers[random() % readers.size()];
      if (random() % 100 == 0) reader.Start();
      reader.Step(random() % 4 == 0);
    }
    failing.Heal();
    for (const auto& reader : readers) {
      while (reader->Step(true)) {
      }
    }

    const auto& checkpoints = readers[0]->checkpoints();
    for (const auto& reader : readers) RC_ASSERT(reader->checkpoints() == checkpoints);
    std::vector<size_t> cuts;
    for (const Checkpoint& checkpoint : checkpoints) {
      cuts.push_back(checkpoint.end.value);
      RC_ASSERT(checkpoint.new_ids.size() <= 1u);  // it stays within an hour
    }
    RC_ASSERT(!cuts.empty());
    RC_ASSERT(cuts.back() == records.size());
    CountingOptions options;
    RC_ASSERT(Normalized(checkpoints) == Normalized(CountNaively(records, cuts, options)));
  }));
}

}  // namespace
}  // namespace adtally
