// A disk that does not keep up, with the real event log: the edge answers 429 to what it cannot
// hold, and keeps what it took.
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "edge/edge_test_support.h"
#include "log/faulty_file_system.h"
#include "log/log_test_support.h"
#include "log/rocksdb_log.h"

namespace adtally {
namespace {

using Fault = FaultyFileSystem::Fault;

struct Case {
  const char* name;
  size_t edge_queue_bytes;
  size_t log_queue_bytes;
  bool log_refuses;  // and not the edge itself
};

class EdgeBackpressureTest : public ::testing::TestWithParam<Case> {
 protected:
  static constexpr int kMostRequests = 500;

  EdgeBackpressureTest() {
    RocksDbLogOptions log_options;
    log_options.path = folder_.path() + "/log";
    log_options.partitions = 2;
    log_options.max_queued_bytes = GetParam().log_queue_bytes;
    log_options.env = env_.get();
    auto log = RocksDbLog::Open(log_options, clock_, NullLogger());
    EXPECT_TRUE(log.ok()) << log.error().message;
    log_ = std::move(log).value();

    EdgeOptions options;
    options.appender.max_queue_bytes = GetParam().edge_queue_bytes;
    options.appender.max_in_flight = kMostRequests;
    edge_ = Edge::Create(options, *log_, *signer_, keys_, pages_, clock_, NullLogger()).value();
  }
  // Lets a failed test end: the edge waits for what is under way.
  ~EdgeBackpressureTest() override { file_system_->Set(Fault::kNone); }

  std::future<http::Response> Post(const std::string& event_id) {
    return CallAsync(edge_->handler(), "POST", "/v1/events",
                     {{"Authorization", "Bearer ingest"}, {"Content-Type", "application/json"}},
                     EventLine(event_id));
  }

  std::multiset<std::string> LoggedIds() {
    std::multiset<std::string> ids;
    for (uint32_t p = 0; p < log_->partitions(); ++p) {
      for (const Record& record : ReadAll(*log_, p)) {
        EventBatchReader reader(record.payload);
        Event event;
        EventField bad;
        while (reader.Next(event, bad)) ids.emplace(event.event_id);
      }
    }
    return ids;
  }

  TemporaryFolder folder_;
  ManualClock clock_{TestEdge::kNowMs};
  std::shared_ptr<FaultyFileSystem> file_system_ = std::make_shared<FaultyFileSystem>();
  std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(file_system_);
  std::unique_ptr<EventLog> log_;
  FakePages pages_;
  FakeKeys keys_;
  std::unique_ptr<TokenSigner> signer_ = TestSigner();
  std::unique_ptr<Edge> edge_;
};

bool IsAnswered(const std::future<http::Response>& answer) {
  return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

TEST_P(EdgeBackpressureTest, WhatADiskThatStallsLeavesNoRoomForIs429) {
  file_system_->Set(Fault::kSyncWaits);
  std::multiset<std::string> taken;
  std::vector<std::future<http::Response>> answers;
  std::string refused_id;
  for (int i = 0; i < kMostRequests && refused_id.empty(); ++i) {
    const std::string id = "event-" + std::to_string(i);
    auto answer = Post(id);
    if (!IsAnswered(answer)) {
      taken.insert(id);
      answers.push_back(std::move(answer));
      continue;
    }
    refused_id = id;
    const http::Response refused = answer.get();
    EXPECT_EQ(refused.status, 429);
    EXPECT_NE(refused.Header("Retry-After"), "");
  }
  ASSERT_NE(refused_id, "") << "the edge took everything";
  EXPECT_GE(taken.size(), 3u);
  EXPECT_EQ(edge_->stats().overloaded.value(), 1u);
  EXPECT_EQ(edge_->stats().log_failures.value(), GetParam().log_refuses ? 1u : 0u);
  for (const auto& answer : answers) EXPECT_FALSE(IsAnswered(answer));  // not durable yet

  file_system_->Set(Fault::kNone);
  for (auto& answer : answers) EXPECT_EQ(answer.get().status, 202);
  EXPECT_EQ(LoggedIds(), taken);
  EXPECT_EQ(Post(refused_id).get().status, 202);  // as Retry-After says
  taken.insert(refused_id);
  EXPECT_EQ(LoggedIds(), taken);
}

INSTANTIATE_TEST_SUITE_P(Queues, EdgeBackpressureTest,
                         ::testing::Values(Case{"Log", size_t{64} << 20, 4'000, true},
                                           Case{"Edge", 4'000, size_t{64} << 20, false}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace adtally
