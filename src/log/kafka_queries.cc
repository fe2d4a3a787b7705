#include "log/kafka_queries.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace adtally {
namespace {

using List = std::unique_ptr<rd_kafka_topic_partition_list_t,
                             decltype(&rd_kafka_topic_partition_list_destroy)>;

List MakeList(size_t size) {
  return {rd_kafka_topic_partition_list_new(static_cast<int>(size)),
          &rd_kafka_topic_partition_list_destroy};
}

// A partition whose leader just changed answers with an error until the client knows the new one.
constexpr std::chrono::milliseconds kBetweenAttempts(100);

}  // namespace

KafkaQueries::KafkaQueries(const KafkaLogOptions& options, Logger& logger)
    : options_(options), callbacks_(logger) {}

Result<std::unique_ptr<KafkaQueries>> KafkaQueries::Open(const KafkaLogOptions& options,
                                                         Logger& logger) {
  std::unique_ptr<KafkaQueries> queries(new KafkaQueries(options, logger));
  ADTALLY_ASSIGN(
      queries->client_,
      MakeKafkaClient(KafkaClientKind::kConsumer, options,
                      {{"topic.metadata.refresh.interval.ms", "10000"}}, queries->callbacks_));
  return queries;
}

Result<std::vector<int64_t>> KafkaQueries::AskOnce(const std::string& topic,
                                                   const std::vector<Partition>& of, int64_t at,
                                                   int timeout_ms) {
  const List list = MakeList(of.size());
  for (const Partition partition : of) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(),
                                      static_cast<int32_t>(partition.value))
        ->offset = at;
  }
  const auto error = rd_kafka_offsets_for_times(client_.get(), list.get(), timeout_ms);
  const std::string what = "the offsets of topic " + topic;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return KafkaError(options_, what, error);
  std::vector<int64_t> offsets;
  for (const Partition partition : of) {
    const rd_kafka_topic_partition_t* answer = rd_kafka_topic_partition_list_find(
        list.get(), topic.c_str(), static_cast<int32_t>(partition.value));
    if (answer == nullptr) return KafkaError(options_, what, RD_KAFKA_RESP_ERR__BAD_MSG);
    if (answer->err != RD_KAFKA_RESP_ERR_NO_ERROR) return KafkaError(options_, what, answer->err);
    offsets.push_back(answer->offset);
  }
  return offsets;
}

Result<std::vector<int64_t>> KafkaQueries::Ask(const std::string& topic,
                                               const std::vector<Partition>& of, int64_t at,
                                               int timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    auto answer = AskOnce(topic, of, at, std::max(1, static_cast<int>(left.count())));
    if (answer.ok() || left <= kBetweenAttempts) return answer;
    std::this_thread::sleep_for(kBetweenAttempts);
  }
}

Result<std::vector<Offset>> KafkaQueries::AskAll(const std::string& topic, int64_t at,
                                                 int timeout_ms) {
  std::vector<Partition> all;
  for (uint32_t p = 0; p < options_.partitions; ++p) all.emplace_back(p);
  ADTALLY_ASSIGN(const auto answers, Ask(topic, all, at, timeout_ms));
  std::vector<Offset> offsets;
  for (const int64_t offset : answers) {
    if (offset < 0) {
      return KafkaError(options_, "the offsets of topic " + topic, RD_KAFKA_RESP_ERR__BAD_MSG);
    }
    offsets.emplace_back(static_cast<uint64_t>(offset));
  }
  return offsets;
}

Result<std::vector<Offset>> KafkaQueries::Begins(const std::string& topic, int timeout_ms) {
  return AskAll(topic, RD_KAFKA_OFFSET_BEGINNING, timeout_ms);
}

Result<std::vector<Offset>> KafkaQueries::Ends(const std::string& topic, int timeout_ms) {
  return AskAll(topic, RD_KAFKA_OFFSET_END, timeout_ms);
}

Result<Offset> KafkaQueries::Begin(const std::string& topic, Partition partition, int timeout_ms) {
  ADTALLY_ASSIGN(const auto answer, Ask(topic, {partition}, RD_KAFKA_OFFSET_BEGINNING, timeout_ms));
  return Offset(static_cast<uint64_t>(std::max<int64_t>(0, answer.front())));
}

Result<Offset> KafkaQueries::End(const std::string& topic, Partition partition, int timeout_ms) {
  ADTALLY_ASSIGN(const auto answer, Ask(topic, {partition}, RD_KAFKA_OFFSET_END, timeout_ms));
  return Offset(static_cast<uint64_t>(std::max<int64_t>(0, answer.front())));
}

Result<std::optional<Offset>> KafkaQueries::FirstAt(const std::string& topic, Partition partition,
                                                    AppendTime time, int timeout_ms) {
  ADTALLY_ASSIGN(const auto answer,
                 Ask(topic, {partition}, std::max<int64_t>(0, time.value), timeout_ms));
  if (answer.front() < 0) return std::optional<Offset>();
  return std::optional(Offset(static_cast<uint64_t>(answer.front())));
}

Result<void> KafkaQueries::DeleteBefore(const std::string& topic, Partition partition,
                                        Offset offset, int timeout_ms) {
  const List list = MakeList(1);
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(),
                                    static_cast<int32_t>(partition.value))
      ->offset = static_cast<int64_t>(offset.value);
  rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(list.get());
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client_.get());
  rd_kafka_DeleteRecords(client_.get(), &request, 1, nullptr, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, timeout_ms);
  auto error = RD_KAFKA_RESP_ERR__TIMED_OUT;
  if (event != nullptr) error = rd_kafka_event_error(event);
  const rd_kafka_DeleteRecords_result_t* result =
      event == nullptr ? nullptr : rd_kafka_event_DeleteRecords_result(event);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR && result != nullptr) {
    error = rd_kafka_DeleteRecords_result_offsets(result)->elems[0].err;
  }
  if (event != nullptr) rd_kafka_event_destroy(event);
  rd_kafka_queue_destroy(queue);
  rd_kafka_DeleteRecords_destroy(request);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return KafkaError(options_, "dropping old records of topic " + topic, error);
}

}  // namespace adtally
