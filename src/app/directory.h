#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/background_task.h"
#include "app/config.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "edge/landing_pages.h"
#include "reporting/api_keys.h"
#include "reporting/catalog.h"
#include "reporting/time_zones.h"
#include "store/store.h"

namespace adtally {

// What the edge and the API know of the store in memory: API keys, catalog, time zones. Where other
// processes may change them, it is read again every second.
class Directory {
 public:
  // Everything outlives it.
  static Result<std::unique_ptr<Directory>> Load(const Config& config, const std::string& admin_key,
                                                 Store& store, const Clock& clock, Logger& logger);

  const TimeZones& time_zones() const { return *time_zones_; }
  Catalog& catalog() { return *catalog_; }
  ApiKeys& api_keys() { return *api_keys_; }
  const LandingPages& landing_pages() const { return *landing_pages_; }

 private:
  Directory() = default;
  void Refresh(Logger& logger);

  std::optional<TimeZones> time_zones_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<ApiKeys> api_keys_;
  std::unique_ptr<LandingPages> landing_pages_;
  bool unreadable_ = false;  // since the last refresh
  std::optional<BackgroundTask> refresh_;
};

}  // namespace adtally
