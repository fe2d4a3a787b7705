#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "sim/run_seeds.h"

namespace adtally {
namespace {

// Where the in-memory doubles can crash.
constexpr std::string_view kCrashPoints[] = {
    "log.append.before",   "log.append.torn",    "log.append.after",      "log.boundary.before",
    "log.boundary.after",  "log.drop.before",    "log.drop.after",        "log.read",
    "store.insert.before", "store.insert.token", "store.insert.after",    "store.clicks.before",
    "store.clicks.token",  "store.clicks.after", "store.ledger.before",   "store.ledger.after",
    "store.reach.before",  "store.reach.after",  "store.progress.before", "store.progress.after",
    "cache.write.before",  "cache.write.torn",   "cache.write.after",     "cache.drop.before",
    "cache.drop.after"};

// How often each thing must have happened at least; too few seeds prove nothing.
uint64_t MinTimes(uint64_t seeds) {
  return SeedCountOverridden() ? 0 : seeds / 100;
}

// A simulation that no longer does what it is there for passes in silence: everything that can
// happen must have happened.
void ExpectCovered(const Coverage& coverage, Setting setting, uint64_t seeds) {
  const uint64_t times = MinTimes(seeds);
  for (size_t i = 0; i < kMishaps; ++i) {
    const auto mishap = static_cast<Mishap>(i);
    if (CanHappen(mishap, setting)) {
      EXPECT_GE(coverage[mishap], times) << MishapName(mishap);
    } else {
      EXPECT_EQ(coverage[mishap], 0u) << MishapName(mishap);
    }
  }
}

void ExpectCrashedEverywhere(const Coverage& coverage, uint64_t seeds) {
  for (const std::string_view point : kCrashPoints) {
    const auto crashes = coverage.crashes.find(point);
    EXPECT_GE(crashes == coverage.crashes.end() ? 0 : crashes->second, MinTimes(seeds)) << point;
  }
  for (const auto& [point, times] : coverage.crashes) {
    EXPECT_TRUE(std::ranges::find(kCrashPoints, point) != std::end(kCrashPoints)) << point;
  }
}

void Report(const Coverage& coverage) {
  for (size_t i = 0; i < kMishaps; ++i) {
    fmt::print("{:9} {}\n", coverage.mishaps[i], MishapName(static_cast<Mishap>(i)));
  }
  for (const auto& [point, times] : coverage.crashes)
    fmt::print("{:9} crash at {}\n", times, point);
}

void RunAndExpectCovered(const Simulation::Options& options, uint64_t seeds) {
  Coverage coverage;
  EXPECT_EQ(FirstFailure(options, seeds, coverage), "");
  ExpectCovered(coverage, options.setting, seeds);
  if (options.setting == Setting::kEmbedded) ExpectCrashedEverywhere(coverage, seeds);
  if (::testing::Test::HasFailure() || SeedCountOverridden()) Report(coverage);
}

// A ClickHouse server keeps a token over a kill -9 that took its rows.
TEST(ExactlyOnce, WithAStoreThatKeepsTokensWithoutRows) {
  Coverage coverage;
  EXPECT_EQ(FirstFailure({.store_forgets_tokens = false, .store_may_keep_tokens = true},
                         SeedCount(3000), coverage),
            "");
}

TEST(ExactlyOnce, OneProcessThatCrashesAnywhere) {
  RunAndExpectCovered({}, SeedCount(6000));
}

TEST(ExactlyOnce, SeveralAggregatorsOnTheSamePartitions) {
  RunAndExpectCovered({.setting = Setting::kSeveral}, SeedCount(6000));
}

// Long runs with few processes: pauses outlast retention and many checkpoints of the other.
TEST(ExactlyOnce, TwoAggregatorsOverManyCheckpoints) {
  RunAndExpectCovered({.requests = 500, .setting = Setting::kSeveral, .processes = 2},
                      SeedCount(1200));
}

}  // namespace
}  // namespace adtally
