#include "app/memory_budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "aggregator/aggregator_options.h"
#include "app/config.h"

namespace adtally {
namespace {

constexpr uint64_t kGB = 1'000'000'000;

MemoryNeeds DefaultNeeds() {
  const Config config;
  const auto partitions = static_cast<uint32_t>(config.log_partitions);
  AggregatorOptions options;
  LimitCheckpoints(partitions, options);
  return {config.aggregator_max_ids, MaxCheckpointBytes(partitions, options),
          config.store_max_memory_mb, 100 * kGB};
}

std::string ErrorOf(const MemoryNeeds& needs, uint64_t memory_bytes) {
  const auto max_ids = ChooseMaxIds(needs, memory_bytes);
  return max_ids.ok() ? "" : max_ids.error().message;
}

TEST(MemoryBudgetTest, ADefaultConfigTakesAQuarterOfTheMemoryForIds) {
  for (const uint64_t memory : {4 * kGB, 8 * kGB, 24 * kGB, 512 * kGB}) {
    const auto max_ids = ChooseMaxIds(DefaultNeeds(), memory);
    ASSERT_TRUE(max_ids.ok()) << max_ids.error().message;
    EXPECT_NEAR(static_cast<double>(*max_ids) * kBytesPerId, static_cast<double>(memory) / 4, 1e3);
  }
}

TEST(MemoryBudgetTest, ChoosesFewerIdsWhenTheStoreTakesMost) {
  const auto max_ids = ChooseMaxIds(DefaultNeeds(), 3 * kGB);
  ASSERT_TRUE(max_ids.ok());
  EXPECT_GT(*max_ids, 1'000'000u);
  EXPECT_LT(static_cast<double>(*max_ids) * kBytesPerId, 0.2 * kGB * 3);
}

TEST(MemoryBudgetTest, AnErrorShowsTheArithmeticAndWhatToChange) {
  EXPECT_EQ(ErrorOf({4'000'000'000, 500'000'000, 4096, 1}, 24 * kGB),
            "aggregator.max_ids = 4000000000 needs 44.0 GB (11 bytes an id), checkpoints need "
            "0.5 GB and store.max_memory_mb = 4096 is 4.3 GB: together 48.8 GB of the 24.0 GB that "
            "this process may use; lower aggregator.max_ids to 1745000000, lower "
            "store.max_memory_mb or give it more memory");
}

TEST(MemoryBudgetTest, WithoutRoomForIdsOnlyTheStoreCanBeLowered) {
  EXPECT_THAT(ErrorOf(DefaultNeeds(), 2 * kGB),
              ::testing::AllOf(::testing::HasSubstr("of the 2.0 GB that this process may use; "
                                                    "lower store.max_memory_mb or give"),
                               ::testing::Not(::testing::HasSubstr("lower aggregator.max_ids"))));
}

TEST(MemoryBudgetTest, WhatItAllowsFits) {
  EXPECT_TRUE(rc::check([] {
    MemoryNeeds needs;
    needs.max_ids = *rc::gen::inRange<int64_t>(0, 10'000'000'000);
    needs.checkpoint_bytes = *rc::gen::inRange<uint64_t>(0, 5 * kGB);
    needs.store_mb = *rc::gen::inRange<int64_t>(256, 64 << 10);
    const auto memory = *rc::gen::inRange<uint64_t>(0, 128 * kGB);
    const auto max_ids = ChooseMaxIds(needs, memory);
    const double ids =
        max_ids.ok() ? static_cast<double>(*max_ids) : static_cast<double>(needs.max_ids);
    const double together = ids * kBytesPerId + static_cast<double>(needs.checkpoint_bytes) +
                            static_cast<double>(needs.store_mb) * (1 << 20);
    if (max_ids.ok()) {
      RC_ASSERT(together <= static_cast<double>(memory));
      RC_ASSERT(needs.max_ids == 0 || *max_ids == static_cast<uint64_t>(needs.max_ids));
    } else if (needs.max_ids != 0) {
      RC_ASSERT(together > static_cast<double>(memory));
    }
  }));
}

}  // namespace
}  // namespace adtally
