#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

#include "base/strong.h"

namespace adtally {

// Tells readers of one partition up to which time they have seen all records, while the writer
// stamps a commit long before they can read it.
//
// Why it holds: the writer stores its mark and then loads the claim, a reader stores its claim and
// then loads the mark, all in one total order. So either the reader sees the mark, and claims no
// more than the commit's time, or the writer sees the claim, and stamps the commit no earlier. That
// does not rest on the clock, which may step back between the two. Whoever sees the mark taken away
// sees the commit published, as that came before.
//
// Thread-safe; Begin and End are for the writer's thread.
class CommitTime {
 public:
  // Begins a commit that should be stamped `time`; returns its append time, at least that.
  AppendTime Begin(AppendTime time) {
    mark_.store(time.value);
    return std::max(time, AppendTime(claim_.load()));
  }
  // Once the commit can be read, or will never be there.
  void End() { mark_.store(kNoCommit); }

  // At most `now`, the clock's time: each record that cannot be read yet has, or will get, an
  // append time that is not before this.
  AppendTime Safe(int64_t now) {
    for (int64_t claim = claim_.load(); claim < now;) {
      if (claim_.compare_exchange_weak(claim, now)) break;
    }
    return AppendTime(std::min(now, mark_.load()));
  }

 private:
  static constexpr int64_t kNoCommit = std::numeric_limits<int64_t>::max();
  std::atomic<int64_t> mark_{kNoCommit};
  std::atomic<int64_t> claim_{std::numeric_limits<int64_t>::min()};
};

}  // namespace adtally
