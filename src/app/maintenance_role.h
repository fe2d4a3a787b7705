#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "app/background_task.h"
#include "app/config.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "maintenance/archive.h"
#include "maintenance/maintenance.h"
#include "reporting/maintenance_calls.h"
#include "store/store.h"
#include "tiers/archive_place.h"

namespace adtally {

// The settings of passes. kInvalidArgument when those of retention contradict each other.
Result<MaintenanceOptions> MaintenanceOptionsFor(const Config& config);

// Why the tiers of this store are not kept, in a sentence; empty when they are.
std::string WhyNoMaintenance(const Config& config);

// The maintenance part of a process: passes of rollups, retention and archive every
// maintenance.interval_s, and one when it is asked for.
class MaintenanceRole final : public MaintenanceCalls {
 public:
  // `complete_to_ms` as Maintenance takes it; it is first called by Start. Everything outlives it.
  MaintenanceRole(const Config& config, const MaintenanceOptions& options,
                  const ArchivePlace& archive_place,
                  std::function<std::optional<int64_t>()> complete_to_ms, Store& store,
                  const Clock& clock, Logger& logger);
  ~MaintenanceRole() override;

  // Begins the passes. Before the first reader of an embedded store: it drops what killed runs have
  // left there.
  void Start();
  // Ends a pass that is under way as soon as its statement is done. Start is not called again.
  void Stop();

  Result<std::string> RollUp() override;
  Result<std::string> MoveToArchive() override;
  MaintenanceState State() const override;
  MaintenanceStatus status() const { return maintenance_.status(); }

 private:
  const bool owns_store_;
  const std::chrono::milliseconds interval_;
  const std::string refusal_;
  Logger& logger_;
  Maintenance maintenance_;
  std::unique_ptr<Archive> archive_;  // null when there is none
  std::stop_source stop_;
  std::unique_ptr<BackgroundTask> passes_;
};

}  // namespace adtally
