#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "log/kafka_group.h"

namespace adtally {

// A member and what it was told.
class Member {
 public:
  explicit Member(const KafkaGroupOptions& options) {
    auto joined = KafkaGroup::Join(
        options, [this](const std::vector<Partition>& partitions) { Note(partitions); },
        [this] {
          std::vector<std::pair<Partition, Offset>> progress;
          for (const Partition partition : assigned()) {
            progress.emplace_back(partition, Offset(7 + partition.value));
          }
          return progress;
        },
        NullLogger());
    EXPECT_TRUE(joined.ok()) << joined.error().message;
    if (joined.ok()) group_ = std::move(joined).value();
  }

  std::vector<Partition> assigned() const {
    std::lock_guard lock(mutex_);
    return assigned_;
  }
  // How often that changed, and how often it was left without any.
  int changes() const {
    std::lock_guard lock(mutex_);
    return changes_;
  }
  int emptied() const {
    std::lock_guard lock(mutex_);
    return emptied_;
  }
  KafkaGroup& group() { return *group_; }

 private:
  void Note(const std::vector<Partition>& partitions) {
    std::lock_guard lock(mutex_);
    if (partitions.empty() && !assigned_.empty()) ++emptied_;
    assigned_ = partitions;
    ++changes_;
  }

  mutable std::mutex mutex_;
  std::vector<Partition> assigned_;
  int changes_ = 0;
  int emptied_ = 0;
  std::unique_ptr<KafkaGroup> group_;
};

inline bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 1500; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace adtally
