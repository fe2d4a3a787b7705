#pragma once

#include <cstdint>
#include <string>

#include "base/recent_rejections.h"
#include "base/result.h"
#include "reporting/maintenance_calls.h"
#include "store/store.h"

namespace adtally {

// What a process knows beside what is in the store; null when it does not do that.
struct StatusSources {
  const MaintenanceCalls* maintenance = nullptr;
  const RecentRejections* rejections = nullptr;
};

// The JSON answer of GET /v1/status, for operators: where the events of the last day went, how far
// the tiers are rolled up, what is archived, how maintenance goes and what was not taken. Blocks on
// the store.
Result<std::string> RunStatus(Store& store, const StatusSources& sources, int64_t now_ms);

}  // namespace adtally
