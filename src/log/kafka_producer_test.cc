#include "log/kafka_producer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>

namespace adtally {
namespace {

using ::testing::HasSubstr;
using Topic = KafkaProducer::Topic;

constexpr int16_t kProduceRequest = 0;  // of Kafka's protocol

// librdkafka's own broker for tests, in this process.
class KafkaProducerTest : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "librdkafka starts threads that this TSan does not know, and crashes";
#endif
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    host_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
    cluster_ = rd_kafka_mock_cluster_new(host_, 1);
    options_.brokers = rd_kafka_mock_cluster_bootstraps(cluster_);
    options_.append_timeout_ms = 1'000;
    for (const std::string& topic : {options_.topic, options_.checkpoints_topic}) {
      rd_kafka_mock_topic_create(cluster_, topic.c_str(), 2, 1);
    }
  }
  void TearDown() override {
    if (host_ == nullptr) return;
    producer_.reset();
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(host_);
  }

  void Open() {
    auto opened = KafkaProducer::Open(options_, SystemClock(), NullLogger(),
                                      [this](Topic, Partition, Offset) { ++acknowledged_; });
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    producer_ = std::move(opened).value();
  }
  Result<void> Append(std::string payload = "x", Topic topic = Topic::kEvents) {
    return producer_->ProduceAndWait(topic, Partition(0), std::move(payload));
  }

  rd_kafka_t* host_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
  KafkaLogOptions options_;
  std::atomic<int> acknowledged_{0};
  std::unique_ptr<KafkaProducer> producer_;
};

TEST_F(KafkaProducerTest, AnswersOnceEveryRecordIsAcknowledged) {
  Open();
  std::promise<Result<void>> answer;
  producer_->Produce(Topic::kEvents, {{Partition(0), "a"}, {Partition(1), ""}, {Partition(0), "b"}},
                     [&](Result<void> result) { answer.set_value(std::move(result)); });
  const auto result = answer.get_future().get();
  EXPECT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(acknowledged_, 3);
  EXPECT_TRUE(Append("c", Topic::kCheckpoints).ok());
  EXPECT_EQ(producer_->OldestUnderWayMs(), std::nullopt);
}

TEST_F(KafkaProducerTest, ABrokerThatIsDownIsAnAnswerInTime) {
  Open();
  ASSERT_TRUE(Append().ok());
  rd_kafka_mock_broker_set_down(cluster_, 1);
  const int64_t before = SystemClock().NowMs();
  const auto begin = std::chrono::steady_clock::now();
  std::promise<Result<void>> answer;
  producer_->Produce(Topic::kEvents, {{Partition(0), "a"}},
                     [&](Result<void> result) { answer.set_value(std::move(result)); });
  EXPECT_GE(producer_->OldestUnderWayMs().value_or(0), before);
  const auto result = answer.get_future().get();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(result.error().message, HasSubstr("did not acknowledge within 1000 ms"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_EQ(producer_->OldestUnderWayMs(), std::nullopt);

  rd_kafka_mock_broker_set_up(cluster_, 1);
  bool again = false;
  for (int i = 0; i < 20 && !again; ++i) again = Append().ok();
  EXPECT_TRUE(again);
}

TEST_F(KafkaProducerTest, EndsWhileNothingIsAcknowledged) {
  Open();
  ASSERT_TRUE(Append().ok());
  rd_kafka_mock_broker_set_down(cluster_, 1);
  std::atomic<int> refused{0};
  for (int i = 0; i < 100; ++i) {
    producer_->Produce(Topic::kEvents, {{Partition(0), "a"}},
                       [&](const Result<void>& result) { refused += !result.ok(); });
  }
  const auto begin = std::chrono::steady_clock::now();
  producer_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_EQ(refused, 100);
}

TEST_F(KafkaProducerTest, AClientThatFailedForGoodIsReplaced) {
  Open();
  ASSERT_TRUE(Append().ok());
  // A hole in the sequence of an idempotent producer: librdkafka calls that fatal.
  rd_kafka_mock_push_request_errors(cluster_, kProduceRequest, 1,
                                    RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
  const auto failed = Append();
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
  bool again = false;
  for (int i = 0; i < 50 && !again; ++i) {
    again = Append().ok();
    if (!again) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_TRUE(again);
}

}  // namespace
}  // namespace adtally
