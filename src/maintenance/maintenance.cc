#include "maintenance/maintenance.h"

#include <iterator>
#include <utility>

#include "maintenance/rollup_days.h"
#include "maintenance/rollup_reach.h"

namespace adtally {
namespace {

// The value of a step, or a default one and a problem.
template <class T>
T Taken(Result<T> result, std::string_view step, MaintenanceSummary& summary) {
  if (result.ok()) return std::move(result).value();
  summary.problems.push_back(std::string(step) + ": " + result.error().message);
  return {};
}

void MoveProblems(std::vector<std::string>& from, MaintenanceSummary& summary) {
  summary.problems.insert(summary.problems.end(), std::make_move_iterator(from.begin()),
                          std::make_move_iterator(from.end()));
  from.clear();
}

}  // namespace

Maintenance::Maintenance(const MaintenanceOptions& options,
                         std::function<std::optional<int64_t>()> complete_to_ms, Store& store,
                         const Clock& clock, Logger& logger)
    : options_(options),
      complete_to_ms_(std::move(complete_to_ms)),
      store_(store),
      clock_(clock),
      logger_(logger) {
  garbage_.emplace_back(Tier::kHour, "hour");
  garbage_.emplace_back(Tier::kDay, "day");
  garbage_.emplace_back(Tier::kReach, "reach");
}

void Maintenance::RollUp(const MaintenancePass& pass, Redo redo, MaintenanceSummary& summary) {
  // Read before the rows, so that it never promises more than they hold.
  const std::optional<int64_t> complete_to_ms = complete_to_ms_();
  if (complete_to_ms) {
    summary.hours = Taken(RollUpHours(pass, *complete_to_ms, options_.rollup_delay_ms,
                                      redo == Redo::kAll ? nullptr : &schedule_),
                          "rolling hours up", summary);
    MoveProblems(summary.hours.problems, summary);
  }
  if (pass.stopped()) return;
  summary.days = Taken(RollUpDays(pass), "rolling days up", summary);
  MoveProblems(summary.days.problems, summary);
  if (pass.stopped()) return;
  summary.reach = Taken(RollUpReach(pass), "rolling reach up", summary);
  MoveProblems(summary.reach.problems, summary);
}

void Maintenance::Retire(const MaintenancePass& pass, MaintenanceSummary& summary) {
  auto minutes =
      Taken(minutes_.Apply(pass, options_.retention.minute_days, options_.alone ? 0 : kGraceMs),
            "dropping old minutes", summary);
  summary.minute_hours_dropped = minutes.dropped;
  MoveProblems(minutes.problems, summary);
  if (pass.stopped()) return;
  summary.day_months_dropped =
      Taken(RetireDays(pass, options_.retention.day_days), "dropping old days", summary);
  if (pass.stopped()) return;
  summary.reach_quarter_days_dropped =
      Taken(reach_.Apply(pass, options_.retention.minute_days, options_.alone ? 0 : kGraceMs),
            "dropping old quarters of reach", summary);
  summary.reach_months_dropped = Taken(RetireReach(pass), "dropping old reach", summary);
  if (pass.stopped()) return;
  summary.click_months_dropped = Taken(clicks_.Apply(pass, options_.alone ? 0 : kGraceMs),
                                       "dropping old conversions by click", summary);
}

void Maintenance::CollectGarbage(const MaintenancePass& pass, bool alone,
                                 MaintenanceSummary& summary) {
  for (TierGarbage& garbage : garbage_) {
    if (pass.stopped()) return;
    summary.generations_dropped +=
        Taken(garbage.Collect(pass, alone), "dropping replaced rollups", summary);
  }
}

void Maintenance::DropLeftovers() {
  std::lock_guard lock(pass_mutex_);
  MaintenanceSummary summary;
  CollectGarbage({store_, clock_, {}}, true, summary);
  for (const std::string& problem : summary.problems) logger_.Warning(problem);
}

MaintenanceSummary Maintenance::RunPass(std::stop_token stop, Redo redo) {
  std::lock_guard lock(pass_mutex_);
  const int64_t began_us = clock_.MonotonicMicros();
  const MaintenancePass pass{store_, clock_, std::move(stop), options_.alone ? 0u : 1u};
  MaintenanceSummary summary;
  if (!pass.stopped()) RollUp(pass, redo, summary);
  if (!pass.stopped()) Retire(pass, summary);
  if (!pass.stopped()) CollectGarbage(pass, options_.alone, summary);
  Note(summary, began_us);
  return summary;
}

void Maintenance::Note(const MaintenanceSummary& summary, int64_t began_us) {
  for (const std::string& problem : summary.problems) logger_.Warning("maintenance: " + problem);
  std::lock_guard lock(status_mutex_);
  ++status_.passes;
  if (!summary.problems.empty()) ++status_.failed_passes;
  status_.last_duration_ms = (clock_.MonotonicMicros() - began_us) / 1000;
  status_.last_ended_ms = clock_.NowMs();
  status_.last_problems = summary.problems;
  if (summary.hours.rolled_to_s) status_.rolled_to_s = summary.hours.rolled_to_s;
}

MaintenanceStatus Maintenance::status() const {
  std::lock_guard lock(status_mutex_);
  return status_;
}

}  // namespace adtally
