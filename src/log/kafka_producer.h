#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "log/event_log.h"
#include "log/kafka_client.h"

struct rd_kafka_topic_s;

namespace adtally {

// Produces records and tells when all in-sync replicas hold them.
//
// The client is idempotent: it retries without changing the order or writing twice, until
// append_timeout_ms. When it fails for good (librdkafka calls that fatal), what is under way gets
// kUnavailable and another client takes its place. Thread-safe.
class KafkaProducer {
 public:
  enum class Topic { kEvents, kCheckpoints };
  // A record can be read; called before the Done of its request, from the producer's thread.
  using Acknowledged = std::function<void(Topic, Partition, Offset)>;

  static Result<std::unique_ptr<KafkaProducer>> Open(const KafkaLogOptions& options,
                                                     const Clock& clock, Logger& logger,
                                                     Acknowledged acknowledged);
  // Waits for what is under way, append_timeout_ms at most.
  ~KafkaProducer();

  // As EventLog::AppendAsync.
  void Produce(Topic topic, std::vector<EventLog::Append> records, EventLog::Done done);
  // Blocks until it is acknowledged.
  Result<void> ProduceAndWait(Topic topic, Partition partition, std::string payload);

  // When the oldest request that has no answer yet began, by the clock; nullopt when all have.
  std::optional<int64_t> OldestUnderWayMs() const;

 private:
  struct Request;
  struct Client {
    KafkaClient handle;
    rd_kafka_topic_s* topics[2] = {};
    Client() = default;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();
  };

  KafkaProducer(const KafkaLogOptions& options, const Clock& clock, Logger& logger,
                Acknowledged acknowledged);
  Result<std::unique_ptr<Client>> MakeClient();
  Result<void> Reserve(Request& request);
  void Send(Request& request);
  // Takes `parts` of the request as answered; the last one calls done.
  void Answer(Request& request, size_t parts, std::optional<Error> error);
  void OnDelivered(const rd_kafka_message_s& message);
  void Poll();
  void ReplaceClient();

  const KafkaLogOptions options_;
  const Clock& clock_;
  Logger& logger_;
  const Acknowledged acknowledged_;
  KafkaCallbacks callbacks_;

  std::shared_mutex client_mutex_;
  std::unique_ptr<Client> client_;  // replaced by the polling thread only

  mutable std::mutex mutex_;
  size_t queued_bytes_ = 0;
  std::multiset<int64_t> began_ms_;  // of the requests under way

  std::atomic<bool> stopping_{false};
  std::thread poller_;
};

}  // namespace adtally
