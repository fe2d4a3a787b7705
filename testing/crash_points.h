#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace adtally {

// Where the simulated process can die, shared by the in-memory log, store and cache. Each of their
// mutating steps calls Hit("component.step.before") and Hit("component.step.after"): "before" means
// that the effect did not happen, "after" that it did although the caller got an error. Once
// crashed, every call of every double fails until Reset(), the restart. Thread-safe.
class CrashPoints {
 public:
  // The `countdown`-th Hit from now crashes; 0 disarms. Counting hits starts anew.
  void Arm(uint64_t countdown) {
    std::lock_guard lock(mutex_);
    countdown_ = countdown;
    hits_ = 0;
  }

  // True when the process is dead: the caller must fail with Crashed() and, at a "before" point, do
  // nothing.
  bool Hit(std::string_view where) {
    std::lock_guard lock(mutex_);
    if (suspended_) return false;
    if (crashed_) return true;
    ++hits_;
    last_ = where;
    if (countdown_ > 0 && --countdown_ == 0) crashed_ = true;
    return crashed_;
  }

  bool crashed() const {
    std::lock_guard lock(mutex_);
    return crashed_ && !suspended_;
  }

  // While suspended, the doubles answer as if alive and no hit is counted: for a look of the test
  // itself at what they hold.
  void Suspend(bool suspended) {
    std::lock_guard lock(mutex_);
    suspended_ = suspended;
  }

  // Hits since Arm() or Reset(), those of a dead process left out: how many places there are to
  // crash at.
  uint64_t hits() const {
    std::lock_guard lock(mutex_);
    return hits_;
  }

  // The last point that was hit alive: after a crash, where it was.
  std::string last() const {
    std::lock_guard lock(mutex_);
    return last_;
  }

  // The process starts again. Disarms.
  void Reset() {
    std::lock_guard lock(mutex_);
    crashed_ = false;
    countdown_ = 0;
    hits_ = 0;
    last_.clear();
  }

  // What a call of a dead process answers.
  static Error Crashed() { return {ErrorCode::kUnavailable, "crashed"}; }

 private:
  mutable std::mutex mutex_;
  uint64_t countdown_ = 0;
  uint64_t hits_ = 0;
  bool crashed_ = false;
  bool suspended_ = false;
  std::string last_;
};

}  // namespace adtally
