#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "log/kafka_client.h"

struct rd_kafka_topic_s;

namespace adtally {

// An event that was not counted, on its way to KafkaLogOptions::rejected_topic.
struct KafkaRejectedEvent {
  Partition partition;
  Offset offset;
  AppendTime append_time;
  uint64_t number = 0;  // among the events of its record
  std::string_view reason;
  std::string_view bytes;
};

// Writes events that could not be counted to a topic, for people to look at.
//
// The value of a record there is the event's bytes, at most kMaxBytes of them. Headers tell the
// rest, as text, under the names that Kafka Connect gives them in its dead letter queues:
//   __connect.errors.topic, __connect.errors.partition, __connect.errors.offset: of its record
//   __connect.errors.exception.message: what is wrong with it
//   adtally.append_time_ms: of its record; adtally.event_number: which of the record's events
//   adtally.cut_from_bytes: only when the value was cut: how long it was
// An event that is counted again, after a restart, is written again.
//
// A help for people, not a part of counting: it never waits. What does not fit into its queue, or
// Kafka does not take within 30 s, is left out; a counter and a line in the log, at most one a
// minute, say so. Thread-safe.
class KafkaRejectedTopic {
 public:
  static constexpr size_t kMaxBytes = 64 << 10;

  // Makes the topic when it is absent. `clock` and `logger` outlive it. kUnavailable when the
  // cluster does not answer within `timeout_ms` or refuses.
  static Result<std::unique_ptr<KafkaRejectedTopic>> Open(const KafkaLogOptions& options,
                                                          const Clock& clock, Logger& logger,
                                                          int timeout_ms = 15'000);
  // Gives what is queued a second.
  ~KafkaRejectedTopic();

  // Whether Write has room. An event for which it has none counts as left out.
  bool HasRoom();
  // Copies the event; leaves it out when there is no room.
  void Write(const KafkaRejectedEvent& event);

  uint64_t written() const { return written_.load(); }    // acknowledged by Kafka
  uint64_t left_out() const { return left_out_.load(); }  // never to be written

 private:
  KafkaRejectedTopic(const KafkaLogOptions& options, const Clock& clock, Logger& logger);
  void Poll();
  void LogLeftOut();

  const KafkaLogOptions options_;
  const Clock& clock_;
  Logger& logger_;
  std::atomic<int64_t> queued_{0};
  std::atomic<uint64_t> written_{0};
  std::atomic<uint64_t> left_out_{0};
  uint64_t logged_left_out_ = 0;  // the polling thread's, like the next
  int64_t logged_ms_ = 0;
  KafkaCallbacks callbacks_;
  KafkaClient client_;
  rd_kafka_topic_s* topic_ = nullptr;
  std::atomic<bool> stopping_{false};
  std::thread poller_;
};

}  // namespace adtally
