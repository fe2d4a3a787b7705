#include "log/kafka_client.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace adtally {
namespace {

using Conf = std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)>;

// What exactly-once counting hangs on.
constexpr std::array<std::string_view, 24> kReserved = {
    "acks",
    "auto.commit.enable",
    "auto.offset.reset",
    "bootstrap.servers",
    "delivery.timeout.ms",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.gapless.guarantee",
    "enable.idempotence",
    "enable.partition.eof",
    "group.id",
    "group.instance.id",
    "heartbeat.interval.ms",
    "isolation.level",
    "max.in.flight",
    "max.in.flight.requests.per.connection",
    "max.poll.interval.ms",
    "message.timeout.ms",
    "metadata.broker.list",
    "partition.assignment.strategy",
    "request.required.acks",
    "retries",
    "session.timeout.ms",
    "transactional.id",
};

KafkaCallbacks& CallbacksOf(const rd_kafka_t* client) {
  return *static_cast<KafkaCallbacks*>(rd_kafka_opaque(client));
}

void OnLog(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  constexpr int kWarning = 4;  // syslog's
  if (level > kWarning) return;
  CallbacksOf(client).logger.Warning(fmt::format("Kafka client: {}: {}", facility, text));
}

void OnError(rd_kafka_t* client, int error, const char*, void*) {
  if (error == RD_KAFKA_RESP_ERR__FATAL) CallbacksOf(client).fatal.store(true);
}

void OnDelivered(rd_kafka_t* client, const rd_kafka_message_t* message, void*) {
  CallbacksOf(client).delivered(*message);
}

void OnRebalance(rd_kafka_t* client, rd_kafka_resp_err_t event,
                 rd_kafka_topic_partition_list_t* partitions, void*) {
  CallbacksOf(client).rebalance(event, partitions);
}

Result<void> Set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  std::array<char, 512> ignored;  // librdkafka's sentence repeats the value
  switch (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), ignored.data(), ignored.size())) {
    case RD_KAFKA_CONF_OK:
      return {};
    case RD_KAFKA_CONF_UNKNOWN:
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("log.kafka: librdkafka has no setting \"{}\"", name)};
    default:
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("log.kafka: librdkafka refuses the value of \"{}\"", name)};
  }
}

}  // namespace

void KafkaClientDeleter::operator()(rd_kafka_s* client) const {
  rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

Result<void> CheckKafkaSettings(const std::map<std::string, std::string>& settings) {
  const Conf conf(rd_kafka_conf_new(), &rd_kafka_conf_destroy);
  for (const auto& [name, value] : settings) {
    if (std::ranges::find(kReserved, name) != kReserved.end()) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("log.kafka: \"{}\" is chosen by adtally, since exact counting "
                               "depends on it: leave it out",
                               name)};
    }
    ADTALLY_TRY(Set(conf.get(), name, value));
  }
  return {};
}

Result<KafkaClient> MakeKafkaClient(KafkaClientKind kind, const KafkaLogOptions& options,
                                    const KafkaSettings& own, KafkaCallbacks& callbacks) {
  ADTALLY_TRY(CheckKafkaSettings(options.settings));
  Conf conf(rd_kafka_conf_new(), &rd_kafka_conf_destroy);
  const KafkaSettings common = {
      {"bootstrap.servers", options.brokers},
      {"client.id", "adtally"},
      {"log.connection.close", "false"},
      // A broker that comes back is used again within a second.
      {"reconnect.backoff.ms", "50"},
      {"reconnect.backoff.max.ms", "1000"},
      {"socket.keepalive.enable", "true"},
  };
  for (const auto& [name, value] : common) ADTALLY_TRY(Set(conf.get(), name, value));
  for (const auto& [name, value] : options.settings) ADTALLY_TRY(Set(conf.get(), name, value));
  for (const auto& [name, value] : own) ADTALLY_TRY(Set(conf.get(), name, value));
  rd_kafka_conf_set_opaque(conf.get(), &callbacks);
  rd_kafka_conf_set_log_cb(conf.get(), &OnLog);
  // Without one a consumer's errors are logged, and do not wait for a poll that never comes.
  if (kind == KafkaClientKind::kProducer) {
    rd_kafka_conf_set_error_cb(conf.get(), &OnError);
    rd_kafka_conf_set_dr_msg_cb(conf.get(), &OnDelivered);
  }

  if (callbacks.rebalance) rd_kafka_conf_set_rebalance_cb(conf.get(), &OnRebalance);

  std::array<char, 512> reason{};
  const auto type = kind == KafkaClientKind::kProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
  rd_kafka_t* client = rd_kafka_new(type, conf.get(), reason.data(), reason.size());
  if (client == nullptr) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("Kafka at {}: no client can be made: {}",
                                                          options.brokers, reason.data())};
  }
  static_cast<void>(conf.release());  // the client's now
  return KafkaClient(client);
}

Error KafkaError(const KafkaLogOptions& options, std::string_view what, int librdkafka_error) {
  return {ErrorCode::kUnavailable,
          fmt::format("Kafka at {}: {}: {}", options.brokers, what,
                      rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(librdkafka_error)))};
}

}  // namespace adtally
