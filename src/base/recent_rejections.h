#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace adtally {

// An event that was not taken, as a person needs it who looks for its sender.
struct Rejection {
  int64_t time_ms = 0;  // when it was refused, since the epoch
  std::string source;   // "edge" or "log"
  std::string place;    // "line 3", or where in the log
  std::string reason;   // one sentence
  std::string event;    // the beginning of its bytes, which may be anything; empty: not kept
};

// The last events that were not taken, in memory, for people: numbers are in the ledger and in
// metrics. Thread-safe. A flood of them costs each a look at the clock: no lock, and no copy.
class RecentRejections {
 public:
  static constexpr size_t kKept = 100;
  static constexpr size_t kMaxReasonBytes = 400;
  static constexpr size_t kMaxEventBytes = 600;
  static constexpr uint64_t kPerSecond = 50;

  // The clock outlives it.
  explicit RecentRejections(const Clock& clock) : clock_(clock) {}

  // Counts events that were not taken, whether or not they are shown by Add.
  void Count(uint64_t events) { counted_.fetch_add(events, std::memory_order_relaxed); }
  // Whether Add would keep another one in this second: a flood is not worth being written down.
  // Asked before Add's texts are made.
  bool HasRoom() const;
  // Keeps one as the newest, its texts cut to their limits, if there is room.
  void Add(std::string_view source, std::string place, std::string_view reason,
           std::string_view event);

  struct Snapshot {
    uint64_t counted = 0;  // since the start
    std::vector<Rejection> newest_first;
  };
  Snapshot Read() const;

 private:
  // How many were kept in the second `now_s`.
  uint64_t KeptIn(uint64_t now_s) const;

  const Clock& clock_;
  std::atomic<uint64_t> counted_ = 0;
  // The last second in which one was kept, and in the lowest byte how many were. Written with the
  // lock.
  std::atomic<uint64_t> second_and_kept_ = 0;
  mutable std::mutex mutex_;
  std::deque<Rejection> kept_;  // oldest first
};

}  // namespace adtally
