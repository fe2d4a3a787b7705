#pragma once

#include <cstddef>
#include <map>
#include <optional>

#include "log/event_log.h"

namespace adtally {

// The winning boundaries of one partition by where they begin. Not thread-safe.
class BoundaryIndex {
 public:
  // In the order of the log: the first one with its begin stays. `at`: its place in the log.
  void Add(Boundary boundary, Offset at) {
    boundaries_.try_emplace(boundary.begin, boundary.end, at);
  }
  std::optional<Boundary> Find(Offset begin) const {
    const auto it = boundaries_.find(begin);
    if (it == boundaries_.end()) return std::nullopt;
    return Boundary{begin, it->second.end};
  }
  // Forgets those that begin before `begin`.
  void DropBefore(Offset begin) {
    boundaries_.erase(boundaries_.begin(), boundaries_.lower_bound(begin));
  }
  // The first place in the log of what is left; nullopt when nothing is.
  std::optional<Offset> FirstPlace() const {
    std::optional<Offset> first;
    for (const auto& [begin, entry] : boundaries_) {
      if (!first || entry.at < *first) first = entry.at;
    }
    return first;
  }
  size_t size() const { return boundaries_.size(); }

 private:
  struct Entry {
    Entry(Offset e, Offset a) : end(e), at(a) {}
    Offset end;
    Offset at;
  };
  std::map<Offset, Entry> boundaries_;
};

}  // namespace adtally
