#pragma once

#include <atomic>

#include "aggregator/aggregator_context.h"

namespace adtally {

// What the two tasks of one partition are told from outside, and tell each other. Thread-safe.
class PartitionControl {
 public:
  explicit PartitionControl(const AggregatorContext& context) : context_(context) {}

  // Of the process, until the partition is given up.
  RunMode mode() const { return given_up_ ? RunMode::kStop : context_.mode.load(); }
  // Another aggregator has it now. What is under way is left to that one.
  void GiveUp() { given_up_ = true; }

  // Whether this aggregator proposed the boundary that it came to last, and so delivers without
  // waiting for another. One that is no standby always does.
  bool leads() const { return leads_ || !context_.options.standby; }
  void set_leads(bool leads) { leads_ = leads; }

 private:
  const AggregatorContext& context_;
  std::atomic<bool> given_up_ = false;
  std::atomic<bool> leads_ = false;
};

}  // namespace adtally
