#include "log/append_time_runs.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace adtally {
namespace {

TEST(AppendTimeRuns, TellsWhatWasAddedLast) {
  AppendTimeRuns runs(3);
  EXPECT_EQ(runs.Find(Offset(0)), std::nullopt);
  for (uint64_t i = 0; i < 10; ++i) {
    runs.Add(Offset(i), AppendTime(100 + static_cast<int64_t>(i / 2)));
  }
  EXPECT_EQ(runs.Find(Offset(3)), std::nullopt);  // the bound is three runs
  EXPECT_EQ(runs.Find(Offset(4)), AppendTime(102));
  EXPECT_EQ(runs.Find(Offset(9)), AppendTime(104));
  EXPECT_EQ(runs.Find(Offset(10)), std::nullopt);
  runs.Add(Offset(5), AppendTime(102));  // read again
  EXPECT_EQ(runs.Find(Offset(9)), AppendTime(104));
  runs.Add(Offset(50), AppendTime(200));  // a seek
  EXPECT_EQ(runs.Find(Offset(9)), std::nullopt);
  EXPECT_EQ(runs.Find(Offset(50)), AppendTime(200));
}

TEST(AppendTimeRuns, NeverTellsAWrongTime) {
  EXPECT_TRUE(rc::check([] {
    AppendTimeRuns runs(*rc::gen::inRange<size_t>(1, 8));
    const auto time = [](uint64_t offset) { return AppendTime(static_cast<int64_t>(offset / 3)); };
    for (int read = 0; read < 10; ++read) {
      uint64_t offset = *rc::gen::inRange<uint64_t>(0, 60);
      const uint64_t end = offset + *rc::gen::inRange<uint64_t>(1, 20);
      for (; offset < end; ++offset) runs.Add(Offset(offset), time(offset));
      for (uint64_t at = 0; at < 90; ++at) {
        const auto found = runs.Find(Offset(at));
        RC_ASSERT(!found || *found == time(at));
      }
    }
  }));
}

}  // namespace
}  // namespace adtally
