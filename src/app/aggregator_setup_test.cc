#include "app/aggregator_setup.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

constexpr MachineLimits kSmall{1, 4'000'000'000};
constexpr MachineLimits kLarge{64, 512'000'000'000};

TEST(AggregatorSetupTest, ThreadsAreTheMachinesUnlessConfigured) {
  Config config;
  config.log_partitions = 16;
  const auto small = AggregatorOptionsFor(config, kSmall);
  const auto large = AggregatorOptionsFor(config, kLarge);
  ASSERT_TRUE(small.ok() && large.ok());
  EXPECT_EQ(small->counting_threads, 1);
  EXPECT_EQ(small->delivery_threads, 2);
  EXPECT_EQ(large->counting_threads, 16);
  EXPECT_EQ(large->delivery_threads, 16);
  config.aggregator_counting_threads = 3;
  config.aggregator_delivery_threads = 5;
  const auto configured = AggregatorOptionsFor(config, kLarge);
  ASSERT_TRUE(configured.ok());
  EXPECT_EQ(configured->counting_threads, 3);
  EXPECT_EQ(configured->delivery_threads, 5);
}

TEST(AggregatorSetupTest, IdsAreSharedOutToPartitions) {
  Config config;
  config.aggregator_max_ids = 1001;
  const auto options = AggregatorOptionsFor(config, kSmall);
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->counting.max_ids, 251u);
}

TEST(AggregatorSetupTest, CheckpointsOfManyPartitionsTakeNoMoreThanThoseOfFew) {
  Config config;
  for (const int64_t partitions : {1, 4, 32, 100}) {
    config.log_partitions = partitions;
    const auto options = AggregatorOptionsFor(config, kLarge);
    ASSERT_TRUE(options.ok());
    EXPECT_LE(MaxCheckpointBytes(static_cast<uint32_t>(partitions), *options), 800'000'000u);
  }
}

TEST(AggregatorSetupTest, RefusesMoreMemoryThanThereIs) {
  Config config;
  config.aggregator_max_ids = 4'000'000'000;
  EXPECT_FALSE(AggregatorOptionsFor(config, kSmall).ok());
  EXPECT_TRUE(AggregatorOptionsFor(config, kLarge).ok());
}

// What Kafka's client reads ahead cannot be had twice.
TEST(AggregatorSetupTest, KafkaTakesItsShareOfTheMemory) {
  Config config;
  config.aggregator_max_ids = 1'000'000'000;
  MachineLimits machine = kLarge;
  machine.memory_bytes = 11'000'000'000 + (int64_t{2048} << 20) + 700'000'000;
  EXPECT_TRUE(AggregatorOptionsFor(config, machine).ok());
  config.log_kind = "kafka";
  const auto refused = AggregatorOptionsFor(config, machine);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("Kafka's client 0.3 GB"), std::string::npos)
      << refused.error().message;
}

TEST(AggregatorSetupTest, RecordsAreOfTheConfiguredFormat) {
  Config config;
  EXPECT_EQ(AggregatorOptionsFor(config, kLarge)->counting.record_format, RecordFormat::kProtobuf);
  config.log_format = "json";
  EXPECT_EQ(AggregatorOptionsFor(config, kLarge)->counting.record_format, RecordFormat::kJson);
}

}  // namespace
}  // namespace adtally
