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

// Which of the two topics of a log.
enum class KafkaTopicRole { kEvents, kCheckpoints };

// The settings that a topic is made with.
std::map<std::string, std::string> KafkaTopicSettings(const KafkaLogOptions& options,
                                                      KafkaTopicRole role);

// kInvalidArgument, with what to change, when the log cannot rest on a topic that is like this.
Result<void> CheckKafkaTopic(const KafkaLogOptions& options, KafkaTopicRole role,
                             const KafkaTopicFacts& facts);

// Makes the topics that are absent and checks those that are there. kConflict when the checkpoints
// of an events topic that is gone are still there; kUnavailable when the cluster does not answer
// within `timeout_ms` or refuses.
Result<void> PrepareKafkaTopics(const KafkaLogOptions& options, const KafkaQueries& queries,
                                int timeout_ms);

}  // namespace adtally
