#include "maintenance/delayed_drops.h"

#include <utility>

#include "store/statement.h"

namespace adtally {

Result<uint64_t> DelayedDrops::Drop(const MaintenancePass& pass,
                                    const std::vector<std::string>& unneeded, int64_t grace_ms) {
  const int64_t now_ms = pass.clock.NowMs();
  std::map<std::string, int64_t> since_ms;
  for (const std::string& id : unneeded) {
    const auto known = since_ms_.find(id);
    since_ms[id] = known == since_ms_.end() ? now_ms : known->second;
  }
  since_ms_ = std::move(since_ms);
  uint64_t dropped = 0;
  for (auto at = since_ms_.begin(); at != since_ms_.end() && !pass.stopped();) {
    if (now_ms - at->second < grace_ms) {
      ++at;
      continue;
    }
    // Ids are digits and dashes.
    ADTALLY_TRY(RunStatement(
        pass.store,
        {"ALTER TABLE adtally." + table_ + " DROP PARTITION ID '" + at->first + "'", {}}, ""));
    at = since_ms_.erase(at);
    ++dropped;
  }
  return dropped;
}

}  // namespace adtally
