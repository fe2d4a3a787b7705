#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/logger.h"
#include "maintenance/click_retention.h"
#include "maintenance/maintenance_summary.h"
#include "maintenance/reach_retention.h"
#include "maintenance/redo_schedule.h"
#include "maintenance/tier_garbage.h"
#include "maintenance/tier_retention.h"
#include "store/store.h"

namespace adtally {

struct MaintenanceOptions {
  int64_t rollup_delay_ms = 120'000;  // from the end of an hour to its first rollup
  TierRetention retention;
  // No other process writes or reads the store: what is not needed is dropped at once.
  bool alone = false;
};

// Keeps the tiers: rolls minutes up by hour and by day, drops what is too old and what rollups have
// left behind. Thread-safe.
class Maintenance {
 public:
  // `complete_to_ms` says up to which append time, ms since the epoch, all events are in the store;
  // nullopt while that is unknown. Everything outlives it.
  Maintenance(const MaintenanceOptions& options,
              std::function<std::optional<int64_t>()> complete_to_ms, Store& store,
              const Clock& clock, Logger& logger);

  // Drops what killed runs have left, at once. Only while nobody else writes rollups or reads by a
  // plan that was made before: at the start of the process that owns the store.
  void DropLeftovers();

  // One pass over all that is due; a second caller waits for the first. What fails is in the
  // summary's problems and in the log, and does not stop the rest. `stop` ends it between two
  // statements. `redo`: hours that got late events since they were rolled up.
  enum class Redo : uint8_t { kAll, kScheduled };
  MaintenanceSummary RunPass(std::stop_token stop, Redo redo = Redo::kAll);

  MaintenanceStatus status() const;

 private:
  void RollUp(const MaintenancePass& pass, Redo redo, MaintenanceSummary& summary);
  void Retire(const MaintenancePass& pass, MaintenanceSummary& summary);
  void CollectGarbage(const MaintenancePass& pass, bool alone, MaintenanceSummary& summary);
  void Note(const MaintenanceSummary& summary, int64_t began_us);

  const MaintenanceOptions options_;
  const std::function<std::optional<int64_t>()> complete_to_ms_;
  Store& store_;
  const Clock& clock_;
  Logger& logger_;

  std::mutex pass_mutex_;  // held during a pass
  RedoSchedule schedule_;
  MinuteRetention minutes_;
  ReachRetention reach_;
  ClickRetention clicks_;
  std::vector<TierGarbage> garbage_;

  mutable std::mutex status_mutex_;
  MaintenanceStatus status_;
};

}  // namespace adtally
