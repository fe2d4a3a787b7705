#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "edge/edge_test_support.h"
#include "edge/spool.h"
#include "event/protobuf_codec.h"
#include "testing/temporary_folder.h"

namespace adtally {

inline constexpr uint64_t kSpoolBytes = uint64_t{16} << 20;

inline Event SpooledEvent(std::string_view id) {
  Event event;
  event.event_id = id;
  event.type = EventType::kClick;
  event.time = EventTime(TestEdge::kNowMs);
  event.dimensions = {1, 7, 70, 700, Device::kMobile, *ParseCountry("US"), {}};
  return event;
}

// A record of one event, where the event belongs.
inline std::vector<RecordSink::Append> RecordOf(std::string_view id, uint32_t partitions) {
  const Event event = SpooledEvent(id);
  std::string payload;
  AppendToBatch(event, payload);
  return {{Partition(Partitioner(partitions).PartitionOfEvent(event)), std::move(payload)}};
}

// Waits until it holds, for ten seconds at most.
template <class Condition>
bool Eventually(const Condition& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return condition();
}

inline std::multiset<std::string> LoggedIds(const FakeLog& log) {
  std::multiset<std::string> ids;
  for (const LoggedEvent& event : log.Events()) {
    EXPECT_EQ(event.partition,
              Partitioner(log.partitions()).PartitionOfEvent(SpooledEvent(event.event_id)));
    ids.insert(event.event_id);
  }
  return ids;
}

// Answers by number, each of which must come once.
class SpoolAnswers {
 public:
  RecordSink::Done Next() {
    std::lock_guard lock(mutex_);
    const size_t number = expected_++;
    return [this, number](Result<void> result) {
      std::lock_guard guard(mutex_);
      EXPECT_TRUE(numbers_.insert(number).second) << "answered twice";
      results_.push_back(std::move(result));
      changed_.notify_all();
    };
  }
  // Waits until as many have come; the last of them.
  Result<void> WaitFor(size_t count) {
    std::unique_lock lock(mutex_);
    const bool came =
        changed_.wait_for(lock, std::chrono::seconds(10), [&] { return results_.size() >= count; });
    EXPECT_TRUE(came) << results_.size() << " of " << count << " answers";
    return results_.empty() ? Error{ErrorCode::kInternal, "no answer"} : results_.back();
  }
  size_t size() {
    std::lock_guard lock(mutex_);
    return results_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t expected_ = 0;
  std::set<size_t> numbers_;
  std::vector<Result<void>> results_;
};

inline SpoolOptions QuickSpool(int64_t after_ms) {
  SpoolOptions options;
  options.after_ms = after_ms;
  options.min_retry_ms = 5;
  options.max_retry_ms = 20;
  return options;
}

inline std::unique_ptr<Spool> OpenTestSpool(const std::string& path, RecordSink& log,
                                            const SpoolOptions& options, Logger& logger,
                                            uint64_t max_bytes = kSpoolBytes) {
  auto files = SpoolFiles::Open(path, max_bytes, SystemClock(), logger);
  EXPECT_TRUE(files.ok()) << files.error().message;
  return std::make_unique<Spool>(log, std::move(files).value(), options, SystemClock(), logger);
}

}  // namespace adtally
