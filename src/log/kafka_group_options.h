#pragma once

#include <string>

#include "log/kafka_client.h"

namespace adtally {

struct KafkaGroupOptions {
  KafkaLogOptions log;  // the cluster, its settings and the topic whose partitions are shared out
  std::string group = "adtally";
  // A name of this process among the members that stays over restarts: one that is back within the
  // session timeout finds its partitions as they were. Empty: a new member each time, whose
  // partitions move at once when it leaves.
  std::string instance;
  int session_timeout_ms = 6000;  // a member that is not heard for so long loses its partitions
  int report_every_ms = 5000;     // how often progress is told to Kafka
};

// What a member's client needs of librdkafka.
KafkaSettings KafkaGroupSettings(const KafkaGroupOptions& options);

}  // namespace adtally
