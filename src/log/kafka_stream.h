#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "log/kafka_client.h"

struct rd_kafka_queue_s;
struct rd_kafka_topic_s;

namespace adtally {

// A record as it was fetched; owns its bytes.
class KafkaMessage {
 public:
  explicit KafkaMessage(rd_kafka_message_s* message) : message_(message) {}
  int error() const;  // librdkafka's; 0: it is a record
  Offset offset() const;
  AppendTime timestamp() const;  // the broker's, as it is
  std::string_view payload() const;

 private:
  struct Deleter {
    void operator()(rd_kafka_message_s* message) const;
  };
  std::unique_ptr<rd_kafka_message_s, Deleter> message_;
};

// The records of one partition of a topic, fetched ahead from some offset on.
//
// librdkafka's simple consumer: each partition has its own position and queue. It tracks offsets
// itself, since a client may lose messages around a change of position: after a hole it fetches
// again from there, and believes the hole when it is still there. Not thread-safe.
class KafkaStream {
 public:
  // `filled` is called, from a thread of the client, when records came to be taken after there were
  // none. The client outlives the stream, which is the only one of its partition in that client.
  KafkaStream(rd_kafka_s* client, const KafkaLogOptions& options, std::string topic,
              Partition partition, std::function<void()> filled);
  ~KafkaStream();
  KafkaStream(const KafkaStream&) = delete;
  KafkaStream& operator=(const KafkaStream&) = delete;

  // What Take gives next; nullopt before Start and after an error.
  std::optional<Offset> next() const { return next_; }
  Result<void> Start(Offset offset);
  void Stop();
  // Adds what is there to `out`, waiting up to `timeout_ms` for the first. Records of aborted
  // transactions are left out. After an error it has stopped: kNotFound when the topic does not
  // have the offset; kUnavailable.
  Result<void> Take(int timeout_ms, std::deque<KafkaMessage>& out);

 private:
  Result<bool> Accept(KafkaMessage message, std::deque<KafkaMessage>& out);
  // Whether no record lies in [next, to), as the client says: only when it says so twice. It
  // fetches again after the first time.
  Result<bool> Believe();
  Error Failed(int librdkafka_error);

  const KafkaLogOptions options_;
  const std::string topic_name_;
  const Partition partition_;
  const std::function<void()> filled_;
  rd_kafka_s* const client_;
  rd_kafka_topic_s* const topic_;
  rd_kafka_queue_s* queue_ = nullptr;
  std::optional<Offset> next_;
  std::optional<Offset> hole_;  // where one was seen, and the fetch began again
};

// What a client needs to be read by streams. `bytes`: what a partition may hold fetched ahead.
KafkaSettings KafkaStreamSettings(size_t bytes);

}  // namespace adtally
