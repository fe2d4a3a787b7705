#pragma once

#include <memory>

#include "app/config.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "counting/rejected_events.h"
#include "log/kafka_rejected_topic.h"

namespace adtally {

// Writes what counting rejects to log.rejected_topic.
class RejectedTopic final : public RejectedEvents {
 public:
  // nullptr when the config wants none. The clock and the logger outlive it.
  static Result<std::unique_ptr<RejectedTopic>> Open(const Config& config, const Clock& clock,
                                                     Logger& logger);

  bool HasRoom() override { return topic_->HasRoom(); }
  void Add(const RejectedEvent& event) override;

  const KafkaRejectedTopic& topic() const { return *topic_; }

 private:
  explicit RejectedTopic(std::unique_ptr<KafkaRejectedTopic> topic) : topic_(std::move(topic)) {}

  std::unique_ptr<KafkaRejectedTopic> topic_;
};

}  // namespace adtally
