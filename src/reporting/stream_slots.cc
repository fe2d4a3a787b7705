#include "reporting/stream_slots.h"

namespace adtally {

StreamSlots::StreamSlots(StreamLimits limits, std::string_view what, std::string_view option)
    : limits_(limits), what_(what), option_(option) {}

Result<StreamSlots::Slot> StreamSlots::Take(const std::string& key_id) {
  std::lock_guard lock(mutex_);
  const auto own = by_key_.find(key_id);
  if (own != by_key_.end() && own->second >= limits_.per_key) {
    return Error{ErrorCode::kResourceExhausted,
                 "this key has " + std::to_string(own->second) + " " + what_ +
                     " open already; end one of them, or have " + option_ + " raised"};
  }
  if (taken_ >= limits_.total) {
    return Error{ErrorCode::kUnavailable, "too many " + what_ + " are open; try again"};
  }
  ++taken_;
  ++by_key_[key_id];
  return Slot(this, [this, key_id](const void*) { GiveBack(key_id); });
}

void StreamSlots::GiveBack(const std::string& key_id) {
  std::lock_guard lock(mutex_);
  --taken_;
  const auto own = by_key_.find(key_id);
  if (--own->second == 0) by_key_.erase(own);
}

}  // namespace adtally
