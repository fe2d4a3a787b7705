#include "reporting/token_buckets.h"

#include <gtest/gtest.h>

#include "testing/manual_clock.h"

namespace adtally {
namespace {

TEST(TokenBuckets, AllowABurstAndThenTheRate) {
  ManualClock clock(1'000'000);
  TokenBuckets buckets({2, 5}, clock);
  for (int64_t left = 4; left >= 0; --left) {
    const RateVerdict verdict = buckets.Take("a");
    EXPECT_TRUE(verdict.allowed);
    EXPECT_EQ(verdict.remaining, left);
  }
  const RateVerdict refused = buckets.Take("a");
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.remaining, 0);
  EXPECT_EQ(refused.retry_s, 1);
  EXPECT_EQ(refused.full_s, 3);  // 5 at 2 a second

  clock.Advance(499);
  EXPECT_FALSE(buckets.Take("a").allowed);
  clock.Advance(1);
  EXPECT_TRUE(buckets.Take("a").allowed);
  EXPECT_FALSE(buckets.Take("a").allowed);

  clock.Advance(3'600'000);  // no more than the burst is saved up
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(buckets.Take("a").allowed);
  EXPECT_FALSE(buckets.Take("a").allowed);
}

TEST(TokenBuckets, AreEachUsersOwn) {
  ManualClock clock(0);
  TokenBuckets buckets({1, 1}, clock);
  EXPECT_TRUE(buckets.Take("a").allowed);
  EXPECT_FALSE(buckets.Take("a").allowed);
  EXPECT_TRUE(buckets.Take("b").allowed);
}

TEST(TokenBuckets, TakeBackWhatWasNotMeant) {
  ManualClock clock(0);
  TokenBuckets buckets({0.1, 2}, clock);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(buckets.Take("a").allowed);
    buckets.GiveBack("a");
  }
  buckets.GiveBack("a");  // never beyond the burst
  EXPECT_TRUE(buckets.Take("a").allowed);
  EXPECT_TRUE(buckets.Take("a").allowed);
  const RateVerdict refused = buckets.Take("a");
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_s, 10);
}

TEST(TokenBuckets, ForgetThoseThatAreFullFirst) {
  ManualClock clock(0);
  TokenBuckets buckets({1, 1}, clock);
  for (size_t i = 1; i < TokenBuckets::kMaxBuckets; ++i) buckets.Take(std::to_string(i));
  clock.Advance(1000);  // all are full again
  EXPECT_TRUE(buckets.Take("busy").allowed);
  EXPECT_TRUE(buckets.Take("one more").allowed);
  EXPECT_FALSE(buckets.Take("busy").allowed);
}

}  // namespace
}  // namespace adtally
