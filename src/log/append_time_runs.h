#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "base/strong.h"

namespace adtally {

// The append times of the last records of a partition that were read, as runs of one time each.
// Bounded: the oldest runs are forgotten. Not thread-safe.
class AppendTimeRuns {
 public:
  explicit AppendTimeRuns(size_t max_runs) : max_runs_(max_runs) {}

  // Whoever reads on adds the records in order. A record that does not follow the last one starts
  // anew.
  void Add(Offset offset, AppendTime time) {
    if (offset < end_ && !runs_.empty() && offset >= runs_.front().begin) return;  // known
    if (offset != end_) runs_.clear();
    end_ = offset + 1;
    if (!runs_.empty() && runs_.back().time == time) return;
    runs_.push_back({offset, time});
    if (runs_.size() > max_runs_) runs_.pop_front();
  }

  std::optional<AppendTime> Find(Offset offset) const {
    if (runs_.empty() || offset < runs_.front().begin || offset >= end_) return std::nullopt;
    size_t low = 0;
    for (size_t high = runs_.size(); high - low > 1;) {
      const size_t middle = (low + high) / 2;
      (runs_[middle].begin <= offset ? low : high) = middle;
    }
    return runs_[low].time;
  }

 private:
  struct Run {
    Offset begin;
    AppendTime time;
  };
  const size_t max_runs_;
  std::deque<Run> runs_;
  Offset end_;
};

}  // namespace adtally
