#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "log/kafka_queries.h"

namespace adtally {

// What a cluster tells of a topic.
struct KafkaTopicFacts {
  uint32_t partitions = 0;
  std::map<std::string, std::string> settings;  // those in force, defaults included
};

// The two topics of a log, and the one for what could not be counted.
enum class KafkaTopicRole { kEvents, kCheckpoints, kRejected };

// The settings that a topic is made with.
std::map<std::string, std::string> KafkaTopicSettings(const KafkaLogOptions& options,
                                                      KafkaTopicRole role);

// kInvalidArgument, with what to change, when the log cannot rest on a topic that is like this. Of
// the events or the checkpoints: of the rejected events any topic will do.
Result<void> CheckKafkaTopic(const KafkaLogOptions& options, KafkaTopicRole role,
                             const KafkaTopicFacts& facts);

// Makes the topics that are absent and checks those that are there. kConflict when the checkpoints
// of an events topic that is gone are still there; kUnavailable when the cluster does not answer
// within `timeout_ms` or refuses.
Result<void> PrepareKafkaTopics(const KafkaLogOptions& options, const KafkaQueries& queries,
                                int timeout_ms);

// Makes options.rejected_topic when it is absent.
Result<void> MakeRejectedTopic(const KafkaLogOptions& options, rd_kafka_s* client, int timeout_ms);

}  // namespace adtally
