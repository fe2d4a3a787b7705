#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "base/strong.h"

namespace adtally {

struct KafkaLogOptions {
  std::string brokers;  // "host:port,host:port", to find the others from
  std::string topic = "adtally.events";
  std::string checkpoints_topic = "adtally.checkpoints";  // of this log alone
  std::string rejected_topic;  // see KafkaRejectedTopic; empty: there is none
  uint32_t partitions = 4;     // made with as many when absent, and refused when they differ
  uint32_t replication = 3;    // when the topics are made
  int64_t retention_ms = 72 * kMillisPerHour;      // of the events, when the topic is made
  int64_t min_retention_ms = 27 * kMillisPerHour;  // of the events: less is refused
  std::map<std::string, std::string> settings;     // librdkafka's own: TLS, SASL

  size_t max_queued_bytes = size_t{64}
                            << 20;  // appends that are not acknowledged; more are refused
  size_t max_fetched_bytes = size_t{256} << 20;  // records read ahead, over all partitions
  int append_timeout_ms = 5'000;  // what is not acknowledged by then gets kUnavailable
  int read_timeout_ms = 3'000;    // for records and answers that must be there
};

}  // namespace adtally
