// KafkaGroup with a real coordinator: see kafka_log_contract.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <cstdlib>

#include "log/kafka_group_test_support.h"
#include "log/kafka_group_view.h"
#include "log/kafka_log.h"
#include "log/random_uuid.h"

namespace adtally {
namespace {

using ::testing::Optional;

constexpr uint32_t kPartitions = 4;

class KafkaGroupContract : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* brokers = std::getenv("ADTALLY_KAFKA_BROKERS");
    ASSERT_NE(brokers, nullptr) << "ADTALLY_KAFKA_BROKERS is not set";
    options_.log.brokers = brokers;
    options_.group = RandomUuid();
    options_.log.topic = "events-" + options_.group;
    options_.log.checkpoints_topic = "checkpoints-" + options_.group;
    options_.log.partitions = kPartitions;
    options_.log.replication = 1;
    const auto made = KafkaLog::Open(options_.log, SystemClock(), NullLogger());
    ASSERT_TRUE(made.ok()) << made.error().message;
  }

  KafkaGroupOptions options_;
};

TEST_F(KafkaGroupContract, WhatStaysIsNotInterrupted) {
  Member one(options_);
  ASSERT_TRUE(Eventually([&] { return one.assigned().size() == kPartitions; }));
  Member two(options_);
  ASSERT_TRUE(Eventually([&] { return two.assigned().size() == kPartitions / 2; }));
  const auto kept = one.assigned();
  EXPECT_EQ(kept.size(), kPartitions / 2);
  EXPECT_EQ(one.changes(), 2) << "those that go, in one step";
  two.group().Leave();
  EXPECT_TRUE(Eventually([&] { return one.assigned().size() == kPartitions; }));
  EXPECT_EQ(one.changes(), 3);
  EXPECT_EQ(one.emptied(), 0);
}

TEST_F(KafkaGroupContract, ARestartUnderTheSameNameMovesNothing) {
  options_.instance = "one";
  Member one(options_);
  options_.instance = "two";
  auto two = std::make_unique<Member>(options_);
  ASSERT_TRUE(Eventually([&] {
    return one.assigned().size() == kPartitions / 2 && two->assigned().size() == kPartitions / 2;
  }));
  const int changes = one.changes();
  const auto had = two->assigned();
  two = std::make_unique<Member>(options_);
  EXPECT_TRUE(Eventually([&] { return two->assigned() == had; }));
  EXPECT_EQ(one.changes(), changes);
}

TEST_F(KafkaGroupContract, TheCoordinatorTellsWhatItBelieves) {
  Member other(options_);
  ASSERT_TRUE(Eventually([&] { return other.assigned().size() == kPartitions; }));
  KafkaCallbacks callbacks(NullLogger());
  rd_kafka_s* raw = nullptr;
  std::set<Partition> assigned;
  callbacks.rebalance = [&](int event, rd_kafka_topic_partition_list_s* changed) {
    const bool added = event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    if (added) assigned.merge(PartitionsOf(*changed));
    rd_kafka_error_destroy(added ? rd_kafka_incremental_assign(raw, changed)
                                 : rd_kafka_incremental_unassign(raw, changed));
  };
  auto client = MakeKafkaClient(KafkaClientKind::kConsumer, options_.log,
                                KafkaGroupSettings(options_), callbacks);
  ASSERT_TRUE(client.ok()) << client.error().message;
  raw = client->get();
  rd_kafka_poll_set_consumer(raw);
  rd_kafka_topic_partition_list_t* topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, options_.log.topic.c_str(), RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe(raw, topics);
  rd_kafka_topic_partition_list_destroy(topics);
  EXPECT_TRUE(Eventually([&] {
    if (auto* message = rd_kafka_consumer_poll(raw, 10)) rd_kafka_message_destroy(message);
    return assigned.size() == kPartitions / 2;
  }));
  EXPECT_THAT(AskCoordinator(raw, options_.group, MemberIdOf(raw), 5000), Optional(assigned));
  EXPECT_THAT(AskCoordinator(raw, options_.group, "nobody", 5000), Optional(std::set<Partition>()));
  rd_kafka_consumer_close(raw);
}

TEST_F(KafkaGroupContract, AMemberThatTheCoordinatorAgreesWithIsLeftAlone) {
  Member member(options_);
  ASSERT_TRUE(Eventually([&] { return member.assigned().size() == kPartitions; }));
  std::this_thread::sleep_for(std::chrono::seconds(12));
  EXPECT_EQ(member.changes(), 1);
  EXPECT_EQ(member.group().NotJoined(), "");
}

}  // namespace
}  // namespace adtally
