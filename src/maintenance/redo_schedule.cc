#include "maintenance/redo_schedule.h"

#include <algorithm>

namespace adtally {
namespace {

constexpr int64_t kShortestWaitS = 300;
// No hour is rolled up again when it is older: it is final.
constexpr int64_t kForgottenAfterS = 3 * 86'400;

}  // namespace

bool RedoSchedule::IsDue(int64_t hour_s, int64_t now_s) const {
  const auto rolled_up = rolled_up_s_.find(hour_s);
  if (rolled_up == rolled_up_s_.end()) return true;
  return now_s - rolled_up->second >= std::max(kShortestWaitS, (now_s - hour_s) / 8);
}

void RedoSchedule::Note(int64_t hour_s, int64_t now_s) {
  rolled_up_s_[hour_s] = now_s;
  rolled_up_s_.erase(rolled_up_s_.begin(), rolled_up_s_.lower_bound(now_s - kForgottenAfterS));
}

}  // namespace adtally
