#pragma once

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
// metrics. Thread-safe, and never waits for more than a copy.
class RecentRejections {
 public:
  static constexpr size_t kKept = 100;
  static constexpr size_t kMaxReasonBytes = 400;
  static constexpr size_t kMaxEventBytes = 600;
  static constexpr uint64_t kPerSecond = 50;

  // The clock outlives it.
  explicit RecentRejections(const Clock& clock) : clock_(clock) {}

  // Counts events that were not taken, whether or not they are shown by Add.
  void Count(uint64_t events);
  // Whether Add would keep another one in this second: a flood is not worth being written down.
  bool HasRoom();
  // Keeps one as the newest, its texts cut to their limits, if there is room.
  void Add(std::string_view source, std::string place, std::string_view reason,
           std::string_view event);

  struct Snapshot {
    uint64_t counted = 0;  // since the start
    std::vector<Rejection> newest_first;
  };
  Snapshot Read() const;

 private:
  bool HasRoomLocked(int64_t now_ms);

  const Clock& clock_;
  mutable std::mutex mutex_;
  uint64_t counted_ = 0;
  int64_t second_ = 0;          // that `in_second_` is of
  uint64_t in_second_ = 0;      // kept
  std::deque<Rejection> kept_;  // oldest first
};

}  // namespace adtally
