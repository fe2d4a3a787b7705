#include "maintenance/month_rollup.h"

#include <utility>

#include "maintenance/tier_publisher.h"
#include "store/row_binary_reader.h"
#include "store/statement.h"

namespace adtally {

Result<MonthRollup> MonthRollup::Read(const MaintenancePass& pass, const Kind& kind) {
  MonthRollup rollup(pass, kind);
  ADTALLY_ASSIGN(rollup.months_, ReadTierStatus(pass.store, kind.tier));
  return rollup;
}

bool MonthRollup::Has(const LocalDay& day) const {
  const auto month = months_.find(day.month);
  return month != months_.end() && month->second.Find(day.day) != nullptr;
}

TierPartition& MonthRollup::MonthOf(uint32_t number) {
  return months_.try_emplace(number, TierPartition{.partition = number}).first->second;
}

Result<void> MonthRollup::PublishEmpty(const LocalDay& day) {
  if (day.month != empty_month_) ADTALLY_TRY(Finish());
  empty_month_ = day.month;
  const Generation generation = empty_.empty() ? NewGeneration() : empty_.front().generation;
  empty_.push_back({.slot = day.day, .generation = generation, .final = true});
  return {};
}

Result<void> MonthRollup::Finish() {
  const TierChanges changes{.slots = std::exchange(empty_, {}), .conditions = {}};
  if (changes.slots.empty()) return {};
  ADTALLY_ASSIGN(const bool published,
                 PublishChanges(*pass_, kind_.tier, changes, MonthOf(empty_month_)));
  (published ? result_.days : result_.changed_meanwhile) += changes.slots.size();
  return {};
}

Result<void> MonthRollup::Publish(const LocalDay& day, Generation generation,
                                  const DayConditions& conditions) {
  ADTALLY_TRY(Finish());
  TierPartition& month = MonthOf(day.month);
  const uint64_t version = month.version;
  const TierChanges changes{.slots = {{.slot = day.day, .generation = generation, .final = true}},
                            .conditions = {conditions.unchanged, conditions.sums},
                            .params = conditions.params};
  ADTALLY_ASSIGN(const bool published, PublishChanges(*pass_, kind_.tier, changes, month));
  if (published) {
    ++result_.days;
    return {};
  }
  ADTALLY_ASSIGN(const bool changed, HasChanged(version, month, conditions));
  if (changed) {
    ++result_.changed_meanwhile;
  } else {
    result_.problems.push_back(std::string(kind_.what) + " " + day.text() + " " +
                               std::string(kind_.refused));
  }
  return {};
}

Result<bool> MonthRollup::HasChanged(uint64_t version, const TierPartition& month,
                                     const DayConditions& conditions) const {
  if (month.version != version) return true;
  ADTALLY_ASSIGN(const std::string answer,
                 RunStatement(pass_->store,
                              {"SELECT ifNull(toBool(" + conditions.unchanged + "), false)",
                               conditions.params},
                              "RowBinary"));
  RowBinaryReader reader(answer);
  const bool unchanged = reader.UInt8() != 0;
  if (reader.ok() && reader.done()) return !unchanged;
  return Error{ErrorCode::kInternal, "the store's answer about a rollup cannot be read"};
}

Result<void> MonthRollup::Compact(uint32_t number) {
  ADTALLY_TRY(Finish());
  const auto month = months_.find(number);
  if (month == months_.end() || pass_->stopped()) return {};
  auto compacted = kind_.compact(*pass_, month->second);
  if (!compacted.ok()) {
    if (compacted.error().code != ErrorCode::kCorrupt) return std::move(compacted).error();
    result_.problems.push_back(compacted.error().message);
  } else if (*compacted) {
    ++result_.compacted_months;
  }
  return {};
}

}  // namespace adtally
