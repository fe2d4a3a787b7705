#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "base/check.h"
#include "counting/checkpoint.h"

namespace adtally {

// Where a partition's counting leaves the next checkpoint for its delivery: room for one. With the
// one that is counted and the one that is delivered, a partition never holds more than three.
// Thread-safe; one side puts, the other takes. The callbacks run in the caller's thread.
class CheckpointSlot {
 public:
  // `filled`: there is something to take, or it was closed. `emptied`: there is room, or nothing
  // will be taken any more.
  CheckpointSlot(std::function<void()> filled, std::function<void()> emptied)
      : filled_(std::move(filled)), emptied_(std::move(emptied)) {}

  bool full() const {
    std::lock_guard lock(mutex_);
    return checkpoint_.has_value();
  }

  // Neither full nor closed by the putting side. Drops it when the slot was abandoned.
  void Put(Checkpoint checkpoint) {
    {
      std::lock_guard lock(mutex_);
      ADTALLY_CHECK(!checkpoint_, "the slot is full");
      if (!closed_) checkpoint_ = std::move(checkpoint);
    }
    filled_();
  }

  std::optional<Checkpoint> Take() {
    std::optional<Checkpoint> taken;
    {
      std::lock_guard lock(mutex_);
      taken.swap(checkpoint_);
    }
    if (taken) emptied_();
    return taken;
  }

  // The putting side: no more will come.
  void Close() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    filled_();
  }

  // The taking side: nothing is taken any more, and what waits is dropped.
  void Abandon() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
      checkpoint_.reset();
    }
    emptied_();
  }

  bool closed() const {
    std::lock_guard lock(mutex_);
    return closed_;
  }

  // Nothing is there and nothing will come.
  bool finished() const {
    std::lock_guard lock(mutex_);
    return closed_ && !checkpoint_;
  }

 private:
  const std::function<void()> filled_;
  const std::function<void()> emptied_;
  mutable std::mutex mutex_;
  std::optional<Checkpoint> checkpoint_;
  bool closed_ = false;
};

}  // namespace adtally
