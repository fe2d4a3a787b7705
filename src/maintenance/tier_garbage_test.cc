#include "maintenance/tier_garbage.h"

#include <gtest/gtest.h>

#include "maintenance/maintenance_test_support.h"

namespace adtally {
namespace {

class TierGarbageTest : public MaintenanceTest {
 protected:
  void SetUp() override {
    MaintenanceTest::SetUp();
    clock_.Set(SystemClock().NowMs());  // the engine's parts have the machine's time
  }

  static void WriteGeneration(Generation generation) {
    ChdbTestStore::Run(
        "INSERT INTO adtally.hour (hour, hour_minutes, generation, advertiser_id, "
        "impressions) VALUES (" +
        Time(0) + ", 60, " + std::to_string(generation) + ", 1, 1)");
  }
  void Publish(Generation generation) {
    TierPartition day = Status(Tier::kHour)[20261130];
    day.partition = 20261130;
    day.Set({.slot = 0, .generation = generation});
    ASSERT_TRUE(PublishTierStatus(store(), Tier::kHour, day, 1).value());
  }
  uint64_t Collect(bool alone = false) {
    const auto dropped = garbage_.Collect(pass(), alone);
    EXPECT_TRUE(dropped.ok()) << dropped.error().message;
    return dropped.ok() ? *dropped : 0;
  }
  static std::string Generations() {
    return Ask("arraySort(groupUniqArray(generation)) FROM adtally.hour");
  }

  TierGarbage garbage_{Tier::kHour, "hour"};
};

TEST_F(TierGarbageTest, AReplacedGenerationStaysForThoseThatMayReadIt) {
  WriteGeneration(1);
  Publish(1);
  EXPECT_EQ(0u, Collect());
  WriteGeneration(2);
  Publish(2);
  EXPECT_EQ(0u, Collect());
  clock_.Advance(kGraceMs - 1);
  EXPECT_EQ(0u, Collect());
  EXPECT_EQ("[1,2]\n", Generations());
  clock_.Advance(1);
  EXPECT_EQ(1u, Collect());
  EXPECT_EQ("[2]\n", Generations());
  EXPECT_EQ(0u, Collect());
}

TEST_F(TierGarbageTest, AGenerationThatWasNeverPublishedMayBeUnderWay) {
  WriteGeneration(1);
  Collect();
  clock_.Advance(kGraceMs + 1);
  EXPECT_EQ(0u, Collect());
  clock_.Advance(kUnpublishedForMs);
  EXPECT_EQ(0u, Collect()) << "from now on it is waited for";
  clock_.Advance(kGraceMs);
  EXPECT_EQ(1u, Collect());
  EXPECT_EQ("[]\n", Generations());
}

TEST_F(TierGarbageTest, WhatIsNamedAgainIsKept) {
  WriteGeneration(1);
  Publish(1);
  Collect();
  WriteGeneration(2);
  Publish(2);
  Collect();
  Publish(1);
  Collect();
  clock_.Advance(kGraceMs);
  EXPECT_EQ(1u, Collect());
  EXPECT_EQ("[1]\n", Generations());
}

TEST_F(TierGarbageTest, NothingWaitsInAStoreThatNobodyElseUses) {
  WriteGeneration(1);
  WriteGeneration(2);
  Publish(2);
  EXPECT_EQ(1u, Collect(true));
  EXPECT_EQ("[2]\n", Generations());
}

TEST_F(TierGarbageTest, APartitionOfAnotherDayIsNotTheSameGeneration) {
  WriteGeneration(1);
  TierPartition other{.partition = 20261129};
  other.Set({.slot = 0, .generation = 1});
  ASSERT_TRUE(PublishTierStatus(store(), Tier::kHour, other, 1).value());
  EXPECT_EQ(1u, Collect(true));
}

}  // namespace
}  // namespace adtally
