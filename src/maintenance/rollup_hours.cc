#include "maintenance/rollup_hours.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/rfc3339.h"
#include "maintenance/catalog_zones.h"
#include "maintenance/compaction.h"
#include "maintenance/hour_rows.h"
#include "maintenance/tier_publisher.h"
#include "maintenance/tier_state.h"
#include "store/sql_param.h"
#include "tiers/tier_content.h"

namespace adtally {
namespace {

// Hours with rows in one generation, which are checked in one statement: what bounds its time.
constexpr size_t kHoursPerGeneration = 6;

using BrokenZones = std::map<int64_t, std::vector<std::string>>;

// Sums one hour of minutes into a generation. The sorted key of the minutes begins with what is
// grouped by, so that the engine needs memory for one campaign at a time.
Statement RollUpStatement(Generation generation, int64_t hour_s,
                          const std::vector<std::string>& broken_zones,
                          const std::string& settings) {
  const std::string hour = "toDateTime(" + std::to_string(hour_s) + ", 'UTC')";
  std::string bucket = hour + " AS hour, 60 AS hour_minutes";
  std::string keys(kDimensionColumns);
  Statement statement;
  if (!broken_zones.empty()) {
    const std::string in_quarters =
        "advertiser_id IN (SELECT id FROM adtally.advertisers FINAL WHERE time_zone IN "
        "{zones:Array(String)})";
    bucket = "if(" + in_quarters + ", toStartOfFifteenMinutes(minute), " + hour + ") AS hour, if(" +
             in_quarters + ", 15, 60) AS hour_minutes";
    keys += ", hour, hour_minutes";
    statement.params.push_back({"zones", StringArray(broken_zones)});
  }
  statement.sql = "INSERT INTO adtally.hour (hour, hour_minutes, generation, " +
                  std::string(kDimensionColumns) + ", " + std::string(kMeasureColumns) +
                  ") SELECT " + bucket + ", " + std::to_string(generation) + " AS generation, " +
                  std::string(kDimensionColumns) + ", " + SummedMeasures() + " FROM " +
                  MinuteRows(hour_s) + " GROUP BY " + keys +
                  " SETTINGS optimize_aggregation_in_order = 1, optimize_on_insert = 0" + settings;
  return statement;
}

class HourRoller {
 public:
  HourRoller(const MaintenancePass& pass, int64_t complete_to_ms, int64_t delay_ms,
             RedoSchedule* redo)
      : pass_(pass), complete_to_ms_(complete_to_ms), delay_ms_(delay_ms), redo_(redo) {}

  Result<HourRollup> Run();

 private:
  // What is to be done with the hours of a day.
  struct Work {
    std::vector<TierSlot> roll_up;  // without generation
    std::vector<TierSlot> finals;   // clean ones that are final now
  };

  Result<void> ReadState();
  bool IsOver(int64_t hour_s) const {
    return (hour_s + kHourS) * 1000 + delay_ms_ <= complete_to_ms_;
  }
  bool IsFinal(int64_t hour_s) const {
    return (hour_s + kHourS) * 1000 + kFinalAfterMs < complete_to_ms_;
  }
  bool MayRollUp(int64_t hour_s) const;
  bool MayWait(int64_t hour_s) const {
    return redo_ != nullptr && !redo_->IsDue(hour_s, pass_.clock.NowMs() / 1000);
  }
  Work WorkOf(int64_t day_s) const;
  Result<void> RollUpDay(int64_t day_s);
  Result<void> AddHour(int64_t day_s, TierSlot slot, const BrokenZones& zones,
                       TierChanges& changes);
  Result<void> Publish(TierPartition& day, TierChanges& changes);
  Result<void> ExplainRefusal(const TierPartition& day, const TierChanges& changes);
  void FindRolledTo();

  const MaintenancePass& pass_;
  const int64_t complete_to_ms_;
  const int64_t delay_ms_;
  RedoSchedule* const redo_;
  HourRollup result_;
  TierState state_;
  std::set<int64_t> with_minutes_;
  std::vector<std::string> zones_;
  std::map<int64_t, uint64_t> marks_;
  int64_t begin_s_ = 0;  // of the first day
  int64_t end_s_ = 0;    // of the last hour that is over
};

Result<void> HourRoller::ReadState() {
  ADTALLY_ASSIGN(state_, ReadTierState(pass_.store));
  ADTALLY_ASSIGN(const std::vector<int64_t> minutes, MinutePartitions(pass_.store));
  with_minutes_.insert(minutes.begin(), minutes.end());
  ADTALLY_ASSIGN(zones_, CatalogZones(pass_.store));

  end_s_ = std::max<int64_t>(0, (complete_to_ms_ - delay_ms_) / 1000 / kHourS * kHourS);
  begin_s_ = end_s_;
  if (!minutes.empty()) begin_s_ = std::min(begin_s_, minutes.front() / kDayS * kDayS);
  if (!state_.hours.empty()) begin_s_ = std::min(begin_s_, DayStart(state_.hours.begin()->first));
  int64_t open_s = begin_s_;
  while (open_s < end_s_) {
    const TierSlot* slot = FindHour(state_.hours, open_s);
    if (slot == nullptr ? MayRollUp(open_s) : !slot->final) break;
    open_s += kHourS;
  }
  ADTALLY_ASSIGN(marks_, HourMarks(pass_.store, open_s, end_s_));
  return {};
}

// What the archive has is not rolled up again. Below the floor only an hour can need it that two
// processes lost by publishing at the same moment: it still has its minutes.
bool HourRoller::MayRollUp(int64_t hour_s) const {
  if (state_.WasArchived(hour_s)) return false;
  return hour_s >= state_.minute_floor_s || with_minutes_.contains(hour_s);
}

HourRoller::Work HourRoller::WorkOf(int64_t day_s) const {
  Work work;
  for (int64_t hour_s = day_s; hour_s < day_s + kDayS && IsOver(hour_s); hour_s += kHourS) {
    const TierSlot* published = FindHour(state_.hours, hour_s);
    if (published == nullptr ? !MayRollUp(hour_s) : published->final) continue;
    const auto mark = marks_.find(hour_s);
    TierSlot slot{.slot = static_cast<uint8_t>((hour_s - day_s) / kHourS),
                  .mark = mark == marks_.end() ? kEmptyHourMark : mark->second,
                  .final = IsFinal(hour_s)};
    if (published == nullptr || published->mark != slot.mark) {
      if (published != nullptr && !slot.final && MayWait(hour_s)) continue;
      work.roll_up.push_back(slot);
    } else if (slot.final) {
      slot.generation = published->generation;
      work.finals.push_back(slot);
    }
  }
  return work;
}

// Rolls the hour up under the slot's generation and adds it to what is published together.
Result<void> HourRoller::AddHour(int64_t day_s, TierSlot slot, const BrokenZones& zones,
                                 TierChanges& changes) {
  const int64_t hour_s = day_s + slot.slot * kHourS;
  changes.conditions.push_back(HourMark(hour_s) + " = " + std::to_string(slot.mark));
  if (slot.mark != kEmptyHourMark) {
    const auto broken = zones.find(hour_s);
    ADTALLY_TRY(RunStatement(
        pass_.store,
        RollUpStatement(slot.generation, hour_s,
                        broken == zones.end() ? std::vector<std::string>() : broken->second,
                        pass_.settings()),
        ""));
    changes.conditions.push_back(ContentHash(MinuteRows(hour_s)) + " = " +
                                 ContentHash(HourRows(slot.generation, hour_s)));
  }
  changes.slots.push_back(slot);
  return {};
}

Result<void> HourRoller::RollUpDay(int64_t day_s) {
  const uint32_t number = DayNumber(day_s);
  TierPartition& day =
      state_.hours.try_emplace(number, TierPartition{.partition = number}).first->second;
  const Work work = WorkOf(day_s);
  TierChanges changes;
  for (const TierSlot& slot : work.finals) {
    changes.conditions.push_back(HourMark(day_s + slot.slot * kHourS) + " = " +
                                 std::to_string(slot.mark));
    changes.slots.push_back(slot);
  }
  BrokenZones zones;
  if (!work.roll_up.empty()) {
    ADTALLY_ASSIGN(zones, BrokenHourZones(pass_.store, zones_, day_s, day_s + kDayS));
  }
  Generation generation = NewGeneration();
  size_t with_rows = 0;
  for (TierSlot slot : work.roll_up) {
    if (pass_.stopped()) break;
    if (slot.mark != kEmptyHourMark && ++with_rows > kHoursPerGeneration) {
      ADTALLY_TRY(Publish(day, changes));
      changes = {};
      generation = NewGeneration();
      with_rows = 1;
    }
    slot.generation = generation;
    ADTALLY_TRY(AddHour(day_s, slot, zones, changes));
  }
  ADTALLY_TRY(Publish(day, changes));
  if (pass_.stopped()) return {};
  ADTALLY_ASSIGN(const bool compacted, CompactHours(pass_, day));
  if (compacted) ++result_.compacted_days;
  return {};
}

Result<void> HourRoller::Publish(TierPartition& day, TierChanges& changes) {
  if (changes.slots.empty()) return {};
  const TierPartition before = day;
  ADTALLY_ASSIGN(const bool published, PublishChanges(pass_, Tier::kHour, changes, day));
  if (!published) return ExplainRefusal(before, changes);
  for (const TierSlot& slot : changes.slots) {
    const TierSlot* old = before.Find(slot.slot);
    if (old == nullptr || old->generation != slot.generation) {
      ++result_.hours;
      if (redo_ != nullptr) {
        redo_->Note(DayStart(day.partition) + slot.slot * kHourS, pass_.clock.NowMs() / 1000);
      }
    }
    if (slot.final) ++result_.finals;
  }
  return {};
}

// Rows that came meanwhile, or another process that was quicker, are nothing to worry about. That
// the sums differ although nothing has changed is.
Result<void> HourRoller::ExplainRefusal(const TierPartition& day, const TierChanges& changes) {
  const int64_t day_s = DayStart(day.partition);
  ADTALLY_ASSIGN(const auto marks, HourMarks(pass_.store, day_s, day_s + kDayS));
  bool changed = false;
  for (const TierSlot& slot : changes.slots) {
    const auto mark = marks.find(day_s + slot.slot * kHourS);
    changed = changed || slot.mark != (mark == marks.end() ? kEmptyHourMark : mark->second);
  }
  ADTALLY_ASSIGN(const auto now,
                 ReadTierStatus(pass_.store, Tier::kHour, day.partition, day.partition));
  const auto found = now.find(day.partition);
  changed = changed || (found == now.end() ? 0 : found->second.version) != day.version;
  if (changed) {
    result_.changed_meanwhile += changes.slots.size();
    return {};
  }
  return Error{ErrorCode::kCorrupt,
               "the rollup of hours of " + FormatRfc3339(day_s, {}).substr(0, 10) +
                   " does not hold the sums of adtally.minute and was not published: reports read "
                   "the minutes; see whether the store's log tells of damaged parts"};
}

void HourRoller::FindRolledTo() {
  int64_t at = begin_s_;
  while (at < end_s_ && (FindHour(state_.hours, at) != nullptr || !MayRollUp(at))) at += kHourS;
  if (at > begin_s_) result_.rolled_to_s = at;
}

Result<HourRollup> HourRoller::Run() {
  ADTALLY_TRY(ReadState());
  for (int64_t day_s = begin_s_; day_s < end_s_ && !pass_.stopped(); day_s += kDayS) {
    const Result<void> done = RollUpDay(day_s);
    if (done.ok()) continue;
    if (done.error().code != ErrorCode::kCorrupt) return done.error();
    result_.problems.push_back(done.error().message);
  }
  FindRolledTo();
  return result_;
}

}  // namespace

Result<HourRollup> RollUpHours(const MaintenancePass& pass, int64_t complete_to_ms,
                               int64_t delay_ms, RedoSchedule* redo) {
  return HourRoller(pass, complete_to_ms, delay_ms, redo).Run();
}

}  // namespace adtally
