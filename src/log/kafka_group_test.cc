#include "log/kafka_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <memory>

#include "log/kafka_group_test_support.h"

namespace adtally {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int16_t kHeartbeatRequest = 12;  // of Kafka's protocol
constexpr uint32_t kPartitions = 4;

// With librdkafka's own broker for tests, in this process. How members share partitions out is
// tested with a real coordinator, in tests/kafka.
class KafkaGroupTest : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "librdkafka starts threads that this TSan does not know, and crashes";
#endif
    host_ = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0);
    cluster_ = rd_kafka_mock_cluster_new(host_, 1);
    options_.log.brokers = rd_kafka_mock_cluster_bootstraps(cluster_);
    options_.session_timeout_ms = 4000;  // above the pause in which the mock waits for members
    rd_kafka_mock_topic_create(cluster_, options_.log.topic.c_str(), kPartitions, 1);
  }
  void TearDown() override {
    if (host_ == nullptr) return;
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(host_);
  }

  rd_kafka_t* host_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
  KafkaGroupOptions options_;
};

TEST_F(KafkaGroupTest, AMemberThatTheGroupForgotGivesUpAllAndJoinsAgain) {
  Member member(options_);
  ASSERT_TRUE(Eventually([&] { return member.assigned().size() == kPartitions; }));
  rd_kafka_mock_push_request_errors(cluster_, kHeartbeatRequest, 1,
                                    RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
  ASSERT_TRUE(Eventually([&] { return member.emptied() == 1; }));
  EXPECT_TRUE(Eventually([&] { return member.assigned().size() == kPartitions; }));
  EXPECT_EQ(member.group().NotJoined(), "");
}

TEST_F(KafkaGroupTest, AMemberWhoseNameIsTakenStandsBack) {
  options_.instance = "first";
  Member member(options_);
  ASSERT_TRUE(Eventually([&] { return member.assigned().size() == kPartitions; }));
  rd_kafka_mock_push_request_errors(cluster_, kHeartbeatRequest, 1,
                                    RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
  ASSERT_TRUE(Eventually([&] { return member.emptied() == 1; }));
  EXPECT_TRUE(Eventually([&] { return !member.group().NotJoined().empty(); }));
  EXPECT_THAT(member.group().NotJoined(), HasSubstr("aggregator.instance \"first\""));
}

TEST_F(KafkaGroupTest, TellsKafkaHowFarItIs) {
  options_.report_every_ms = 100;
  Member member(options_);
  ASSERT_TRUE(Eventually([&] { return member.assigned().size() == kPartitions; }));
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", options_.log.brokers.c_str(), nullptr, 0);
  rd_kafka_conf_set(conf, "group.id", options_.group.c_str(), nullptr, 0);
  rd_kafka_t* reader = rd_kafka_new(RD_KAFKA_CONSUMER, conf, nullptr, 0);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, options_.log.topic.c_str(), 3);
  EXPECT_TRUE(Eventually([&] {
    return rd_kafka_committed(reader, list, 1000) == RD_KAFKA_RESP_ERR_NO_ERROR &&
           list->elems[0].offset == 10;
  })) << list->elems[0].offset;
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_destroy(reader);
}

TEST_F(KafkaGroupTest, LeavesWithoutBrokersToo) {
  options_.log.brokers = "127.0.0.1:1";
  Member member(options_);
  EXPECT_THAT(member.group().NotJoined(), HasSubstr("joining"));
  member.group().Leave();
  EXPECT_THAT(member.assigned(), IsEmpty());
}

}  // namespace
}  // namespace adtally
