#include "log/running_max.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <vector>

namespace adtally {
namespace {

Result<std::optional<AppendTime>> Find(const std::vector<int64_t>& times, uint64_t end,
                                       int& questions) {
  return MaxTimeBefore(Offset(end), [&](AppendTime time) -> Result<std::optional<Offset>> {
    ++questions;
    const auto first = std::ranges::find_if(times, [&](int64_t t) { return t >= time.value; });
    if (first == times.end()) return std::optional<Offset>();
    return std::optional(Offset(static_cast<uint64_t>(first - times.begin())));
  });
}

TEST(MaxTimeBefore, IsTheLargestTimestampBefore) {
  EXPECT_TRUE(rc::check([](const std::vector<uint32_t>& steps) {
    std::vector<int64_t> times;
    for (const uint32_t step : steps) times.push_back(1'790'000'000'000 + step % 1000);
    const auto end = *rc::gen::inRange<uint64_t>(0, times.size() + 1);
    int questions = 0;
    const auto found = Find(times, end, questions);
    RC_ASSERT(found.ok());
    RC_ASSERT(questions <= 42);
    RC_ASSERT(found->has_value() == (end > 0));
    if (end > 0) {
      const auto last = times.begin() + static_cast<std::ptrdiff_t>(end);
      RC_ASSERT((*found)->value == *std::max_element(times.begin(), last));
    }
  }));
}

TEST(MaxTimeBefore, PassesOnAnError) {
  const auto found = MaxTimeBefore(Offset(5), [](AppendTime) -> Result<std::optional<Offset>> {
    return Error{ErrorCode::kUnavailable, "no broker"};
  });
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().message, "no broker");
}

}  // namespace
}  // namespace adtally
