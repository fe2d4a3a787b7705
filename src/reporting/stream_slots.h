#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace adtally {

// Of answers that go on for as long as their client reads: how many at a time.
struct StreamLimits {
  int total = 0;
  int per_key = 0;
};

// Counts them. Thread-safe.
class StreamSlots {
 public:
  // `what`: "report files", for messages; `option`: the setting of the limit by key.
  StreamSlots(StreamLimits limits, std::string_view what, std::string_view option);

  // Held until the last copy goes, which must be before this object does. kResourceExhausted when
  // the key has its share, kUnavailable when all are taken.
  using Slot = std::shared_ptr<const void>;
  Result<Slot> Take(const std::string& key_id);

 private:
  void GiveBack(const std::string& key_id);

  const StreamLimits limits_;
  const std::string what_;
  const std::string option_;
  std::mutex mutex_;
  int taken_ = 0;
  std::map<std::string, int> by_key_;  // keys without any are left out
};

}  // namespace adtally
