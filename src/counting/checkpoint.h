#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <vector>

#include "base/hash.h"
#include "base/strong.h"
#include "base/utc_date.h"
#include "counting/measures.h"
#include "event/event.h"

namespace adtally {

// The key of a minute row: a tumbling window of one minute, [n, n+1) minutes since the epoch, and
// all dimensions.
struct MinuteKey {
  Minute minute;
  Dimensions dimensions;

  uint32_t hour() const { return minute.value / 60; }  // since the epoch: a store partition
  uint32_t month() const { return MonthNumber(int64_t{minute.value} * kSecondsPerMinute); }

  // The order of the store's minute table: hour, advertiser, campaign, minute, ad group, creative,
  // device, country, region. Sorted rows go into it as they are, hour by hour.
  friend std::strong_ordering operator<=>(const MinuteKey& a, const MinuteKey& b) {
    const Dimensions& x = a.dimensions;
    const Dimensions& y = b.dimensions;
    if (auto c = a.hour() <=> b.hour(); c != 0) return c;
    if (auto c = x.advertiser_id <=> y.advertiser_id; c != 0) return c;
    if (auto c = x.campaign_id <=> y.campaign_id; c != 0) return c;
    if (auto c = a.minute <=> b.minute; c != 0) return c;
    return x <=> y;
  }
  friend bool operator==(const MinuteKey&, const MinuteKey&) = default;
};

// One delta of a minute: the store sums the deltas of all checkpoints and partitions.
struct MinuteRow {
  MinuteKey key;
  Measures measures;
  friend bool operator==(const MinuteRow&, const MinuteRow&) = default;
};

// Where every event that entered in one minute of append time went. Invariant:
// received = counted + duplicate + sum(invalid) + late + rejected.
struct LedgerRow {
  Minute append_minute;
  uint64_t received = 0;
  uint64_t counted = 0;
  uint64_t duplicate = 0;
  std::array<uint64_t, kInvalidReasons> invalid{};  // by InvalidReason; [0] is always 0
  uint64_t late = 0;                                // too old or too far ahead to judge
  uint64_t rejected = 0;                            // cannot be decoded
  friend bool operator==(const LedgerRow&, const LedgerRow&) = default;
};

// A campaign in a quarter of an hour of event time, [n, n+1) quarters since the epoch: every time
// zone's days begin at one.
struct ReachKey {
  uint32_t quarter = 0;
  uint32_t advertiser_id = 0;
  uint32_t campaign_id = 0;
  friend auto operator<=>(const ReachKey&, const ReachKey&) = default;
};

// Who saw at least one valid impression of the key that was counted.
struct ReachGroup {
  ReachKey key;
  uint32_t users_end = 0;  // its users are those from the end of the group before to here
  friend bool operator==(const ReachGroup&, const ReachGroup&) = default;
};

// Users by what they saw. The store takes the union over all checkpoints.
struct Reach {
  std::vector<ReachGroup> groups;  // sorted by key, keys unique
  std::vector<uint64_t> users;     // their hashes: of each group sorted, unique and not 0
  friend bool operator==(const Reach&, const Reach&) = default;
};

// Conversions once more, by when the click that led to them happened: `key.minute` is the click's
// (see CountedClickTime). A delta as a minute row is.
struct ClickConversionRow {
  MinuteKey key;
  uint64_t conversions = 0;
  uint64_t invalid_conversions = 0;
  int64_t conversion_value_micros = 0;
  friend bool operator==(const ClickConversionRow&, const ClickConversionRow&) = default;
};

// The event ids that deduplication had not yet noted as seen in this hour of append time, in log
// order: new ones, and those last seen in an earlier hour. All that deduplication must remember of
// a checkpoint.
struct NewIds {
  uint32_t append_hour = 0;  // hours since the epoch
  std::vector<Hash128> ids;
  friend bool operator==(const NewIds&, const NewIds&) = default;
};

// The result of counting the records [begin, end) of one partition: a pure function of the log.
struct Checkpoint {
  Partition partition;
  Offset begin;
  Offset end;
  AppendTime last_append_time;    // of the record at end - 1
  std::vector<MinuteRow> rows;    // sorted by key, keys unique
  std::vector<LedgerRow> ledger;  // sorted by append_minute, unique
  std::vector<NewIds> new_ids;    // hours ascending
  Reach reach;
  std::vector<ClickConversionRow> click_conversions;  // sorted by key, keys unique
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

}  // namespace adtally
