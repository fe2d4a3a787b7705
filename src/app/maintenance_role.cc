#include "app/maintenance_role.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "app/archive_setup.h"

namespace adtally {

Result<MaintenanceOptions> MaintenanceOptionsFor(const Config& config) {
  const auto refused = [](std::string_view shorter, std::string_view longer) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("retention.{} must be at least retention.{}: what is dropped by the "
                             "finer time must still be there by the coarser one",
                             shorter, longer)};
  };
  if (config.retention_hour_days < config.retention_minute_days) {
    return refused("hour_days", "minute_days");
  }
  if (config.retention_day_days < config.retention_hour_days) {
    return refused("day_days", "hour_days");
  }
  MaintenanceOptions options;
  options.rollup_delay_ms = config.maintenance_rollup_delay_s * 1000;
  options.retention.minute_days = config.retention_minute_days;
  options.retention.day_days = config.retention_day_days;
  return options;
}

std::string WhyNoMaintenance(const Config& config) {
  if (config.store_kind != "clickhouse" || config.store_cluster.empty()) return "";
  return "no rollups and no retention with store.cluster: reports read the minutes, and none are "
         "dropped";
}

MaintenanceRole::MaintenanceRole(const Config& config, const MaintenanceOptions& options,
                                 const ArchivePlace& archive_place,
                                 std::function<std::optional<int64_t>()> complete_to_ms,
                                 Store& store, const Clock& clock, Logger& logger)
    : owns_store_(config.store_kind == "chdb"),
      interval_(config.maintenance_interval_s * 1000),
      refusal_(WhyNoMaintenance(config)),
      logger_(logger),
      maintenance_(options, std::move(complete_to_ms), store, clock, logger) {
  if (archive_place.kind == ArchivePlace::Kind::kNone) return;
  archive_ =
      std::make_unique<Archive>(ArchiveOptionsFor(config), archive_place, store, clock, logger);
}

MaintenanceRole::~MaintenanceRole() {
  Stop();
}

void MaintenanceRole::Start() {
  if (!refusal_.empty()) {
    logger_.Warning(refusal_);
    return;
  }
  if (owns_store_) maintenance_.DropLeftovers();
  passes_ = std::make_unique<BackgroundTask>(interval_, [this] {
    maintenance_.RunPass(stop_.get_token(), Maintenance::Redo::kScheduled);
    if (archive_) archive_->RunPass(stop_.get_token());
  });
}

void MaintenanceRole::Stop() {
  stop_.request_stop();
  passes_.reset();
}

Result<std::string> MaintenanceRole::RollUp() {
  if (!refusal_.empty()) return Error{ErrorCode::kConflict, refusal_};
  return maintenance_.RunPass(stop_.get_token()).json();
}

Result<std::string> MaintenanceRole::MoveToArchive() {
  if (!refusal_.empty()) return Error{ErrorCode::kConflict, refusal_};
  if (archive_) return archive_->RunPass(stop_.get_token()).json();
  return Error{ErrorCode::kConflict,
               "archive.kind is \"none\" here, so that hours stay in the store"};
}

MaintenanceState MaintenanceRole::State() const {
  MaintenanceStatus status = maintenance_.status();
  return {.passes = status.passes,
          .failed_passes = status.failed_passes,
          .last_ended_ms = status.last_ended_ms,
          .last_duration_ms = status.last_duration_ms,
          .last_problems = std::move(status.last_problems)};
}

}  // namespace adtally
