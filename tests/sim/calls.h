#pragma once

#include <functional>
#include <utility>

#include "base/result.h"
#include "sim/mishaps.h"
#include "testing/crash_points.h"

namespace adtally {

// Every call that one process makes to its log, store and cache goes through here: others may run
// before it, and the process may die before or after it. A dead process gets nothing done until it
// is restarted.
class Calls {
 public:
  // Both outlive the object. `others`: lets the other processes run, now and then.
  Calls(Mishaps& mishaps, std::function<void()> others)
      : mishaps_(mishaps), others_(std::move(others)) {}

  bool dead() const { return dead_; }
  void Restart() { dead_ = false; }
  Mishaps& mishaps() { return mishaps_; }

  static Error Failed() { return {ErrorCode::kUnavailable, "the call failed"}; }

  // A call that reads. `failed`: kCount when the call itself decides.
  template <class Call>
  auto Read(Mishap failed, const Call& call) -> decltype(call()) {
    if (Dies(Mishap::kDiedBeforeCall)) return CrashPoints::Crashed();
    if (Strikes(failed)) return Failed();
    return call();
  }

  // What a call that writes can do wrong; kCount for what it cannot.
  struct WriteMishaps {
    Mishap failed;
    Mishap in = Mishap::kCount;
    Mishap late = Mishap::kCount;
  };
  // A call that writes. `call` owns what it needs: it may be made later.
  template <class Call>
  Result<void> Write(const WriteMishaps& wrong, const Call& call) {
    if (Dies(Mishap::kDiedBeforeCall)) return CrashPoints::Crashed();
    if (mishaps_.Strikes(wrong.failed)) return Failed();
    if (Strikes(wrong.late)) {
      mishaps_.ArriveLater([call] { (void)call().ok(); });
      return Failed();
    }
    Result<void> done = call();
    if (Dies(Mishap::kDiedAfterCall)) return CrashPoints::Crashed();
    if (done.ok() && Strikes(wrong.in)) return Failed();
    return done;
  }

 private:
  bool Strikes(Mishap mishap) { return mishap != Mishap::kCount && mishaps_.Strikes(mishap); }
  bool Dies(Mishap when) {
    if (dead_) return true;
    if (when == Mishap::kDiedBeforeCall) others_();
    dead_ = mishaps_.Strikes(when);
    return dead_;
  }

  Mishaps& mishaps_;
  std::function<void()> others_;
  bool dead_ = false;
};

}  // namespace adtally
