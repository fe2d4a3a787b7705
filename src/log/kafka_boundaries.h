#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "log/boundary_index.h"
#include "log/kafka_boundary_record.h"
#include "log/kafka_producer.h"
#include "log/kafka_queries.h"
#include "log/kafka_stream.h"

namespace adtally {

// The checkpoints topic: one record a boundary, partition by partition as in the events topic; and
// the identity of the log (see KafkaBoundaryRecord).
//
// The boundaries that are kept are in memory, 80 bytes each. Each call that does not find one reads
// on to the end that the topic has at that moment, so that the answer "none" was true then.
// Thread-safe.
class KafkaBoundaries {
 public:
  // Reads the log's id, and gives the log one when the topic is empty. The queries and the producer
  // outlive this. kConflict when the topic belongs to another events topic.
  static Result<std::unique_ptr<KafkaBoundaries>> Open(const KafkaLogOptions& options,
                                                       KafkaQueries& queries,
                                                       KafkaProducer& producer, Logger& logger);

  const std::string& log_id() const { return log_id_; }

  // As of EventLog, except that no boundary is refused for its age.
  Result<void> Append(Partition partition, Boundary boundary);
  Result<Boundary> Read(Partition partition, Offset begin);
  // Forgets boundaries that begin before `begin`, and now and then lets the brokers drop them.
  Result<void> DropBefore(Partition partition, Offset begin);

 private:
  struct Part {
    std::mutex mutex;
    std::unique_ptr<KafkaStream> stream;
    BoundaryIndex index;
    std::optional<Offset> read_to;  // of the topic; nullopt before the first read
    Offset deleted_to;
  };

  KafkaBoundaries(const KafkaLogOptions& options, KafkaQueries& queries, KafkaProducer& producer,
                  Logger& logger);
  Result<void> FindLogId();
  // Under the part's mutex, as are the next three.
  Result<void> CatchUp(Partition partition, Part& part);
  Result<void> StartAgain(Partition partition, Part& part);
  Result<void> Accept(const KafkaMessage& message, Part& part);

  const KafkaLogOptions options_;
  KafkaQueries& queries_;
  KafkaProducer& producer_;
  KafkaCallbacks callbacks_;
  KafkaClient client_;
  std::string log_id_;
  std::string first_name_;  // in the first record that only names the log; used by Open
  std::vector<std::unique_ptr<Part>> parts_;
};

}  // namespace adtally
