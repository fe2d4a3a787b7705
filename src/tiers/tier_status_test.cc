#include "tiers/tier_status.h"

#include <gtest/gtest.h>

#include "store/chdb_test_support.h"
#include "tiers/tier_content.h"

namespace adtally {
namespace {

constexpr int64_t kHour = 1'795'996'800;  // 2026-11-30T00:00:00Z

class TierStatusTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto* table : {"tier_status", "tier_floor", "minute", "hour"}) {
      ChdbTestStore::Clear(table);
    }
  }
  static Store& store() { return ChdbTestStore::Get(); }

  static std::map<uint32_t, TierPartition> Read(Tier tier) {
    auto statuses = ReadTierStatus(store(), tier);
    EXPECT_TRUE(statuses.ok()) << statuses.error().message;
    return std::move(statuses).value();
  }

  static uint64_t Number(const std::string& expression) {
    const auto text = store().Query("SELECT " + expression, {}, "TSV");
    EXPECT_TRUE(text.ok()) << text.error().message;
    return std::stoull(text.value());
  }

  // A row of traffic, and the receipt of the checkpoint that brought it.
  static void Deliver(int64_t minute_s, uint32_t campaign, uint64_t impressions, uint32_t end) {
    ChdbTestStore::Run(
        "INSERT INTO adtally.minute (minute, advertiser_id, campaign_id, creative_id, impressions) "
        "VALUES (toDateTime(" +
        std::to_string(minute_s) + ", 'UTC'), 7, " + std::to_string(campaign) + ", 1, " +
        std::to_string(impressions) + "), (toDateTime(" + std::to_string(minute_s / 3600 * 3600) +
        ", 'UTC'), 0, 1, " + std::to_string(end) + ", 0)");
  }
};

TEST_F(TierStatusTest, WhatIsPublishedLastIsRead) {
  TierPartition status{.partition = 20261130};
  status.Set({.slot = 23, .generation = 5, .mark = UINT64_MAX, .final = true});
  status.Set({.slot = 2, .generation = 4, .mark = 9, .final = false});
  ASSERT_TRUE(PublishTierStatus(store(), Tier::kHour, status, 1000).value());

  const auto read = Read(Tier::kHour);
  ASSERT_EQ(1u, read.size());
  TierPartition next = read.at(20261130);
  EXPECT_EQ(1000u, next.version);
  EXPECT_EQ(status.slots, next.slots);
  EXPECT_EQ(4u, next.Find(2)->generation);
  EXPECT_EQ(nullptr, next.Find(3));

  next.Clear(2);
  // The clock went back: the newer one still wins.
  ASSERT_TRUE(PublishTierStatus(store(), Tier::kHour, next, 5).value());
  EXPECT_EQ(1001u, Read(Tier::kHour).at(20261130).version);
  EXPECT_EQ(1u, Read(Tier::kHour).at(20261130).slots.size());
  EXPECT_TRUE(Read(Tier::kDay).empty());
}

TEST_F(TierStatusTest, OnlyTheRangeThatIsAskedForIsRead) {
  for (const uint32_t month : {202610, 202611, 202612}) {
    ASSERT_TRUE(PublishTierStatus(store(), Tier::kDay, {.partition = month}, 1).value());
  }
  const auto read = ReadTierStatus(store(), Tier::kDay, 202611, 202611);
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(1u, read.value().size());
  EXPECT_EQ(202611u, read.value().begin()->first);
}

TEST_F(TierStatusTest, NothingIsPublishedWhenTheConditionDoesNotHold) {
  TierPartition status{.partition = 20261130};
  status.Set({.slot = 1, .generation = 1});
  const Statement never{"(SELECT count() FROM adtally.hour) = {n:UInt64}", {{"n", "1"}}};
  EXPECT_FALSE(PublishTierStatus(store(), Tier::kHour, status, 1, never).value());
  EXPECT_TRUE(Read(Tier::kHour).empty());
  const Statement now{never.sql, {{"n", "0"}}};
  EXPECT_TRUE(PublishTierStatus(store(), Tier::kHour, status, 1, now).value());
}

TEST_F(TierStatusTest, WhatAnotherPublishedMeanwhileIsNotTakenBack) {
  TierPartition mine{.partition = 20261130};
  TierPartition other = mine;
  other.Set({.slot = 1, .generation = 1});
  ASSERT_TRUE(PublishTierStatus(store(), Tier::kHour, other, 10).value());
  mine.Set({.slot = 2, .generation = 2});
  EXPECT_FALSE(PublishTierStatus(store(), Tier::kHour, mine, 20).value());
  EXPECT_EQ(other.slots, Read(Tier::kHour).at(20261130).slots);

  mine = Read(Tier::kHour).at(20261130);
  mine.Set({.slot = 2, .generation = 2});
  EXPECT_TRUE(PublishTierStatus(store(), Tier::kHour, mine, 20).value());
  EXPECT_EQ(2u, Read(Tier::kHour).at(20261130).slots.size());
}

TEST_F(TierStatusTest, FloorsOnlyRise) {
  EXPECT_TRUE(ReadTierFloors(store()).value().empty());
  EXPECT_TRUE(RaiseTierFloor(store(), Tier::kMinute, kHour).value());
  EXPECT_TRUE(RaiseTierFloor(store(), Tier::kMinute, kHour - 3600).value());
  EXPECT_FALSE(RaiseTierFloor(store(), Tier::kMinute, kHour + 3600, {"0", {}}).value());
  const auto floors = ReadTierFloors(store());
  ASSERT_TRUE(floors.ok());
  EXPECT_EQ((std::map<Tier, int64_t>{{Tier::kMinute, kHour}}), floors.value());
}

TEST_F(TierStatusTest, AnHoursMarkChangesWithEachDelivery) {
  EXPECT_EQ(kEmptyHourMark, Number(HourMark(kHour)));
  Deliver(kHour + 60, 1, 5, 100);
  const auto first = HourMarks(store(), kHour - 3600, kHour + 3600);
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(1u, first.value().size());
  EXPECT_EQ(first.value().at(kHour), Number(HourMark(kHour)));
  Deliver(kHour + 3600, 1, 5, 100);  // another hour
  EXPECT_EQ(first.value().at(kHour), Number(HourMark(kHour)));
  Deliver(kHour + 120, 1, 5, 101);
  EXPECT_NE(first.value().at(kHour), Number(HourMark(kHour)));
  ChdbTestStore::Run("OPTIMIZE TABLE adtally.minute FINAL");
  EXPECT_EQ(HourMarks(store(), kHour, kHour + 3600).value().at(kHour), Number(HourMark(kHour)));
}

TEST_F(TierStatusTest, TiersWithTheSameNumbersHaveTheSameHash) {
  Deliver(kHour + 60, 1, 5, 100);
  Deliver(kHour + 120, 1, 6, 101);
  Deliver(kHour + 120, 2, 7, 102);
  const auto roll = [](const std::string& generation) {
    ChdbTestStore::Run("INSERT INTO adtally.hour (hour, hour_minutes, generation, " +
                       std::string(kDimensionColumns) + ", " + std::string(kMeasureColumns) +
                       ") SELECT toStartOfHour(minute), 60, " + generation + ", " +
                       std::string(kDimensionColumns) + ", " + SummedMeasures() +
                       " FROM adtally.minute WHERE advertiser_id != 0 GROUP BY ALL");
  };
  roll("1");
  const std::string minutes = ContentHash("adtally.minute WHERE advertiser_id != 0");
  const std::string hours =
      ContentHash("adtally.hour WHERE _partition_id = '" + PartitionId(20261130, 1) + "'");
  EXPECT_EQ(Number(minutes), Number(hours));
  Deliver(kHour + 120, 2, 1, 103);
  EXPECT_NE(Number(minutes), Number(hours));
  EXPECT_EQ(0u, Number(ContentHash("adtally.minute WHERE advertiser_id = 99")));
}

}  // namespace
}  // namespace adtally
