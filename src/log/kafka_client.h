#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/logger.h"
#include "base/result.h"
#include "log/kafka_log_options.h"

struct rd_kafka_s;
struct rd_kafka_message_s;
struct rd_kafka_topic_partition_list_s;

namespace adtally {

// One client of librdkafka with its threads and connections.
struct KafkaClientDeleter {
  void operator()(rd_kafka_s* client) const;
};
using KafkaClient = std::unique_ptr<rd_kafka_s, KafkaClientDeleter>;

enum class KafkaClientKind { kProducer, kConsumer };
using KafkaSettings = std::vector<std::pair<std::string, std::string>>;

// What a client calls, from threads of its own and, of producers, from rd_kafka_poll. Outlives the
// client.
struct KafkaCallbacks {
  explicit KafkaCallbacks(Logger& to) : logger(to) {}
  Logger& logger;
  std::atomic<bool> fatal{false};  // the producer will never work again: make another
  // For each produced record, from rd_kafka_poll: acknowledged or given up.
  std::function<void(const rd_kafka_message_s&)> delivered;
  // Of members of a group, from their polls: the partitions to take, or to give up, as
  // librdkafka's rebalance_cb.
  std::function<void(int event, rd_kafka_topic_partition_list_s*)> rebalance;
};

// `own` settings win over the user's (CheckKafkaSettings refuses what they could break).
Result<KafkaClient> MakeKafkaClient(KafkaClientKind kind, const KafkaLogOptions& options,
                                    const KafkaSettings& own, KafkaCallbacks& callbacks);

// kInvalidArgument when one of the user's settings is unknown to librdkafka, has a value that it
// refuses, or is one that adtally must choose itself. Never tells a value: it may be a secret.
Result<void> CheckKafkaSettings(const std::map<std::string, std::string>& settings);

// kUnavailable: "Kafka at BROKERS: WHAT: REASON".
Error KafkaError(const KafkaLogOptions& options, std::string_view what, int librdkafka_error);

}  // namespace adtally
