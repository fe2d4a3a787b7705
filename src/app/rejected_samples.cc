#include "app/rejected_samples.h"

#include <fmt/format.h>

namespace adtally {

// The topic wants all that it can take, the memory a few.
bool RejectedSamples::HasRoom() {
  return topic_ != nullptr ? topic_->HasRoom() : recent_.HasRoom();
}

void RejectedSamples::Add(const RejectedEvent& event) {
  if (recent_.HasRoom()) {
    recent_.Add("log",
                fmt::format("partition {}, offset {}, event {}", event.partition.value,
                            event.offset.value, event.number),
                event.reason, event.bytes);
  }
  if (topic_ != nullptr) topic_->Add(event);
}

}  // namespace adtally
