#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/strong.h"
#include "counting/checkpoint.h"
#include "event/event.h"
#include "testing/memory_checkpoint_store.h"

namespace adtally {

// The oracle: counts one partition the slow, obvious way, from the words of the rules and without
// any code of src/counting. Feed it every event of the log in order, also those of before the range
// of interest.
class NaiveCounter {
 public:
  explicit NaiveCounter(uint32_t dedup_window_hours) : window_hours_(dedup_window_hours) {}

  void Add(AppendTime append_time, const Event& event);
  // A broken record counts as one rejected event.
  void AddBroken(AppendTime append_time);

  // Of everything added since the start or the last Take.
  const std::map<MinuteKey, Measures>& rows() const { return rows_; }
  const std::map<Minute, LedgerRow>& ledger() const { return ledger_; }
  const std::map<ReachKey, std::set<uint64_t>>& reach() const { return reach_; }
  const std::map<MinuteKey, ClickMeasures>& clicks() const { return clicks_; }

  // What was added since the start or the last Take, as the checkpoint [begin, end); the event ids
  // seen stay remembered.
  Checkpoint Take(Partition partition, Offset begin, Offset end);

 private:
  LedgerRow& LedgerOf(AppendTime append_time);

  const uint32_t window_hours_;
  std::unordered_map<std::string, int64_t> last_seen_hour_;
  std::map<MinuteKey, Measures> rows_;
  std::map<Minute, LedgerRow> ledger_;
  std::map<ReachKey, std::set<uint64_t>> reach_;  // users
  std::map<MinuteKey, ClickMeasures> clicks_;
  std::map<uint32_t, std::vector<Hash128>> new_ids_;  // by append hour
  AppendTime last_append_time_;
};

}  // namespace adtally
