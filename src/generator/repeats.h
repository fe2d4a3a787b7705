#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "generator/traffic_stream.h"

namespace adtally {

// Events that another client is to send a second time. Thread-safe.
class RepeatMailbox {
 public:
  void Put(const GeneratedEvent& event) {
    std::lock_guard lock(mutex_);
    events_.push_back(event);
  }
  std::vector<GeneratedEvent> Take() {
    std::lock_guard lock(mutex_);
    return std::exchange(events_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<GeneratedEvent> events_;
};

// The repeats that a client still has to send, by the batch in which they are due. Not thread-safe.
class RepeatSchedule {
 public:
  static constexpr uint32_t kMaxBatchesLater = 8;

  // `batches_later` in [1, kMaxBatchesLater], counted from the current batch.
  void Add(uint32_t batches_later, const GeneratedEvent& event) {
    slots_[(batch_ + batches_later) % slots_.size()].push_back(event);
    ++size_;
  }
  void AddNow(const GeneratedEvent& event) {
    due_.push_back(event);
    ++size_;
  }
  // Turns to the next batch: what is due in it can be taken.
  void NextBatch() {
    auto& slot = slots_[++batch_ % slots_.size()];
    due_.insert(due_.end(), slot.begin(), slot.end());
    slot.clear();
  }
  bool HasDue() const { return !due_.empty(); }
  GeneratedEvent TakeDue() {
    const GeneratedEvent event = due_.front();
    due_.pop_front();
    --size_;
    return event;
  }
  bool empty() const { return size_ == 0; }

 private:
  uint64_t batch_ = 0;
  size_t size_ = 0;
  std::array<std::vector<GeneratedEvent>, kMaxBatchesLater + 1> slots_;
  std::deque<GeneratedEvent> due_;
};

}  // namespace adtally
