#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"

namespace adtally {

// How often something may happen: `burst` times at once, and `per_second` times in the long run.
struct RatePolicy {
  double per_second = 0;
  double burst = 0;  // at least 1
};

// What is left of an allowance after one more use, or after none was left.
struct RateVerdict {
  bool allowed = true;
  int64_t remaining = 0;  // whole uses that are left
  int64_t full_s = 0;     // seconds until the burst is there again
  int64_t retry_s = 0;    // seconds until the next use is allowed; 0 when it is now
};

// One token bucket for each of many users, by name. Memory is bounded: beyond kMaxBuckets the full
// ones, which say nothing, are forgotten, and when none is full all are. Thread-safe. The clock
// must outlive it.
class TokenBuckets {
 public:
  static constexpr size_t kMaxBuckets = 100'000;

  TokenBuckets(RatePolicy policy, const Clock& clock) : policy_(policy), clock_(clock) {}

  RateVerdict Take(std::string_view name);
  // Undoes one Take that was allowed.
  void GiveBack(std::string_view name);

  const RatePolicy& policy() const { return policy_; }

 private:
  struct Bucket {
    double tokens = 0;
    int64_t at_us = 0;  // when `tokens` was right
  };

  Bucket& Refilled(std::string_view name);
  double TokensAt(const Bucket& bucket, int64_t now_us) const;
  void MakeRoom(int64_t now_us);

  const RatePolicy policy_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;  // guarded by mutex_
};

}  // namespace adtally
