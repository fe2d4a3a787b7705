#pragma once

#include <optional>
#include <string>
#include <vector>

#include "log/kafka_client.h"

namespace adtally {

// What a cluster tells of the offsets of its topics. On a client of its own: beside the fetches of
// a consuming client each answer would wait for their long poll. Thread-safe; each call waits up to
// `timeout_ms` for the brokers, then gives kUnavailable.
class KafkaQueries {
 public:
  static Result<std::unique_ptr<KafkaQueries>> Open(const KafkaLogOptions& options, Logger& logger);

  // By partition: the first offset kept, and one past the last record that consumers may read.
  Result<std::vector<Offset>> Begins(const std::string& topic, int timeout_ms);
  Result<std::vector<Offset>> Ends(const std::string& topic, int timeout_ms);
  Result<Offset> Begin(const std::string& topic, Partition partition, int timeout_ms);
  Result<Offset> End(const std::string& topic, Partition partition, int timeout_ms);
  // The first record whose own timestamp is at or after `time`; nullopt when there is none.
  Result<std::optional<Offset>> FirstAt(const std::string& topic, Partition partition,
                                        AppendTime time, int timeout_ms);
  // Lets the brokers drop what lies before `offset`.
  Result<void> DeleteBefore(const std::string& topic, Partition partition, Offset offset,
                            int timeout_ms);

  rd_kafka_s* client() const { return client_.get(); }

 private:
  KafkaQueries(const KafkaLogOptions& options, Logger& logger);
  // What each partition answers for `at`: a time, or one of librdkafka's marks for begin and end.
  Result<std::vector<int64_t>> Ask(const std::string& topic, const std::vector<Partition>& of,
                                   int64_t at, int timeout_ms);
  Result<std::vector<int64_t>> AskOnce(const std::string& topic, const std::vector<Partition>& of,
                                       int64_t at, int timeout_ms);
  Result<std::vector<Offset>> AskAll(const std::string& topic, int64_t at, int timeout_ms);

  const KafkaLogOptions options_;
  KafkaCallbacks callbacks_;
  KafkaClient client_;
};

}  // namespace adtally
