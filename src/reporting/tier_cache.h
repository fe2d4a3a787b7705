#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "reporting/answer_cache.h"
#include "reporting/constant_answers.h"
#include "store/store.h"
#include "tiers/tier.h"
#include "tiers/tier_status.h"

namespace adtally {

// In which time zone an advertiser's rows of adtally.day are, and from which day on.
struct DayAccount {
  uint32_t advertiser_id = 0;
  uint32_t zone = 0;      // index into PublishedTiers::zones
  uint32_t from_day = 0;  // days since the epoch
};

inline constexpr size_t kDefaultAnswerBytes = 64 << 20;

// What is published of the tiers.
struct PublishedTiers {
  std::map<Tier, int64_t> floors = {};
  std::map<uint32_t, TierPartition> days = {};  // all by ReadTierStatus
  std::map<uint32_t, TierPartition> hours = {};
  std::map<uint32_t, TierPartition> archive = {};
  std::map<uint32_t, TierPartition> reach = {};
  std::vector<std::string> zones = {};
  std::vector<DayAccount> accounts = {};  // ascending by advertiser

  int64_t FloorOf(Tier tier) const;  // INT64_MIN when it has none
};

// Remembers what was read of the tiers for one report and has not changed for the next. What it
// returns is as new as if it had been read in the call: a small statement asks whether anything has
// changed. Thread-safe.
class TierCache {
 public:
  explicit TierCache(size_t answer_bytes = kDefaultAnswerBytes) : answers_(answer_bytes) {}

  // What it names stays readable for the grace time of superseded generations, longer than a report
  // may take.
  Result<std::shared_ptr<const PublishedTiers>> Published(Store& store);

  // HourMarks, of hours with receipts. Those of hours whose parts in the store are still the same
  // are not read again; where the store does not list its parts, all are.
  Result<std::map<int64_t, uint64_t>> Marks(Store& store, int64_t from_s, int64_t to_s);

  // When the days of time zones begin, and since when conversions are counted by click
  // and duplicates by row.
  ConstantAnswers& constants() { return constants_; }
  // What was summed of published rows.
  AnswerCache& answers() { return answers_; }

 private:
  struct Mark {
    uint64_t parts = 0;  // a hash of the parts' names
    uint64_t mark = 0;
  };

  std::mutex mutex_;      // never held while the store is asked
  uint64_t version_ = 0;  // a hash of what is published
  std::shared_ptr<const PublishedTiers> published_;
  std::map<int64_t, Mark> marks_;
  ConstantAnswers constants_;
  AnswerCache answers_;
};

}  // namespace adtally
