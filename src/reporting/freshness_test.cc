#include "reporting/freshness.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

TEST(Freshness, IsThatOfTheSlowestPartition) {
  const std::vector<PartitionFreshness> partitions = {{0, 1'793'536'200'250, 3, 1800},
                                                      {1, 1'793'536'200'125, 0, 0}};
  EXPECT_EQ(CompleteToMs(partitions), 1'793'536'200'125);
  EXPECT_EQ(RenderFreshness(partitions),
            R"({"complete_to":"2026-11-01T12:30:00.125Z","lag_seconds":1.8,"partitions":[)"
            R"({"partition":0,"complete_to":"2026-11-01T12:30:00.250Z","lag_seconds":1.8,)"
            R"("lag_records":3},)"
            R"({"partition":1,"complete_to":"2026-11-01T12:30:00.125Z","lag_seconds":0,)"
            R"("lag_records":0}]})");
}

TEST(Freshness, IsUnknownWithoutPartitions) {
  EXPECT_EQ(CompleteToMs({}), std::nullopt);
  EXPECT_EQ(RenderFreshness({}), R"({"complete_to":null,"lag_seconds":null,"partitions":[]})");
}

TEST(Freshness, IsUnknownWhenThatOfOnePartitionIs) {
  const std::vector<PartitionFreshness> partitions = {{0, 1'793'536'200'250, 0, 1800},
                                                      {1, std::nullopt, 7, std::nullopt}};
  EXPECT_EQ(CompleteToMs(partitions), std::nullopt);
  EXPECT_EQ(RenderFreshness(partitions),
            R"({"complete_to":null,"lag_seconds":null,"partitions":[)"
            R"({"partition":0,"complete_to":"2026-11-01T12:30:00.250Z","lag_seconds":1.8,)"
            R"("lag_records":0},)"
            R"({"partition":1,"complete_to":null,"lag_seconds":null,"lag_records":7}]})");
}

}  // namespace
}  // namespace adtally
