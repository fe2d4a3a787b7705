#include "app/log_freshness.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "testing/manual_clock.h"
#include "testing/memory_log.h"

namespace adtally {
namespace {

// Answers what progress is asked for.
class ProgressStore final : public Store {
 public:
  Result<std::string> Query(std::string_view, const std::vector<SqlParam>&,
                            std::string_view) override {
    std::lock_guard lock(mutex_);
    if (answer_.empty()) return Error{ErrorCode::kUnavailable, "no store"};
    return answer_;
  }
  Result<void> Insert(std::string_view, std::string_view, std::string_view) override { return {}; }
  void Answer(std::string answer) {
    std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }

 private:
  std::mutex mutex_;
  std::string answer_;
};

bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST(LogFreshnessTest, ComesFromTheProgressInTheStore) {
  ManualClock clock(1'000'000);
  MemoryLog log(2, clock);
  for (int i = 0; i < 3; ++i) {
    log.AppendAsync({{Partition(0), "x"}, {Partition(1), "x"}}, [](const Result<void>&) {});
    clock.Advance(1000);
  }
  ProgressStore store;
  LogFreshness freshness(log, store, clock, NullLogger());
  EXPECT_TRUE(Eventually([&] { return freshness.Problem() == "no store"; }));
  EXPECT_TRUE(freshness.Read().empty());

  store.Answer("0\t3\n1\t1\n");
  ASSERT_TRUE(Eventually([&] { return freshness.Problem().empty(); }));
  const auto partitions = freshness.Read();
  ASSERT_EQ(partitions.size(), 2u);
  EXPECT_EQ(partitions[0].lag_records, 0u);
  EXPECT_EQ(partitions[0].complete_to_ms, log.SafeTime(Partition(0)).value);
  EXPECT_EQ(partitions[1].lag_records, 2u);
  EXPECT_EQ(partitions[1].complete_to_ms, 1'001'000);
  EXPECT_EQ(partitions[1].lag_ms, 2000);

  store.Answer("");
  clock.Advance(5000);
  EXPECT_EQ(freshness.Read()[1].lag_ms, 7000) << "it grows while the store does not answer";
}

}  // namespace
}  // namespace adtally
