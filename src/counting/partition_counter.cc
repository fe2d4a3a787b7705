#include "counting/partition_counter.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "event/protobuf_codec.h"

namespace adtally {
namespace {

uint32_t HourOf(AppendTime time) {
  return static_cast<uint32_t>(time.value / kMillisPerHour);
}

DedupOptions DedupOptionsFor(const CountingOptions& options) {
  DedupOptions dedup;
  // One hour longer than what is late, because an event may be appended up to kMaxFutureMs before
  // its own time: then a duplicate within the window of its time is still more than the window
  // after it was first appended.
  static_assert(kMaxFutureMs <= kMillisPerHour);
  dedup.window_hours = options.dedup_window_hours + 1;
  dedup.page_bits = options.dedup_page_bits;
  return dedup;
}

}  // namespace

PartitionCounter::PartitionCounter(Partition partition, CountingOptions options)
    : partition_(partition), options_(options), dedup_(DedupOptionsFor(options)) {}

void PartitionCounter::Begin(Offset begin) {
  ADTALLY_CHECK(empty(), "a checkpoint is under way");
  begin_ = begin;
  end_ = begin;
}

bool PartitionCounter::Late(const Event& event, AppendTime append_time) const {
  const int64_t age_ms = append_time.value - event.time.value;
  return age_ms > int64_t{options_.dedup_window_hours} * kMillisPerHour || age_ms < -kMaxFutureMs;
}

LedgerRow& PartitionCounter::LedgerOf(AppendTime append_time) {
  const Minute minute(static_cast<uint32_t>(append_time.value / kMillisPerMinute));
  if (ledger_.empty() || ledger_.back().append_minute != minute) {
    ledger_.push_back({});
    ledger_.back().append_minute = minute;
  }
  return ledger_.back();
}

NewIds& PartitionCounter::NewIdsOf(uint32_t append_hour) {
  if (new_ids_.empty() || new_ids_.back().append_hour != append_hour) {
    new_ids_.push_back({append_hour, {}});
  }
  return new_ids_.back();
}

bool PartitionCounter::Fits(AppendTime append_time) const {
  return empty() || HourOf(append_time) == HourOf(last_append_time_);
}

void PartitionCounter::Count(AppendTime append_time, std::string_view payload) {
  ADTALLY_CHECK(append_time >= last_append_time_, "append times never fall");
  last_append_time_ = append_time;
  dedup_.AdvanceTo(HourOf(append_time));
  LedgerRow& ledger = LedgerOf(append_time);

  EventBatchReader reader(payload);
  EventField bad_field = EventField::kNone;
  size_t count = 0;
  while (reader.Next(events_[count], bad_field)) {
    ++ledger.received;
    if (bad_field != EventField::kNone) {
      ++ledger.rejected;
    } else if (Late(events_[count], append_time)) {
      ++ledger.late;
    } else if (++count == kBatch) {
      Flush(count, append_time, ledger);
      count = 0;
    }
  }
  Flush(count, append_time, ledger);
  ++end_;
}

void PartitionCounter::Flush(size_t count, AppendTime append_time, LedgerRow& ledger) {
  if (count == 0) return;
  for (size_t i = 0; i < count; ++i) hashes_[i] = HashBytes(events_[i].event_id);
  dedup_.InsertBatch({hashes_.data(), count}, ages_);
  std::vector<Hash128>& new_ids = NewIdsOf(HourOf(append_time)).ids;
  for (size_t i = 0; i < count; ++i) {
    if (ages_[i] != 0) {
      new_ids.push_back(hashes_[i]);
      undo_ages_.push_back(ages_[i]);
    }
    if (ages_[i] != DedupTable::kNeverSeen) {
      ++ledger.duplicate;
      continue;
    }
    const auto reason = static_cast<size_t>(events_[i].invalid_reason);
    if (reason == 0) {
      ++ledger.counted;
    } else {
      ++ledger.invalid[reason];
    }
    rows_.Add(events_[i]);
  }
}

Checkpoint PartitionCounter::Cut() {
  Checkpoint checkpoint;
  checkpoint.partition = partition_;
  checkpoint.begin = begin_;
  checkpoint.end = end_;
  checkpoint.last_append_time = last_append_time_;
  checkpoint.rows = rows_.Sorted();
  checkpoint.ledger = std::exchange(ledger_, {});
  checkpoint.new_ids = std::exchange(new_ids_, {});
  std::erase_if(checkpoint.new_ids, [](const NewIds& hour) { return hour.ids.empty(); });
  undo_ages_.clear();
  rows_.Clear();
  begin_ = end_;
  return checkpoint;
}

void PartitionCounter::Rollback() {
  ADTALLY_CHECK(new_ids_.size() <= 1,
                "a checkpoint over several append hours cannot be rolled back");
  for (const NewIds& hour : new_ids_) {
    for (size_t i = 0; i < hour.ids.size(); ++i) dedup_.Undo(hour.ids[i], undo_ages_[i]);
  }
  new_ids_.clear();
  undo_ages_.clear();
  ledger_.clear();
  rows_.Clear();
  end_ = begin_;
  last_append_time_ = AppendTime();
}

void PartitionCounter::Restore(std::span<const NewIds> new_ids) {
  ADTALLY_CHECK(empty(), "a checkpoint is under way");
  std::array<uint8_t, 1024> ages;
  for (const NewIds& hour : new_ids) {
    dedup_.AdvanceTo(hour.append_hour);
    for (size_t from = 0; from < hour.ids.size(); from += ages.size()) {
      const size_t count = std::min(ages.size(), hour.ids.size() - from);
      dedup_.InsertBatch({hour.ids.data() + from, count}, ages);
    }
  }
}

void PartitionCounter::Restore(AppendTime append_time, std::string_view payload) {
  ADTALLY_CHECK(empty(), "a checkpoint is under way");
  dedup_.AdvanceTo(HourOf(append_time));
  EventBatchReader reader(payload);
  Event event;
  EventField bad_field = EventField::kNone;
  while (reader.Next(event, bad_field)) {
    if (bad_field != EventField::kNone || Late(event, append_time)) continue;
    dedup_.Insert(HashBytes(event.event_id));
  }
}

}  // namespace adtally
