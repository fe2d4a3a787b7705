#include "log/kafka_topics.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <charconv>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace adtally {
namespace {

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

// A record of adtally has up to 64 KiB, but one event may be larger.
constexpr int64_t kMinMessageBytes = 1'000'000;
// By then every broker knows a topic that one of them knows.
constexpr std::chrono::milliseconds kKnownEverywhere(2000);

const std::string& NameOf(const KafkaLogOptions& options, KafkaTopicRole role) {
  switch (role) {
    case KafkaTopicRole::kEvents:
      return options.topic;
    case KafkaTopicRole::kCheckpoints:
      return options.checkpoints_topic;
    case KafkaTopicRole::kRejected:
      break;
  }
  return options.rejected_topic;
}

// Sends an admin request by `send` and waits for its answer.
template <class Send>
Result<Owned<rd_kafka_event_t>> Ask(const KafkaLogOptions& options, rd_kafka_t* client,
                                    const std::string& what, int timeout_ms, Send send) {
  const Owned<rd_kafka_queue_t> queue(rd_kafka_queue_new(client), &rd_kafka_queue_destroy);
  send(queue.get());
  Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), timeout_ms),
                                &rd_kafka_event_destroy);
  const auto error =
      event == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return KafkaError(options, what, error);
  return event;
}

// The number of partitions; nullopt when there is no such topic.
Result<std::optional<uint32_t>> CountPartitions(const KafkaLogOptions& options, rd_kafka_t* client,
                                                const std::string& name, int timeout_ms) {
  const Owned<rd_kafka_topic_t> topic(rd_kafka_topic_new(client, name.c_str(), nullptr),
                                      &rd_kafka_topic_destroy);
  const rd_kafka_metadata_t* raw = nullptr;
  auto error = rd_kafka_metadata(client, 0, topic.get(), &raw, timeout_ms);
  const std::string what = "looking for topic " + name;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return KafkaError(options, what, error);
  const Owned<const rd_kafka_metadata_t> metadata(raw, &rd_kafka_metadata_destroy);
  if (metadata->topic_cnt != 1) return KafkaError(options, what, RD_KAFKA_RESP_ERR__BAD_MSG);
  const rd_kafka_metadata_topic_t& found = metadata->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return std::optional<uint32_t>();
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR &&
      found.err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
    return KafkaError(options, what, found.err);
  }
  return std::optional(static_cast<uint32_t>(found.partition_cnt));
}

Result<void> Create(const KafkaLogOptions& options, rd_kafka_t* client, KafkaTopicRole role,
                    int timeout_ms) {
  const std::string& name = NameOf(options, role);
  const std::string what = "making topic " + name;
  const uint32_t partitions = role == KafkaTopicRole::kRejected ? 1 : options.partitions;
  std::array<char, 512> reason{};
  const Owned<rd_kafka_NewTopic_t> topic(
      rd_kafka_NewTopic_new(name.c_str(), static_cast<int>(partitions),
                            static_cast<int>(options.replication), reason.data(), reason.size()),
      &rd_kafka_NewTopic_destroy);
  if (topic == nullptr) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("{}: {}", what, reason.data())};
  }
  for (const auto& [setting, value] : KafkaTopicSettings(options, role)) {
    rd_kafka_NewTopic_set_config(topic.get(), setting.c_str(), value.c_str());
  }
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  ADTALLY_ASSIGN(const auto event, Ask(options, client, what, timeout_ms, [&](auto* queue) {
                   rd_kafka_CreateTopics(client, topics, 1, nullptr, queue);
                 }));
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  if (count != 1) return KafkaError(options, what, RD_KAFKA_RESP_ERR__BAD_MSG);
  const auto error = rd_kafka_topic_result_error(results[0]);
  // Another process was first.
  if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return {};
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const char* details = rd_kafka_topic_result_error_string(results[0]);
  return Error{
      ErrorCode::kUnavailable,
      fmt::format("Kafka at {}: {} with log.replication = {}: {}", options.brokers, what,
                  options.replication, details != nullptr ? details : rd_kafka_err2str(error))};
}

Result<std::map<std::string, std::string>> ReadSettings(const KafkaLogOptions& options,
                                                        rd_kafka_t* client, const std::string& name,
                                                        int timeout_ms) {
  const std::string what = "reading the settings of topic " + name;
  const Owned<rd_kafka_ConfigResource_t> resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()),
      &rd_kafka_ConfigResource_destroy);
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  ADTALLY_ASSIGN(const auto event, Ask(options, client, what, timeout_ms, [&](auto* queue) {
                   rd_kafka_DescribeConfigs(client, resources, 1, nullptr, queue);
                 }));
  size_t count = 0;
  const rd_kafka_ConfigResource_t** results = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  if (count != 1) return KafkaError(options, what, RD_KAFKA_RESP_ERR__BAD_MSG);
  if (const auto error = rd_kafka_ConfigResource_error(results[0])) {
    return KafkaError(options, what, error);
  }
  std::map<std::string, std::string> settings;
  const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(results[0], &count);
  for (size_t i = 0; i < count; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    settings[rd_kafka_ConfigEntry_name(entries[i])] = value == nullptr ? "" : value;
  }
  return settings;
}

// nullopt when the setting is absent or no number.
std::optional<int64_t> Number(const KafkaTopicFacts& facts, const std::string& setting) {
  const auto it = facts.settings.find(setting);
  if (it == facts.settings.end()) return std::nullopt;
  int64_t value = 0;
  const char* end = it->second.data() + it->second.size();
  const auto [at, error] = std::from_chars(it->second.data(), end, value);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

// Waits until the topic is known to the cluster, and checks it.
Result<void> CheckMade(const KafkaLogOptions& options, rd_kafka_t* client, KafkaTopicRole role,
                       int timeout_ms) {
  const std::string& name = NameOf(options, role);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  for (;;) {
    ADTALLY_ASSIGN(const auto partitions, CountPartitions(options, client, name, timeout_ms));
    if (partitions && *partitions > 0) {
      KafkaTopicFacts facts;
      facts.partitions = *partitions;
      auto settings = ReadSettings(options, client, name, timeout_ms);
      if (settings.ok()) {
        facts.settings = std::move(settings).value();
        return CheckKafkaTopic(options, role, facts);
      }
      // A broker that was asked may not know the topic yet.
      if (std::chrono::steady_clock::now() >= deadline) return std::move(settings).error();
    } else if (std::chrono::steady_clock::now() >= deadline) {
      return KafkaError(options, "waiting for topic " + name,
                        RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace

std::map<std::string, std::string> KafkaTopicSettings(const KafkaLogOptions& options,
                                                      KafkaTopicRole role) {
  if (role == KafkaTopicRole::kRejected) {
    // As long as someone may come to look, and never more than a disk can bear.
    return {{"cleanup.policy", "delete"},
            {"retention.ms", std::to_string(7 * 24 * kMillisPerHour)},
            {"retention.bytes", std::to_string(1 << 30)},
            {"segment.bytes", std::to_string(64 << 20)}};
  }
  std::map<std::string, std::string> settings = {
      {"cleanup.policy", "delete"},
      {"message.timestamp.type", "LogAppendTime"},
      {"retention.bytes", "-1"},
      {"unclean.leader.election.enable", "false"},
      {"min.insync.replicas", options.replication > 1 ? "2" : "1"},
  };
  if (role == KafkaTopicRole::kEvents) {
    settings["retention.ms"] = std::to_string(options.retention_ms);
  } else {
    // adtally drops its old records itself; in small segments, so that the space is freed.
    settings["retention.ms"] = "-1";
    settings["segment.bytes"] = std::to_string(16 << 20);
  }
  return settings;
}

Result<void> CheckKafkaTopic(const KafkaLogOptions& options, KafkaTopicRole role,
                             const KafkaTopicFacts& facts) {
  const std::string& name = NameOf(options, role);
  const auto bad = [&](const std::string& problem) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("Kafka topic {}: {}", name, problem)};
  };
  if (facts.partitions != options.partitions) {
    return bad(
        fmt::format("it has {} partitions, but log.partitions is {}: set that to {}, or make "
                    "the topic anew",
                    facts.partitions, options.partitions, facts.partitions));
  }
  auto needed = KafkaTopicSettings(options, role);
  needed.erase("segment.bytes");
  if (role == KafkaTopicRole::kEvents) needed.erase("retention.ms");
  needed.erase("min.insync.replicas");
  for (const auto& [setting, value] : needed) {
    const auto it = facts.settings.find(setting);
    const std::string found = it == facts.settings.end() ? "unknown" : it->second;
    if (found != value) {
      return bad(
          fmt::format("{} is {}, but adtally counts exactly only with {}: change it with "
                      "kafka-configs",
                      setting, found, value));
    }
  }
  const auto retention = Number(facts, "retention.ms").value_or(0);
  if (role == KafkaTopicRole::kEvents && retention != -1 && retention < options.min_retention_ms) {
    return bad(
        fmt::format("retention.ms is {}, but a restart reads the deduplication window "
                    "again: it must be at least {}",
                    retention, options.min_retention_ms));
  }
  if (options.replication > 1 && Number(facts, "min.insync.replicas").value_or(1) < 2) {
    return bad(
        "min.insync.replicas is 1, so that an acknowledged event could be lost with one "
        "broker: set it to 2");
  }
  if (Number(facts, "max.message.bytes").value_or(0) < kMinMessageBytes) {
    return bad(fmt::format("max.message.bytes must be at least {}", kMinMessageBytes));
  }
  return {};
}

Result<void> PrepareKafkaTopics(const KafkaLogOptions& options, const KafkaQueries& queries,
                                int timeout_ms) {
  rd_kafka_t* client = queries.client();
  // In this order, since another process may just make both.
  ADTALLY_ASSIGN(const auto checkpoints,
                 CountPartitions(options, client, options.checkpoints_topic, timeout_ms));
  ADTALLY_ASSIGN(auto events, CountPartitions(options, client, options.topic, timeout_ms));
  if (!events && checkpoints) {
    // The second broker that was asked may know less than the first.
    std::this_thread::sleep_for(kKnownEverywhere);
    ADTALLY_ASSIGN(events, CountPartitions(options, client, options.topic, timeout_ms));
  }
  if (!events && checkpoints) {
    return Error{ErrorCode::kConflict,
                 fmt::format("Kafka at {} has topic {} but not {}: its events are gone; bring them "
                             "back, or delete both topics and move the data folder away to start "
                             "empty",
                             options.brokers, options.checkpoints_topic, options.topic)};
  }
  // In this order: a crash in between leaves what the next start completes.
  if (!events) ADTALLY_TRY(Create(options, client, KafkaTopicRole::kEvents, timeout_ms));
  ADTALLY_TRY(CheckMade(options, client, KafkaTopicRole::kEvents, timeout_ms));
  if (!checkpoints) ADTALLY_TRY(Create(options, client, KafkaTopicRole::kCheckpoints, timeout_ms));
  return CheckMade(options, client, KafkaTopicRole::kCheckpoints, timeout_ms);
}

Result<void> MakeRejectedTopic(const KafkaLogOptions& options, rd_kafka_s* client, int timeout_ms) {
  ADTALLY_ASSIGN(const auto found,
                 CountPartitions(options, client, options.rejected_topic, timeout_ms));
  if (found) return {};
  return Create(options, client, KafkaTopicRole::kRejected, timeout_ms);
}

}  // namespace adtally
