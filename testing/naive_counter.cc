#include "testing/naive_counter.h"

namespace adtally {
namespace {

ReachKey ReachKeyOf(const Event& event) {
  return {static_cast<uint32_t>(event.time.value / 900'000), event.dimensions.advertiser_id,
          event.dimensions.campaign_id};
}

// A conversion is of the minute of its click; of its own where that is unknown, lies after it or
// more than 366 days before.
MinuteKey ClickKeyOf(const Event& event) {
  int64_t time_ms = event.time.value;
  if (event.click_time.value != 0 && event.click_time.value < time_ms &&
      event.click_time.value >= time_ms - 31'622'400'000) {
    time_ms = event.click_time.value;
  }
  MinuteKey key;
  key.minute = Minute(static_cast<uint32_t>(time_ms / 60'000));
  key.dimensions = event.dimensions;
  return key;
}

}  // namespace

LedgerRow& NaiveCounter::LedgerOf(AppendTime append_time) {
  last_append_time_ = append_time;
  const Minute minute(static_cast<uint32_t>(append_time.value / 60'000));
  LedgerRow& row = ledger_[minute];
  row.append_minute = minute;
  return row;
}

void NaiveCounter::AddBroken(AppendTime append_time) {
  LedgerRow& row = LedgerOf(append_time);
  ++row.received;
  ++row.rejected;
}

void NaiveCounter::Add(AppendTime append_time, const Event& event) {
  LedgerRow& ledger = LedgerOf(append_time);
  ++ledger.received;
  const int64_t age_ms = append_time.value - event.time.value;
  if (age_ms > int64_t{window_hours_} * 3'600'000 || age_ms < -300'000) {
    ++ledger.late;
    return;
  }
  const int64_t hour = append_time.value / 3'600'000;
  const auto seen = last_seen_hour_.find(std::string(event.event_id));
  const bool duplicate = seen != last_seen_hour_.end() && hour - seen->second <= window_hours_ + 1;
  if (seen == last_seen_hour_.end() || seen->second != hour) {
    new_ids_[static_cast<uint32_t>(hour)].push_back(HashBytes(event.event_id));
  }
  last_seen_hour_[std::string(event.event_id)] = hour;
  MinuteKey key;
  key.minute = Minute(static_cast<uint32_t>(event.time.value / 60'000));
  key.dimensions = event.dimensions;
  Measures& sums = rows_[key];
  if (duplicate) {
    ++ledger.duplicate;
    if (event.type == EventType::kImpression) ++sums.duplicate_impressions;
    if (event.type == EventType::kClick) ++sums.duplicate_clicks;
    if (event.type == EventType::kConversion) ++sums.duplicate_conversions;
    return;
  }
  if (event.invalid_reason == InvalidReason::kBot) {
    ++ledger.invalid[1];
    if (event.type == EventType::kImpression) ++sums.invalid_impressions;
    if (event.type == EventType::kClick) ++sums.invalid_clicks;
    if (event.type == EventType::kConversion) {
      ++sums.invalid_conversions;
      ++clicks_[ClickKeyOf(event)].invalid_conversions;
    }
    return;
  }
  ++ledger.counted;
  if (event.type == EventType::kImpression) {
    ++sums.impressions;
    if (event.user_hash != 0) reach_[ReachKeyOf(event)].insert(event.user_hash);
  }
  if (event.type == EventType::kClick) ++sums.clicks;
  if (event.type == EventType::kConversion) {
    ++sums.conversions;
    ClickMeasures& clicks = clicks_[ClickKeyOf(event)];
    ++clicks.conversions;
    clicks.conversion_value_micros += event.value_micros;
  }
  sums.spend_micros += event.cost_micros;
  sums.conversion_value_micros += event.value_micros;
}

Checkpoint NaiveCounter::Take(Partition partition, Offset begin, Offset end) {
  Checkpoint checkpoint{partition, begin, end, last_append_time_, {}, {}, {}, {}, {}};
  for (const auto& [key, measures] : rows_) checkpoint.rows.push_back({key, measures});
  for (const auto& [minute, row] : ledger_) checkpoint.ledger.push_back(row);
  for (const auto& [hour, ids] : new_ids_) checkpoint.new_ids.push_back({hour, ids});
  for (const auto& [key, users] : reach_) {
    std::vector<uint64_t>& all = checkpoint.reach.users;
    all.insert(all.end(), users.begin(), users.end());
    checkpoint.reach.groups.push_back({key, static_cast<uint32_t>(all.size())});
  }
  for (const auto& [key, sums] : clicks_) {
    checkpoint.click_conversions.push_back(
        {key, sums.conversions, sums.invalid_conversions, sums.conversion_value_micros});
  }
  rows_.clear();
  clicks_.clear();
  reach_.clear();
  ledger_.clear();
  new_ids_.clear();
  return checkpoint;
}

}  // namespace adtally
