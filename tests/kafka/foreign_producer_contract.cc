// What only another producer can do to a topic, against a real cluster: see kafka_log_contract.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "log/kafka_log.h"
#include "log/kafka_reader.h"
#include "log/log_test_support.h"
#include "log/random_uuid.h"

namespace adtally {
namespace {

constexpr int64_t kStart = 1'790'000'000'000;

void MakeTopic(rd_kafka_t* client, const std::string& name) {
  char reason[512];
  rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(name.c_str(), 1, 1, reason, sizeof reason);
  rd_kafka_NewTopic_set_config(topic, "message.timestamp.type", "CreateTime");
  rd_kafka_NewTopic_set_config(topic, "retention.ms", "-1");
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client);
  rd_kafka_CreateTopics(client, &topic, 1, nullptr, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 10'000);
  ASSERT_NE(event, nullptr);
  EXPECT_EQ(rd_kafka_event_error(event), RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_event_destroy(event);
  rd_kafka_queue_destroy(queue);
  rd_kafka_NewTopic_destroy(topic);
}

// librdkafka's macros cast as C does.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"

// One batch a record, so that each has a timestamp of its own in the index.
void Produce(rd_kafka_t* client, const std::string& topic, const std::vector<int64_t>& times) {
  for (const int64_t time : times) {
    const auto error =
        rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                          RD_KAFKA_V_TIMESTAMP(time), RD_KAFKA_V_END);
    ASSERT_EQ(error, RD_KAFKA_RESP_ERR_NO_ERROR);
    ASSERT_EQ(rd_kafka_flush(client, 10'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
}

void ProduceInATransaction(const KafkaLogOptions& options, bool commit) {
  KafkaCallbacks callbacks(NullLogger());
  callbacks.delivered = [](const rd_kafka_message_s& message) { EXPECT_EQ(message.err, 0); };
  auto producer = MakeKafkaClient(KafkaClientKind::kProducer, options,
                                  {{"transactional.id", options.topic}}, callbacks);
  ASSERT_TRUE(producer.ok()) << producer.error().message;
  ASSERT_EQ(rd_kafka_init_transactions(producer->get(), 30'000), nullptr);
  ASSERT_EQ(rd_kafka_begin_transaction(producer->get()), nullptr);
  Produce(producer->get(), options.topic, {kStart});
  const auto end = commit ? &rd_kafka_commit_transaction : &rd_kafka_abort_transaction;
  ASSERT_EQ(end(producer->get(), 30'000), nullptr);
}

#pragma GCC diagnostic pop

// Timestamps step back when the leader changes to a broker whose clock is behind. Here the producer
// chooses them.
TEST(KafkaReaderContract, AppendTimesNeverFallAndAreTheSameWhereverReadingBegins) {
  const char* brokers = std::getenv("ADTALLY_KAFKA_BROKERS");
  ASSERT_NE(brokers, nullptr) << "ADTALLY_KAFKA_BROKERS is not set";
  KafkaLogOptions options;
  options.brokers = brokers;
  options.topic = "stepping-" + RandomUuid();
  options.partitions = 1;
  std::vector<int64_t> times;
  std::vector<AppendTime> expected;
  int64_t largest = 0;
  for (int64_t i = 0; i < 40; ++i) {
    times.push_back(kStart + i * 10 - (i / 10) % 2 * 150);  // every other ten is 150 ms behind
    largest = std::max(largest, times.back());
    expected.emplace_back(largest);
  }
  {
    KafkaCallbacks callbacks(NullLogger());
    callbacks.delivered = [](const rd_kafka_message_s& message) { EXPECT_EQ(message.err, 0); };
    auto producer = MakeKafkaClient(KafkaClientKind::kProducer, options, {}, callbacks);
    ASSERT_TRUE(producer.ok()) << producer.error().message;
    MakeTopic(producer->get(), options.topic);
    Produce(producer->get(), options.topic, times);
  }

  auto queries = KafkaQueries::Open(options, NullLogger());
  ASSERT_TRUE(queries.ok());
  KafkaCallbacks callbacks(NullLogger());
  auto client =
      MakeKafkaClient(KafkaClientKind::kConsumer, options, KafkaStreamSettings(1 << 20), callbacks);
  ASSERT_TRUE(client.ok());
  for (const uint64_t from : {0, 15, 12, 39, 20, 21, 10}) {
    KafkaReader reader(client->get(), **queries, options, Partition(0), nullptr);
    const auto told = reader.TimeOf(Offset(from));
    ASSERT_TRUE(told.ok()) << told.error().message;
    EXPECT_EQ(*told, expected[from]);
    RecordBatch out;
    for (Offset next(from); next < Offset(times.size()); next = next + out.size()) {
      out.Clear();
      const auto read = reader.Read(next, Offset(times.size()), Offset(times.size()), 1 << 20, out);
      ASSERT_TRUE(read.ok()) << read.error().message;
      ASSERT_FALSE(out.empty());
      for (const Record& record : out) {
        EXPECT_EQ(record.append_time, expected[record.offset.value]) << "from " << from;
      }
    }
  }
}

// The mark of a transaction's end takes an offset that no reader ever gets, and so does what an
// aborted one wrote.
TEST(KafkaHoleContract, OffsetsWithoutARecordArePassed) {
  const char* brokers = std::getenv("ADTALLY_KAFKA_BROKERS");
  ASSERT_NE(brokers, nullptr) << "ADTALLY_KAFKA_BROKERS is not set";
  KafkaLogOptions options;
  options.brokers = brokers;
  options.topic = "transactions-" + RandomUuid();
  options.checkpoints_topic = options.topic + "-checkpoints";
  options.partitions = 1;
  options.replication = 1;
  options.read_timeout_ms = 1'000;
  auto log = KafkaLog::Open(options, SystemClock(), NullLogger());
  ASSERT_TRUE(log.ok()) << log.error().message;
  const auto wait_for_end = [&](Offset end) {
    // The brokers write the mark after they answered.
    for (int i = 0; i < 100 && *(*log)->EndOffset(Partition(0)) < end; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return *(*log)->EndOffset(Partition(0));
  };
  const auto offsets_from = [&](uint64_t from, Offset limit = kNoOffsetLimit) {
    std::vector<uint64_t> offsets;
    RecordBatch out;
    const auto read = (*log)->Read(Partition(0), Offset(from), limit, 1'000, out);
    EXPECT_TRUE(read.ok()) << read.error().message;
    for (const Record& record : out) offsets.push_back(record.offset.value);
    return offsets;
  };
  using ::testing::ElementsAre;
  using ::testing::IsEmpty;

  ASSERT_NO_FATAL_FAILURE(ProduceInATransaction(options, true));  // at 0, its mark at 1
  ASSERT_EQ(wait_for_end(Offset(2)), Offset(2));
  EXPECT_THAT(offsets_from(0), ElementsAre(0));
  EXPECT_THAT(offsets_from(1), IsEmpty());
  EXPECT_EQ(*(*log)->EndOffset(Partition(0)), Offset(1)) << "nothing is there to be counted";

  ASSERT_NO_FATAL_FAILURE(ProduceInATransaction(options, false));  // 2 and 3
  ASSERT_EQ(wait_for_end(Offset(4)), Offset(4));
  ASSERT_TRUE(AppendOne(**log, 0, "after").ok());
  EXPECT_EQ(*(*log)->EndOffset(Partition(0)), Offset(5));
  EXPECT_THAT(offsets_from(1), ElementsAre(4));
  EXPECT_THAT(offsets_from(3), ElementsAre(4)) << "begun in the middle of the hole";
  EXPECT_THAT(offsets_from(0, Offset(4)), ElementsAre(0)) << "begun anew";
  EXPECT_THAT(offsets_from(1, Offset(4)), IsEmpty());
  EXPECT_THAT(offsets_from(4), ElementsAre(4));
  const auto last = (*log)->AppendTimeOf(Partition(0), Offset(4));
  const auto hole = (*log)->AppendTimeOf(Partition(0), Offset(1));
  ASSERT_TRUE(last.ok() && hole.ok());
  EXPECT_LE(*hole, *last);
}

}  // namespace
}  // namespace adtally
