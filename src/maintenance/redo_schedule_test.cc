#include "maintenance/redo_schedule.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

constexpr int64_t kNowS = 1'795'996'800;

TEST(RedoScheduleTest, AnHourThatWasNeverNotedIsDue) {
  EXPECT_TRUE(RedoSchedule().IsDue(kNowS - 7200, kNowS));
}

TEST(RedoScheduleTest, AnHourWaitsAnEighthOfItsAge) {
  RedoSchedule schedule;
  const int64_t hour_s = kNowS - 16 * 3600;
  schedule.Note(hour_s, kNowS);
  EXPECT_FALSE(schedule.IsDue(hour_s, kNowS + 2 * 3600));
  EXPECT_TRUE(schedule.IsDue(hour_s, kNowS + 3 * 3600));
  EXPECT_TRUE(schedule.IsDue(hour_s + 3600, kNowS)) << "another one";
}

TEST(RedoScheduleTest, AYoungHourWaitsFiveMinutes) {
  RedoSchedule schedule;
  schedule.Note(kNowS - 600, kNowS);
  EXPECT_FALSE(schedule.IsDue(kNowS - 600, kNowS + 299));
  EXPECT_TRUE(schedule.IsDue(kNowS - 600, kNowS + 300));
}

TEST(RedoScheduleTest, OneOverADayIsRolledUpAFewDozenTimes) {
  RedoSchedule schedule;
  int rolled_up = 0;
  for (int64_t now_s = kNowS + 3720; now_s < kNowS + 30 * 3600; now_s += 120) {
    if (!schedule.IsDue(kNowS, now_s)) continue;
    schedule.Note(kNowS, now_s);
    ++rolled_up;
  }
  EXPECT_GE(40, rolled_up);
}

}  // namespace
}  // namespace adtally
