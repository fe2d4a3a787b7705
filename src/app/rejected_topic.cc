#include "app/rejected_topic.h"

#include <utility>

#include "app/event_log_setup.h"

namespace adtally {

Result<std::unique_ptr<RejectedTopic>> RejectedTopic::Open(const Config& config, const Clock& clock,
                                                           Logger& logger) {
  if (config.log_kind != "kafka" || config.log_rejected_topic.empty()) {
    return std::unique_ptr<RejectedTopic>();
  }
  ADTALLY_ASSIGN(auto topic, KafkaRejectedTopic::Open(KafkaLogOptionsFor(config), clock, logger));
  return std::unique_ptr<RejectedTopic>(new RejectedTopic(std::move(topic)));
}

void RejectedTopic::Add(const RejectedEvent& event) {
  topic_->Write(
      {event.partition, event.offset, event.append_time, event.number, event.reason, event.bytes});
}

}  // namespace adtally
