#include "testing/counted_records.h"

#include <algorithm>
#include <random>
#include <utility>

#include "testing/memory_checkpoint_store.h"

namespace adtally {

Records RoughRecords(uint64_t seed, size_t count) {
  RandomLog log(seed, {.duplicate = 0.3,
                       .broken_record = 0.05,
                       .long_pause = 0.15,
                       .differing_copy = 0.4,
                       .empty_record = 0.05,
                       .pause_of_days = 0.03,
                       .record_sizes = {0, 1, 2, 7, 31, 32, 33, 63, 64, 65, 127, 128, 129, 700}});
  Records records;
  for (size_t i = 0; i < count; ++i) records.push_back(log.Next());
  return records;
}

std::vector<size_t> RandomCuts(const Records& records, uint64_t seed, size_t max_records) {
  std::mt19937_64 random(seed);
  const auto hour = [&](size_t i) { return records[i].append_time.value / kMillisPerHour; };
  std::vector<size_t> cuts;
  for (size_t at = 0; at < records.size();) {
    const size_t limit = std::min(
        records.size(), at + std::uniform_int_distribution<size_t>(1, max_records)(random));
    const size_t begin = at;
    while (at < limit && hour(at) == hour(begin)) ++at;
    cuts.push_back(at);
  }
  return cuts;
}

void CountRecords(PartitionCounter& counter, const Records& records, size_t from, size_t to) {
  for (size_t i = from; i < to; ++i) counter.Count(records[i].append_time, records[i].payload);
}

std::vector<Checkpoint> CountStraight(const Records& records, const std::vector<size_t>& cuts,
                                      const CountingOptions& options) {
  PartitionCounter counter(Partition(0), options);
  counter.Begin(Offset(0));
  std::vector<Checkpoint> checkpoints;
  size_t begin = 0;
  for (const size_t end : cuts) {
    CountRecords(counter, records, begin, end);
    checkpoints.push_back(counter.Cut());
    begin = end;
  }
  return checkpoints;
}

std::vector<Checkpoint> CountNaively(const Records& records, const std::vector<size_t>& cuts,
                                     const CountingOptions& options) {
  NaiveCounter counter(options.dedup_window_hours);
  std::vector<Checkpoint> checkpoints;
  size_t begin = 0;
  for (const size_t end : cuts) {
    for (size_t i = begin; i < end; ++i) {
      for (const RandomLog::Item& item : records[i].items) {
        if (item.broken) {
          counter.AddBroken(records[i].append_time);
        } else {
          counter.Add(records[i].append_time, item.Get());
        }
      }
    }
    checkpoints.push_back(counter.Take(Partition(0), Offset(begin), Offset(end)));
    checkpoints.back().last_append_time = records[end - 1].append_time;
    begin = end;
  }
  return checkpoints;
}

Checkpoint Normalized(Checkpoint checkpoint) {
  for (NewIds& hour : checkpoint.new_ids) {
    for (Hash128& id : hour.ids) id.low &= 0xffff;
  }
  std::erase_if(checkpoint.ledger, [](const LedgerRow& row) { return row.received == 0; });
  return checkpoint;
}

std::vector<Checkpoint> Normalized(std::vector<Checkpoint> checkpoints) {
  for (Checkpoint& checkpoint : checkpoints) checkpoint = Normalized(std::move(checkpoint));
  return checkpoints;
}

Sums SumsOf(std::span<const Checkpoint> checkpoints) {
  Sums sums;
  for (const Checkpoint& each : checkpoints) {
    const Checkpoint checkpoint = Normalized(each);
    for (const MinuteRow& row : checkpoint.rows) AddMeasures(sums.rows[row.key], row.measures);
    for (const LedgerRow& row : checkpoint.ledger) AddLedger(sums.ledger[row.append_minute], row);
    for (const NewIds& hour : checkpoint.new_ids) {
      std::vector<Hash128>& ids = sums.new_ids[hour.append_hour];
      ids.insert(ids.end(), hour.ids.begin(), hour.ids.end());
    }
    AddReach(sums.reach, checkpoint.reach);
    AddClicks(sums.clicks, checkpoint.click_conversions);
  }
  return sums;
}

}  // namespace adtally
