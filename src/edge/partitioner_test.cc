#include "edge/partitioner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/hash.h"

namespace adtally {
namespace {

constexpr PartitionKey kPlainCampaign{PartitionKey::Kind::kCampaign, 1};
constexpr PartitionKey kSalted{PartitionKey::Kind::kCampaign, 16};

Event MakeEvent(std::string_view id, uint32_t campaign) {
  Event event;
  event.event_id = id;
  event.dimensions.campaign_id = campaign;
  return event;
}

std::vector<int> EventsByPartition(const Partitioner& partitioner, uint32_t campaign, int events) {
  std::vector<int> counts(partitioner.partitions());
  for (int i = 0; i < events; ++i) {
    ++counts[partitioner.PartitionOfEvent(MakeEvent("id-" + std::to_string(i), campaign))];
  }
  return counts;
}

TEST(Partitioner, ByEventIdIsTheHashOfTheIdWhateverTheCampaign) {
  const Partitioner partitioner(8);
  for (int i = 0; i < 100; ++i) {
    const std::string id = std::to_string(i);
    EXPECT_EQ(partitioner.PartitionOfEvent(MakeEvent(id, static_cast<uint32_t>(i))),
              PartitionOf(HashBytes(id), 8));
  }
}

TEST(Partitioner, APlainCampaignHasOnePartition) {
  const Partitioner partitioner(8, kPlainCampaign);
  std::set<uint32_t> used;
  for (uint32_t campaign = 1; campaign <= 100; ++campaign) {
    const auto counts = EventsByPartition(partitioner, campaign, 50);
    EXPECT_EQ(std::ranges::count(counts, 50), 1);
    used.insert(partitioner.PartitionOfEvent(MakeEvent("x", campaign)));
  }
  EXPECT_EQ(used.size(), 8u);
}

TEST(Partitioner, ASaltSpreadsACampaignEvenly) {
  const Partitioner partitioner(8, kSalted);
  for (uint32_t campaign = 1; campaign <= 20; ++campaign) {
    const auto counts = EventsByPartition(partitioner, campaign, 8000);
    EXPECT_GT(*std::ranges::min_element(counts), 800);
    EXPECT_LT(*std::ranges::max_element(counts), 1200);
  }
}

TEST(Partitioner, ASaltBelowThePartitionsUsesThatManyOfThem) {
  const Partitioner partitioner(64, kSalted);
  std::set<uint32_t> used;
  for (uint32_t campaign = 1; campaign <= 50; ++campaign) {
    const auto counts = EventsByPartition(partitioner, campaign, 1600);
    EXPECT_EQ(std::ranges::count(counts, 0), 64 - 16);
    for (uint32_t p = 0; p < 64; ++p) {
      if (counts[p] > 0) used.insert(p);
    }
  }
  EXPECT_EQ(used.size(), 64u);
}

TEST(Partitioner, EventsOfOneIdMeet) {
  for (const PartitionKey key : {PartitionKey{}, kPlainCampaign, kSalted}) {
    const Partitioner partitioner(7, key);
    for (int i = 0; i < 100; ++i) {
      const std::string id = std::to_string(i);
      Event first = MakeEvent(id, 5), second = MakeEvent(id, 5);
      second.time = EventTime(99);
      second.type = EventType::kConversion;
      EXPECT_EQ(partitioner.PartitionOfEvent(first), partitioner.PartitionOfEvent(second));
    }
  }
}

}  // namespace
}  // namespace adtally
