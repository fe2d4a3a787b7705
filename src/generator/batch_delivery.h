#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "generator/batch_target.h"

namespace adtally {

// What the deliveries of all clients share, for the progress line. Thread-safe.
struct BatchDeliveryState {
  std::atomic<uint64_t> retries{0};
  std::atomic<bool> outage{false};  // so that one client logs an outage, not all of them
};

// Sends a batch until it is accepted, with the same bytes each time, as a producer with a durable
// queue does. Not thread-safe; the references must outlive it.
class BatchDelivery {
 public:
  // Waits for that long; false when the run is to stop.
  using Wait = std::function<bool(int64_t ms)>;

  BatchDelivery(BatchTarget& target, int give_up_ms, const Clock& clock, Wait wait,
                BatchDeliveryState& state, Logger& logger)
      : target_(target),
        give_up_ms_(give_up_ms),
        clock_(clock),
        wait_(std::move(wait)),
        state_(state),
        logger_(logger) {}

  // True when the target accepted all events of the batch, false when stopped before that. An error
  // when it was not accepted within give_up_ms, or when trying again is useless.
  Result<bool> Deliver(std::string_view body);

 private:
  void OnFailure(const std::string& what);
  void OnAccepted();

  BatchTarget& target_;
  const int give_up_ms_;
  const Clock& clock_;
  const Wait wait_;
  BatchDeliveryState& state_;
  Logger& logger_;
};

}  // namespace adtally
