#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include "edge/spool_test_support.h"
#include "log/faulty_file_system.h"
#include "log/rocksdb_log.h"

namespace adtally {
namespace {

using testing::HasSubstr;
using Fault = FaultyFileSystem::Fault;

TEST(SpoolFault, AFullDiskRefusesAndGoesOnByItself) {
  TemporaryFolder folder;
  const auto disk = std::make_shared<FaultyFileSystem>();
  const auto env = rocksdb::NewCompositeEnv(disk);
  RocksDbLogOptions files_options;
  files_options.path = folder.path();
  files_options.partitions = 1;
  files_options.recovery_interval_ms = 10;
  files_options.env = env.get();
  FakeLog log;
  log.FailWith({ErrorCode::kUnavailable, "no broker"});
  SpoolAnswers answers;
  {
    auto stored = RocksDbLog::Open(files_options, SystemClock(), NullLogger());
    ASSERT_TRUE(stored.ok()) << stored.error().message;
    auto files = SpoolFiles::Create(std::move(stored).value(), kSpoolBytes);
    ASSERT_TRUE(files.ok());
    Spool spool(log, std::move(files).value(), QuickSpool(30'000), SystemClock(), NullLogger());
    spool.AppendAsync(RecordOf("a", 4), answers.Next());
    EXPECT_TRUE(answers.WaitFor(1).ok());

    disk->Set(Fault::kDiskFull);
    spool.AppendAsync(RecordOf("b", 4), answers.Next());
    const auto refused = answers.WaitFor(2);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
    EXPECT_TRUE(spool.status().failing);

    disk->Set(Fault::kNone);
    ASSERT_TRUE(Eventually([&] {
      spool.AppendAsync(RecordOf("c", 4), answers.Next());
      return answers.WaitFor(answers.size()).ok() && !spool.status().failing;
    }));
    log.Recover();
    ASSERT_TRUE(Eventually([&] { return spool.status().records == 0; }));
  }
  const auto ids = LoggedIds(log);
  EXPECT_EQ(ids.count("a"), 1u);
  EXPECT_GE(ids.count("c"), 1u);
}

// The log takes records while the disk that they are dropped from does not: they are not sent
// again and again.
TEST(SpoolFault, WhatCannotBeDroppedIsDrainedOnce) {
  TemporaryFolder folder;
  const auto disk = std::make_shared<FaultyFileSystem>();
  const auto env = rocksdb::NewCompositeEnv(disk);
  RocksDbLogOptions files_options;
  files_options.path = folder.path();
  files_options.partitions = 1;
  files_options.recovery_interval_ms = 10;
  files_options.env = env.get();
  FakeLog log;
  log.FailWith({ErrorCode::kUnavailable, "no broker"});
  SpoolAnswers answers;
  {
    auto stored = RocksDbLog::Open(files_options, SystemClock(), NullLogger());
    ASSERT_TRUE(stored.ok());
    auto files = SpoolFiles::Create(std::move(stored).value(), kSpoolBytes);
    Spool spool(log, std::move(files).value(), QuickSpool(30'000), SystemClock(), NullLogger());
    for (int i = 0; i < 5; ++i) spool.AppendAsync(RecordOf(std::to_string(i), 4), answers.Next());
    EXPECT_TRUE(answers.WaitFor(5).ok());
    disk->Set(Fault::kDiskFull);
    log.Recover();
    ASSERT_TRUE(Eventually([&] { return !LoggedIds(log).empty(); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    disk->Set(Fault::kNone);
    ASSERT_TRUE(Eventually([&] { return spool.status().records == 0; }));
    EXPECT_EQ(LoggedIds(log).size(), 5u);
  }
}

struct SpooledEdge {
  explicit SpooledEdge(uint64_t max_bytes) {
    log.FailWith({ErrorCode::kUnavailable, "Kafka at 10.0.0.1:9092 does not answer"});
    spool = OpenTestSpool(folder.path(), log, QuickSpool(30'000), logger, max_bytes);
    EdgeOptions options;
    options.has_spool = true;
    edge = std::move(Edge::Create(options, *spool, *signer, keys, pages, clock, logger)).value();
    handler = edge->handler();
  }
  http::Response Ingest(const std::string& lines) {
    return CallAsync(handler, "POST", "/v1/events",
                     {{"Authorization", "Bearer ingest"}, {"Content-Type", "application/x-ndjson"}},
                     lines)
        .get();
  }

  TemporaryFolder folder;
  ManualClock clock{TestEdge::kNowMs};
  RecordingLogger logger;
  FakeLog log;
  FakePages pages;
  FakeKeys keys;
  std::unique_ptr<TokenSigner> signer = TestSigner();
  std::unique_ptr<Spool> spool;
  std::unique_ptr<Edge> edge;
  http::Handler handler;
};

TEST(SpooledEdge, EveryCallGetsItsUsualAnswerWhileTheLogIsDown) {
  SpooledEdge edge(kSpoolBytes);
  TokenClaims link = TestLink();
  link.landing_url = "https://shop.example/";
  const std::string token = edge.signer->Sign(link);
  const std::string click_id = edge.signer->Sign(TestClick());
  EXPECT_EQ(CallAsync(edge.handler, "GET", "/c/" + token).get().status, 302);
  EXPECT_EQ(CallAsync(edge.handler, "GET", "/i/" + token + ".gif").get().status, 200);
  EXPECT_EQ(
      CallAsync(edge.handler, "POST", "/v1/conversions?order_id=1&value=2&click_id=" + click_id)
          .get()
          .status,
      204);
  EXPECT_EQ(edge.Ingest(EventLine("posted")).status, 202);
  EXPECT_EQ(edge.edge->stats().unavailable.value(), 0u);
  edge.log.Recover();
  ASSERT_TRUE(Eventually([&] { return edge.spool->status().records == 0; }));
  EXPECT_EQ(edge.log.Events().size(), 4u);
}

TEST(SpooledEdge, AFullSpoolAnswers503AndSaysWhy) {
  SpooledEdge edge(100);
  ASSERT_EQ(edge.Ingest(EventLine("one")).status, 202);
  const http::Response refused = edge.Ingest(EventLine("two"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("spool"));
  EXPECT_EQ(refused.body.find("10.0.0.1"), std::string::npos);
  EXPECT_EQ(edge.edge->stats().unavailable.value(), 1u);
}

}  // namespace
}  // namespace adtally
