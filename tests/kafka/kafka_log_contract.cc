// KafkaLog against a real cluster: what rocksdb_log_test checks of the log in a folder. Needs
// ADTALLY_KAFKA_BROKERS (tests/e2e/kafka_test.py runs it); each test has topics of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "log/kafka_log.h"
#include "log/kafka_queries.h"
#include "log/log_test_support.h"
#include "log/random_uuid.h"

namespace adtally {
namespace {

using ::testing::HasSubstr;

class KafkaLogContract : public ::testing::Test {
 protected:
  KafkaLogContract() {
    const char* brokers = std::getenv("ADTALLY_KAFKA_BROKERS");
    EXPECT_NE(brokers, nullptr) << "ADTALLY_KAFKA_BROKERS is not set";
    options_.brokers = brokers == nullptr ? "" : brokers;
    const std::string id = RandomUuid();
    options_.topic = "events-" + id;
    options_.checkpoints_topic = "checkpoints-" + id;
    options_.partitions = 2;
    options_.replication = 1;
  }

  static Result<std::unique_ptr<EventLog>> TryOpen(const KafkaLogOptions& options) {
    return KafkaLog::Open(options, SystemClock(), NullLogger());
  }
  std::unique_ptr<EventLog> Open() {
    auto opened = TryOpen(options_);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return std::move(opened).value();
  }
  std::string ErrorOf(const KafkaLogOptions& options) {
    const auto opened = TryOpen(options);
    return opened.ok() ? "" : opened.error().message;
  }

  // As Kafka's retention does.
  void DropEventsBefore(EventLog& log, uint32_t partition, Offset offset) {
    auto queries = KafkaQueries::Open(options_, NullLogger());
    ASSERT_TRUE(queries.ok());
    const auto dropped =
        (*queries)->DeleteBefore(options_.topic, Partition(partition), offset, 5'000);
    ASSERT_TRUE(dropped.ok()) << dropped.error().message;
    for (int i = 0; i < 100 && *log.BeginOffset(Partition(partition)) < offset; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ASSERT_EQ(*log.BeginOffset(Partition(partition)), offset);
  }

  KafkaLogOptions options_;
};

TEST_F(KafkaLogContract, KeepsRecordsTheirOrderAndItsIdOverAReopen) {
  auto log = Open();
  const std::string id = log->log_id();
  EXPECT_EQ(id.size(), 36u);
  const int64_t before = SystemClock().NowMs();
  ASSERT_TRUE(AppendOne(*log, 0, "a").ok());
  ASSERT_TRUE(AppendAndWait(*log, {{Partition(0), "b"}, {Partition(1), ""}}).ok());
  log = Open();
  ASSERT_TRUE(AppendOne(*log, 0, "c").ok());

  EXPECT_EQ(log->log_id(), id);
  const auto records = ReadAll(*log, 0);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].payload, "a");
  EXPECT_EQ(records[1].payload, "b");
  EXPECT_EQ(records[2].payload, "c");
  EXPECT_GE(records[0].append_time.value, before);
  EXPECT_LE(records[2].append_time.value, SystemClock().NowMs());
  EXPECT_EQ(ReadAll(*log, 1).size(), 1u);
  EXPECT_EQ(*log->EndOffset(Partition(0)), Offset(3));
  EXPECT_EQ(*log->BeginOffset(Partition(0)), Offset(0));
}

TEST_F(KafkaLogContract, ReadsUpToTheByteAndOffsetLimits) {
  auto log = Open();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(AppendOne(*log, 0, std::string(100, 'x')).ok());
  RecordBatch out;
  ASSERT_TRUE(log->Read(Partition(0), Offset(2), kNoOffsetLimit, 350, out).ok());
  EXPECT_GE(out.size(), 1u);
  EXPECT_LE(out.size(), 3u);
  ASSERT_TRUE(log->Read(Partition(0), Offset(2), kNoOffsetLimit, 1, out).ok());
  EXPECT_EQ(out.size(), 1u);
  ASSERT_TRUE(log->Read(Partition(0), Offset(2), Offset(4), 10'000, out).ok());
  EXPECT_LE(out.size(), 2u);
  ASSERT_TRUE(log->Read(Partition(0), Offset(10), kNoOffsetLimit, 10'000, out).ok());
  EXPECT_TRUE(out.empty());
  ASSERT_TRUE(log->Read(Partition(0), Offset(4), Offset(4), 10'000, out).ok());
  EXPECT_TRUE(out.empty());
}

TEST_F(KafkaLogContract, SeveralReadersAtDifferentOffsetsSeeTheSame) {
  auto log = Open();
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(AppendOne(*log, 0, std::to_string(i)).ok());
  const auto all = ReadAll(*log, 0);
  ASSERT_EQ(all.size(), 60u);
  RecordBatch out;
  for (const uint64_t from : {40, 10, 41, 0, 59, 30, 31, 30}) {
    ASSERT_TRUE(log->Read(Partition(0), Offset(from), Offset(from + 1), 10'000, out).ok());
    ASSERT_EQ(out.size(), 1u);
    EXPECT_EQ(out[0].payload, std::to_string(from));
    EXPECT_EQ(out[0].append_time, all[from].append_time);
  }
  log = Open();  // knows no times yet: the time index tells them
  for (const uint64_t at : {59, 0, 30}) {
    const auto time = log->AppendTimeOf(Partition(0), Offset(at));
    ASSERT_TRUE(time.ok()) << time.error().message;
    EXPECT_EQ(*time, all[at].append_time);
  }
  EXPECT_EQ(log->AppendTimeOf(Partition(0), Offset(60)).error().code, ErrorCode::kNotFound);
}

TEST_F(KafkaLogContract, FindsTheFirstRecordAtATime) {
  auto log = Open();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(AppendOne(*log, 0, "x").ok());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const auto all = ReadAll(*log, 0);
  EXPECT_EQ(*log->OffsetAt(Partition(0), AppendTime(0)), Offset(0));
  for (const Record& record : all) {
    EXPECT_EQ(*log->OffsetAt(Partition(0), record.append_time), record.offset);
  }
  EXPECT_EQ(*log->OffsetAt(Partition(0), AppendTime(all.back().append_time.value + 1)), Offset(5));
  EXPECT_EQ(*log->OffsetAt(Partition(1), AppendTime(0)), Offset(0));
}

TEST_F(KafkaLogContract, TheFirstBoundaryWinsWhoeverWroteIt) {
  auto log = Open();
  auto other = Open();
  EXPECT_EQ(other->log_id(), log->log_id());
  EXPECT_EQ(log->ReadBoundary(Partition(0), Offset(0)).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(other->AppendBoundary(Partition(0), {Offset(0), Offset(7)}).ok());
  ASSERT_TRUE(log->AppendBoundary(Partition(0), {Offset(0), Offset(9)}).ok());
  ASSERT_TRUE(log->AppendBoundary(Partition(1), {Offset(0), Offset(3)}).ok());
  for (EventLog* each : {log.get(), other.get()}) {
    EXPECT_EQ(*each->ReadBoundary(Partition(0), Offset(0)), (Boundary{Offset(0), Offset(7)}));
    EXPECT_EQ(*each->ReadBoundary(Partition(1), Offset(0)), (Boundary{Offset(0), Offset(3)}));
    EXPECT_EQ(each->ReadBoundary(Partition(1), Offset(3)).error().code, ErrorCode::kNotFound);
  }
  // A "none" is true when it is answered: written by another process a moment ago.
  for (uint64_t i = 1; i <= 50; ++i) {
    ASSERT_TRUE(other->AppendBoundary(Partition(1), {Offset(3 * i), Offset(3 * i + 3)}).ok());
    ASSERT_TRUE(log->ReadBoundary(Partition(1), Offset(3 * i)).ok());
  }
  log = Open();
  EXPECT_EQ(*log->ReadBoundary(Partition(0), Offset(0)), (Boundary{Offset(0), Offset(7)}));
}

TEST_F(KafkaLogContract, ProcessesThatStartItTogetherAgreeOnItsId) {
  Open();  // the topics
  options_.checkpoints_topic += "-2";
  std::vector<std::string> ids(4);
  std::vector<std::thread> threads;
  for (std::string& id : ids) threads.emplace_back([&] { id = Open()->log_id(); });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& id : ids) EXPECT_EQ(id, ids.front());
  EXPECT_EQ(Open()->log_id(), ids.front());
}

TEST_F(KafkaLogContract, WaitsForAnAppendOfThisProcessAndOfAnother) {
  auto log = Open();
  auto other = Open();
  uint64_t seen = log->WaitForAppend(0, 60'000);
  EXPECT_NE(seen, 0u);
  for (EventLog* writer : {log.get(), other.get(), log.get()}) {
    const Offset end = *log->EndOffset(Partition(1));
    ASSERT_TRUE(AppendOne(*writer, 1, "x").ok());
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (*log->EndOffset(Partition(1)) == end) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      seen = log->WaitForAppend(seen, 1'000);
    }
    EXPECT_EQ(*log->EndOffset(Partition(1)), end + 1);
  }
}

TEST_F(KafkaLogContract, RefusesWhatDoesNotFit) {
  auto log = Open();
  KafkaLogOptions other = options_;
  other.partitions = 3;
  EXPECT_THAT(ErrorOf(other), HasSubstr("it has 2 partitions, but log.partitions is 3"));
  other = options_;
  other.min_retention_ms = options_.retention_ms + 1;
  EXPECT_THAT(ErrorOf(other), HasSubstr("retention.ms is"));
  other = options_;
  other.topic += "-other";
  EXPECT_THAT(ErrorOf(other), HasSubstr("its events are gone"));
  {
    KafkaLogOptions second = other;
    second.checkpoints_topic += "-other";
    EXPECT_EQ(ErrorOf(second), "");
  }
  EXPECT_THAT(ErrorOf(other), HasSubstr("holds the checkpoints of topic " + options_.topic));
  other = options_;
  other.topic += "-new";
  other.checkpoints_topic += "-new";
  other.replication = 3;
  EXPECT_THAT(ErrorOf(other), HasSubstr("log.replication = 3"));
  other = options_;
  other.settings["acks"] = "1";
  EXPECT_THAT(ErrorOf(other), HasSubstr("\"acks\" is chosen by adtally"));
}

TEST_F(KafkaLogContract, RefusesWhatTheQueueCannotHold) {
  options_.max_queued_bytes = 1'000'000;
  auto log = Open();
  EXPECT_EQ(AppendOne(*log, 0, std::string(950'000, 'x')).error().code, ErrorCode::kTooLarge);
  std::atomic<int> appended{0};
  std::atomic<int> refused{0};
  for (int i = 0; i < 100; ++i) {
    log->AppendAsync({{Partition(0), std::string(300'000, 'x')}}, [&](Result<void> result) {
      if (result.ok()) ++appended;
      if (!result.ok() && result.error().code == ErrorCode::kResourceExhausted) ++refused;
    });
  }
  log.reset();  // writes what is queued
  EXPECT_GT(appended, 2);
  EXPECT_GT(refused, 0);
  EXPECT_EQ(appended + refused, 100);
  EXPECT_EQ(Open()->EndOffset(Partition(0))->value, static_cast<uint64_t>(appended));
}

TEST_F(KafkaLogContract, EightThreadsAppendAndReadAtOnce) {
  constexpr int kThreads = 8;
  constexpr int kRecords = 150;
  auto log = Open();
  std::atomic<int> appended{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRecords; ++i) {
        log->AppendAsync({{Partition(static_cast<uint32_t>(i % 2)), std::to_string(t)}},
                         [&](Result<void> result) { appended += result.ok(); });
      }
    });
  }
  Offset next(0);
  RecordBatch out;
  uint64_t seen = 0;
  while (next < Offset(kThreads * kRecords / 2)) {
    if (*log->EndOffset(Partition(0)) == next) seen = log->WaitForAppend(seen, 60'000);
    const auto read = log->Read(Partition(0), next, kNoOffsetLimit, 1000, out);
    ASSERT_TRUE(read.ok()) << read.error().message;
    for (const Record& record : out) {
      EXPECT_EQ(record.offset, next);
      ++next;
    }
  }
  for (auto& thread : threads) thread.join();
  log.reset();
  EXPECT_EQ(appended, kThreads * kRecords);
}

TEST_F(KafkaLogContract, NothingEarlierThanTheSafeTimeAppearsLater) {
  auto log = Open();
  std::atomic<bool> stop{false};
  std::vector<std::pair<AppendTime, Offset>> seen;
  std::thread reader([&] {
    while (!stop) {
      const AppendTime safe = log->SafeTime(Partition(0));
      const Offset end = *log->EndOffset(Partition(0));
      EXPECT_LE(safe.value, SystemClock().NowMs());
      if (seen.empty() || seen.back().first < safe || seen.back().second < end) {
        seen.emplace_back(safe, end);
      }
    }
  });
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(1500);
  while (std::chrono::steady_clock::now() < until) EXPECT_TRUE(AppendOne(*log, 0, "x").ok());
  stop = true;
  reader.join();
  const auto records = ReadAll(*log, 0);
  EXPECT_GT(records.size(), 10u);
  for (const auto& [safe, end] : seen) {
    if (end.value < records.size()) {
      EXPECT_GE(records[end.value].append_time, safe);
    }
  }
  EXPECT_GT(seen.back().first, seen.front().first);
}

TEST_F(KafkaLogContract, WhatRetentionDroppedIsToldAndItsBoundariesGoWithIt) {
  constexpr uint64_t kRecords = 2'000;
  auto log = Open();
  const std::string id = log->log_id();
  ASSERT_TRUE(
      AppendAndWait(*log, std::vector<EventLog::Append>(kRecords, {Partition(0), "x"})).ok());
  for (uint64_t i = 0; i < kRecords - 1; ++i) {
    ASSERT_TRUE(log->AppendBoundary(Partition(0), {Offset(i), Offset(i + 1)}).ok());
  }
  EXPECT_EQ(*log->DroppedUpTo(Partition(0)), std::nullopt);
  ASSERT_TRUE(log->DropBefore(Partition(0), Offset(1'000)).ok());  // Kafka's retention drops events
  EXPECT_EQ(*log->BeginOffset(Partition(0)), Offset(0));
  EXPECT_TRUE(log->ReadBoundary(Partition(0), Offset(3)).ok());

  DropEventsBefore(*log, 0, Offset(1'500));
  ASSERT_TRUE(log->DropBefore(Partition(0), Offset(kRecords)).ok());
  for (int opened = 0; opened < 2; ++opened) {
    RecordBatch out;
    const auto read = log->Read(Partition(0), Offset(1'499), kNoOffsetLimit, 100, out);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
    EXPECT_EQ(ReadAll(*log, 0, Offset(1'500)).size(), 500u);
    const Error boundary = log->ReadBoundary(Partition(0), Offset(3)).error();
    EXPECT_EQ(boundary.code, ErrorCode::kInvalidArgument);
    for (const Error& error : {read.error(), boundary}) {
      EXPECT_NE(error.message.find("raise retention.ms"), std::string::npos) << error.message;
    }
    EXPECT_TRUE(log->ReadBoundary(Partition(0), Offset(1'500)).ok());
    EXPECT_TRUE(log->ReadBoundary(Partition(0), Offset(1'800)).ok());
    EXPECT_TRUE(log->DroppedUpTo(Partition(0))->has_value());
    EXPECT_EQ(log->log_id(), id);
    log = Open();
  }
  auto queries = KafkaQueries::Open(options_, NullLogger());
  EXPECT_GE(*(*queries)->Begin(options_.checkpoints_topic, Partition(0), 5'000), Offset(1'500));
}

}  // namespace
}  // namespace adtally
