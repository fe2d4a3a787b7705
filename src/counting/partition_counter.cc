#include "counting/partition_counter.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "counting/rejection.h"
#include "event/json_codec.h"
#include "event/protobuf_codec.h"

namespace adtally {
namespace {

uint32_t HourOf(AppendTime time) {
  return static_cast<uint32_t>(time.value / kMillisPerHour);
}

Minute MinuteOf(AppendTime time) {
  return Minute(static_cast<uint32_t>(time.value / kMillisPerMinute));
}

bool IsValidImpression(const Event& event) {
  return event.type == EventType::kImpression && event.invalid_reason == InvalidReason::kNone;
}

DedupOptions DedupOptionsFor(const CountingOptions& options) {
  DedupOptions dedup;
  // One hour longer than what is late, because an event may be appended up to kMaxFutureMs before
  // its own time: then a duplicate within the window of its time is still more than the window
  // after it was first appended.
  static_assert(kMaxFutureMs <= kMillisPerHour);
  dedup.window_hours = options.dedup_window_hours + 1;
  dedup.max_ids = options.max_ids;
  return dedup;
}

}  // namespace

PartitionCounter::PartitionCounter(Partition partition, CountingOptions options)
    : partition_(partition),
      options_(options),
      json_(options.record_format == RecordFormat::kJson ? std::make_unique<JsonEventDecoder>()
                                                         : nullptr),
      dedup_(DedupOptionsFor(options)) {}

PartitionCounter::~PartitionCounter() = default;

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
  const Minute minute = MinuteOf(append_time);
  if (ledger_.empty() || ledger_.back().append_minute != minute) {
    ledger_.push_back({});
    ledger_.back().append_minute = minute;
  }
  return ledger_.back();
}

NewIds& PartitionCounter::CurrentNewIds() {
  const uint32_t hour = HourOf(last_append_time_);
  if (new_ids_.empty() || new_ids_.back().append_hour != hour) {
    new_ids_.push_back({hour, {}});
    new_ids_.back().ids.reserve(expected_new_ids_);
  }
  return new_ids_.back();
}

bool PartitionCounter::Fits(AppendTime append_time) const {
  return empty() || HourOf(append_time) == HourOf(last_append_time_);
}

bool PartitionCounter::IsJson(std::string_view payload) const {
  return json_ != nullptr && !IsAppendedBatch(payload);
}

template <class OnEvent>
void PartitionCounter::Decode(AppendTime append_time, std::string_view payload, LedgerRow& ledger,
                              OnEvent on_event) {
  Event event;
  EventField bad_field = EventField::kNone;
  const auto judge = [&] {
    ++ledger.received;
    if (IsRejected(event, bad_field)) {
      ++ledger.rejected;
    } else if (Late(event, append_time)) {
      ++ledger.late;
    } else {
      on_event(event);
    }
  };
  const bool is_json = IsJson(payload);
  if (is_json && !json_->Open(payload).ok()) {
    ++ledger.received;
    ++ledger.rejected;
    return;
  }
  if (!is_json) {
    EventBatchReader reader(EventBatchOf(payload));
    while (reader.Next(event, bad_field)) judge();
    return;
  }
  while (json_->Next(event, bad_field)) judge();
}

void PartitionCounter::Count(AppendTime append_time, std::string_view payload) {
  ADTALLY_CHECK(append_time >= last_append_time_, "append times never fall");
  if (MinuteOf(append_time) != MinuteOf(last_append_time_)) FlushBatch();
  last_append_time_ = append_time;
  dedup_.AdvanceTo(HourOf(append_time));
  LedgerRow& ledger = LedgerOf(append_time);
  const uint64_t rejected = ledger.rejected;
  Decode(append_time, payload, ledger, [&](const Event& event) { AddToBatch(event, ledger); });
  if (ledger.rejected != rejected && options_.rejected_events != nullptr) ShowRejected(payload);
  ++end_;
}

void PartitionCounter::SkipTo(Offset to) {
  ADTALLY_CHECK(to >= end_, "offsets rise");
  end_ = to;
}

void PartitionCounter::ShowRejected(std::string_view payload) {
  RejectedEvent where;
  where.partition = partition_;
  where.offset = end_;
  where.append_time = last_append_time_;
  ShowRejectedEvents(payload, IsJson(payload) ? json_.get() : nullptr, std::move(where),
                     *options_.rejected_events);
}

void PartitionCounter::AddToBatch(const Event& event, LedgerRow& ledger) {
  if (event.user_hash != 0 && IsValidImpression(event)) {
    batch_viewings_[batch_viewings_size_++] = ViewingOf(event, static_cast<uint32_t>(batch_size_));
  }
  if (event.type == EventType::kConversion) [[unlikely]] {
    batch_conversions_[batch_conversions_size_++] =
        ClickConversionOf(event, static_cast<uint32_t>(batch_size_));
  }
  batch_deltas_[batch_size_] = DeltaOf(event);
  batch_ids_[batch_size_++] = HashBytes(event.event_id);
  if (batch_size_ == kBatch) CountBatch(ledger);
}

void PartitionCounter::CountBatch(LedgerRow& ledger) {
  for (size_t i = 0; i < batch_size_; ++i) rows_.Prefetch(batch_deltas_[i]);
  std::array<uint8_t, kBatch> ages;
  dedup_.InsertBatch({batch_ids_.data(), batch_size_}, ages);
  RememberNewIds({ages.data(), batch_size_});
  RememberViewings({ages.data(), batch_size_});
  CountClickConversions({ages.data(), batch_size_});
  size_t duplicate = 0, invalid = 0;
  for (size_t i = 0; i < batch_size_; ++i) {
    EventDelta& delta = batch_deltas_[i];
    if (ages[i] != DedupTable::kNeverSeen) [[unlikely]] {
      delta = AsDuplicate(delta);
      rows_.Prefetch(delta);
      ++duplicate;
    } else if (delta.invalid_reason != InvalidReason::kNone) {
      ++ledger.invalid[static_cast<size_t>(delta.invalid_reason)];
      ++invalid;
    }
  }
  ledger.counted += batch_size_ - duplicate - invalid;
  ledger.duplicate += duplicate;
  rows_.Add({batch_deltas_.data(), batch_size_});
  batch_size_ = 0;
}

void PartitionCounter::RememberNewIds(std::span<const uint8_t> ages) {
  std::vector<Hash128>& new_ids = CurrentNewIds().ids;
  // Mostly all of them: an id is new in its hour unless the hour has seen it.
  if (std::memchr(ages.data(), 0, ages.size()) == nullptr) {
    new_ids.insert(new_ids.end(), batch_ids_.begin(), batch_ids_.begin() + ages.size());
    undo_ages_.insert(undo_ages_.end(), ages.begin(), ages.end());
    return;
  }
  for (size_t i = 0; i < ages.size(); ++i) {
    if (ages[i] == 0) continue;
    new_ids.push_back(batch_ids_[i]);
    undo_ages_.push_back(ages[i]);
  }
}

void PartitionCounter::RememberViewings(std::span<const uint8_t> ages) {
  for (size_t i = 0; i < batch_viewings_size_; ++i) {
    const Viewing& viewing = batch_viewings_[i];
    if (ages[viewing.event] == DedupTable::kNeverSeen) reach_.Add(viewing.key, viewing.user_hash);
  }
  batch_viewings_size_ = 0;
}

void PartitionCounter::CountClickConversions(std::span<const uint8_t> ages) {
  for (size_t i = 0; i < batch_conversions_size_; ++i) {
    const ClickConversion& conversion = batch_conversions_[i];
    if (ages[conversion.event] == DedupTable::kNeverSeen) click_conversions_.Add(conversion.delta);
  }
  batch_conversions_size_ = 0;
}

void PartitionCounter::FlushBatch() {
  if (batch_size_ > 0) CountBatch(ledger_.back());
}

Checkpoint PartitionCounter::Cut() {
  FlushBatch();
  Checkpoint checkpoint;
  checkpoint.partition = partition_;
  checkpoint.begin = begin_;
  checkpoint.end = end_;
  checkpoint.last_append_time = last_append_time_;
  checkpoint.rows = rows_.Sorted();
  checkpoint.reach = reach_.Sorted();
  checkpoint.click_conversions = click_conversions_.Sorted();
  expected_new_ids_ = undo_ages_.size();
  checkpoint.ledger = std::exchange(ledger_, {});
  checkpoint.new_ids = std::exchange(new_ids_, {});
  std::erase_if(checkpoint.new_ids, [](const NewIds& hour) { return hour.ids.empty(); });
  undo_ages_.clear();
  rows_.Clear();
  reach_.Clear();
  click_conversions_.Clear();
  begin_ = end_;
  return checkpoint;
}

void PartitionCounter::Rollback() {
  batch_size_ = 0;
  batch_viewings_size_ = 0;
  batch_conversions_size_ = 0;
  ADTALLY_CHECK(new_ids_.size() <= 1,
                "a checkpoint over several append hours cannot be rolled back");
  for (const NewIds& hour : new_ids_) {
    for (size_t i = 0; i < hour.ids.size(); ++i) dedup_.Undo(hour.ids[i], undo_ages_[i]);
  }
  new_ids_.clear();
  undo_ages_.clear();
  ledger_.clear();
  rows_.Clear();
  reach_.Clear();
  click_conversions_.Clear();
  end_ = begin_;
  last_append_time_ = AppendTime();
}

void PartitionCounter::ReserveIds(uint64_t ids) {
  dedup_.Reserve(ids);
}

void PartitionCounter::Restore(uint32_t append_hour, std::span<const Hash128> ids) {
  ADTALLY_CHECK(empty(), "a checkpoint is under way");
  dedup_.AdvanceTo(append_hour);
  std::array<uint8_t, kBatch> ages;
  for (; !ids.empty(); ids = ids.subspan(std::min(kBatch, ids.size()))) {
    const auto batch = ids.first(std::min(kBatch, ids.size()));
    dedup_.InsertBatch(batch, ages);
  }
}

void PartitionCounter::Restore(AppendTime append_time, std::string_view payload) {
  ADTALLY_CHECK(empty(), "a checkpoint is under way");
  const uint32_t hour = HourOf(append_time);
  LedgerRow unused;
  size_t size = 0;
  Decode(append_time, payload, unused, [&](const Event& event) {
    batch_ids_[size++] = HashBytes(event.event_id);
    if (size < kBatch) return;
    Restore(hour, batch_ids_);
    size = 0;
  });
  Restore(hour, {batch_ids_.data(), size});
}

}  // namespace adtally
