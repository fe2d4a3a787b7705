#pragma once

#include "app/rejected_topic.h"
#include "base/recent_rejections.h"
#include "counting/rejected_events.h"

namespace adtally {

// Shows what counting rejects in two places: the last ones in memory, and all in log.rejected_topic
// where there is one.
class RejectedSamples final : public RejectedEvents {
 public:
  // `topic` may be nullptr. Both outlive it.
  RejectedSamples(RecentRejections& recent, RejectedTopic* topic)
      : recent_(recent), topic_(topic) {}

  bool HasRoom() override;
  void Add(const RejectedEvent& event) override;

 private:
  RecentRejections& recent_;
  RejectedTopic* const topic_;
};

}  // namespace adtally
