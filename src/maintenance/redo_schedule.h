#pragma once

#include <cstdint>
#include <map>

namespace adtally {

// Late events change hours all the time, and rolling an hour up again reads the whole hour: so the
// older an hour is, the longer it waits, an eighth of its age. Until then reports read its minutes.
// Times are seconds since the epoch. Not thread-safe.
class RedoSchedule {
 public:
  // Whether an hour that has changed since it was rolled up is to be rolled up again. True for one
  // that was never noted.
  bool IsDue(int64_t hour_s, int64_t now_s) const;
  // It was rolled up just now.
  void Note(int64_t hour_s, int64_t now_s);

 private:
  std::map<int64_t, int64_t> rolled_up_s_;  // by hour
};

}  // namespace adtally
