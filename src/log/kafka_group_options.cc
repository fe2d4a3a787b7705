#include "log/kafka_group_options.h"

#include <algorithm>
#include <string>

namespace adtally {
namespace {

// While it gives up partitions it does not poll. A member that takes longer is left out.
constexpr int kMaxPollMs = 60'000;

}  // namespace

KafkaSettings KafkaGroupSettings(const KafkaGroupOptions& options) {
  const int session_ms = options.session_timeout_ms;
  KafkaSettings settings = {
      {"group.id", options.group},
      {"partition.assignment.strategy", "cooperative-sticky"},
      {"session.timeout.ms", std::to_string(session_ms)},
      // Members learn of a change from the answer to a heartbeat.
      {"heartbeat.interval.ms", std::to_string(std::clamp(session_ms / 6, 100, 3000))},
      {"max.poll.interval.ms", std::to_string(std::max(kMaxPollMs, 2 * session_ms))},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"auto.offset.reset", "latest"},
      // A message or two come before the pause does.
      {"queued.min.messages", "1"},
      {"fetch.message.max.bytes", "1024"},
  };
  if (!options.instance.empty()) settings.emplace_back("group.instance.id", options.instance);
  return settings;
}

}  // namespace adtally
