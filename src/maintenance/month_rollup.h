#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "maintenance/local_days.h"
#include "maintenance/maintenance_pass.h"
#include "store/store.h"
#include "tiers/tier_status.h"

namespace adtally {

// What a rollup by the day did.
struct DayRollup {
  uint64_t days = 0;                  // rolled up
  uint64_t compacted_months = 0;      // brought into one generation
  uint64_t changed_meanwhile = 0;     // days left to the next pass, because something else changed
  std::vector<std::string> problems;  // of days that were left out, in sentences
};

// On what a day is published: SQL expressions.
struct DayConditions {
  std::string unchanged = "1";  // what another process may change at any time: then it is left
  std::string sums = "1";       // the rows hold what they were made of: else that is a problem
  std::vector<SqlParam> params = {};
};

// The months of a tier by the day: what is published of them, and what one rollup adds.
class MonthRollup {
 public:
  struct Kind {
    Tier tier;
    Result<bool> (*compact)(const MaintenancePass& pass, TierPartition& month);
    std::string_view what;     // the sentence of a problem: "the rollup of"
    std::string_view refused;  // "does not hold …: reports read the hours"
  };

  // `pass` outlives it.
  static Result<MonthRollup> Read(const MaintenancePass& pass, const Kind& kind);

  bool Has(const LocalDay& day) const;
  // Publishes the day's rows in `generation`, if the conditions hold and nobody else has published
  // the month.
  Result<void> Publish(const LocalDay& day, Generation generation, const DayConditions& conditions);
  // A day without rows: published together with its neighbours, by Finish at the latest.
  Result<void> PublishEmpty(const LocalDay& day);
  Result<void> Finish();
  // Brings the month into one generation if it is complete.
  Result<void> Compact(uint32_t month);

  DayRollup& result() { return result_; }

 private:
  MonthRollup(const MaintenancePass& pass, const Kind& kind) : pass_(&pass), kind_(kind) {}
  TierPartition& MonthOf(uint32_t number);
  Result<bool> HasChanged(uint64_t version, const TierPartition& month,
                          const DayConditions& conditions) const;

  const MaintenancePass* pass_;
  Kind kind_;
  std::map<uint32_t, TierPartition> months_;
  uint32_t empty_month_ = 0;
  std::vector<TierSlot> empty_;  // days of that month that are to be published
  DayRollup result_;
};

}  // namespace adtally
