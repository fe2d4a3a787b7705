#include "edge/event_appender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "base/hash.h"
#include "edge/edge_test_support.h"

namespace adtally {
namespace {

Event MakeEvent(std::string_view id) {
  Event event;
  event.event_id = id;
  event.type = EventType::kClick;
  event.time = EventTime(TestEdge::kNowMs);
  event.dimensions = {1, 7, 70, 700, Device::kMobile, *ParseCountry("US"), {}};
  event.cost_micros = 250'000;
  return event;
}

// Answers in the order in which they came.
struct Answers {
  EventLog::Done Next() {
    return [this](Result<void> result) {
      std::lock_guard lock(mutex);
      results.push_back(std::move(result));
    };
  }
  size_t size() {
    std::lock_guard lock(mutex);
    return results.size();
  }
  std::mutex mutex;
  std::vector<Result<void>> results;
};

std::multiset<std::string> IdsIn(const FakeLog& log) {
  std::multiset<std::string> ids;
  for (const LoggedEvent& event : log.Events()) {
    EXPECT_EQ(event.partition, PartitionOf(HashBytes(event.event_id), log.partitions()));
    ids.insert(event.event_id);
  }
  return ids;
}

TEST(EventAppender, AppendsAtOnceWhenIdleAndAnswersWhenDurable) {
  FakeLog log(4, FakeLog::Mode::kHeld);
  EdgeStats stats;
  EventAppender appender(log, {}, stats);
  Answers answers;
  appender.Append(MakeEvent("a"), answers.Next());
  EXPECT_EQ(log.held(), 1);
  EXPECT_EQ(answers.size(), 0u);
  log.Release();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_TRUE(answers.results[0].ok());
  EXPECT_EQ(IdsIn(log), (std::multiset<std::string>{"a"}));
}

TEST(EventAppender, CoalescesWhatArrivesWhileAppendsAreUnderWay) {
  FakeLog log(4, FakeLog::Mode::kHeld);
  EdgeStats stats;
  EventAppender appender(log, {}, stats);
  Answers answers;
  for (int i = 0; i < 102; ++i)
    appender.Append(MakeEvent("id-" + std::to_string(i)), answers.Next());
  EXPECT_EQ(log.held(), 2);  // two in flight, the other hundred wait
  EXPECT_EQ(log.Release(), 2);
  EXPECT_EQ(answers.size(), 2u);
  EXPECT_EQ(log.held(), 1);  // and go out together
  log.Release();
  EXPECT_EQ(answers.size(), 102u);
  EXPECT_EQ(IdsIn(log).size(), 102u);
  EXPECT_EQ(log.records().size(), 2u + 4u);  // one record a partition
  EXPECT_EQ(stats.log_appends.value(), 3u);
  EXPECT_EQ(stats.log_records.value(), 6u);
}

TEST(EventAppender, ALargeRequestBecomesSeveralBoundedRecordsAndGroups) {
  FakeLog log(3);
  EdgeStats stats;
  EventAppenderOptions options;
  options.max_record_bytes = 1000;
  options.max_group_bytes = 8000;
  EventAppender appender(log, options, stats);
  EncodedEvents events(3, options.max_record_bytes);
  std::multiset<std::string> sent;
  for (int i = 0; i < 2000; ++i) {
    const std::string id = "large-" + std::to_string(i);
    sent.insert(id);
    events.Add(MakeEvent(id));
  }
  EXPECT_EQ(events.events(), 2000u);
  Answers answers;
  appender.Append(std::move(events), answers.Next());
  ASSERT_EQ(answers.size(), 1u);  // once, however many groups
  EXPECT_TRUE(answers.results[0].ok());
  EXPECT_GT(log.appends(), 5);
  for (const auto& record : log.records()) EXPECT_LE(record.payload.size(), 1000u);
  EXPECT_EQ(IdsIn(log), sent);
}

TEST(EventAppender, SmallRequestsFillRecordsUpToTheBound) {
  FakeLog log(1, FakeLog::Mode::kHeld);
  EdgeStats stats;
  EventAppenderOptions options;
  options.max_record_bytes = 500;
  EventAppender appender(log, options, stats);
  Answers answers;
  for (int i = 0; i < 100; ++i) {
    EncodedEvents few(1, options.max_record_bytes);
    for (int k = 0; k < 3; ++k) few.Add(MakeEvent(std::to_string(i) + "/" + std::to_string(k)));
    appender.Append(std::move(few), answers.Next());
  }
  while (log.Release() > 0) {
  }
  EXPECT_EQ(answers.size(), 100u);
  EXPECT_EQ(IdsIn(log).size(), 300u);
  for (const auto& record : log.records()) EXPECT_LE(record.payload.size(), 500u);
}

TEST(EventAppender, RefusesAtOnceBeyondItsBoundAndTakesMoreAfterwards) {
  FakeLog log(1, FakeLog::Mode::kHeld);
  EdgeStats stats;
  EventAppenderOptions options;
  options.max_queue_bytes = 2000;
  EventAppender appender(log, options, stats);
  Answers taken;
  Answers refused;
  int sent = 0;
  while (refused.size() == 0 && sent < 100) {
    const size_t before = taken.size();
    appender.Append(MakeEvent("event-" + std::to_string(sent++)), [&](Result<void> result) {
      (result.ok() ? taken : refused).Next()(std::move(result));
    });
    ASSERT_EQ(taken.size(), before);
  }
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused.results[0].error().code, ErrorCode::kResourceExhausted);
  while (log.Release() > 0) {
  }
  EXPECT_EQ(taken.size(), static_cast<size_t>(sent - 1));
  EXPECT_EQ(IdsIn(log).size(), static_cast<size_t>(sent - 1));
  appender.Append(MakeEvent("later"), taken.Next());
  log.Release();
  EXPECT_EQ(taken.size(), static_cast<size_t>(sent));
}

TEST(EventAppender, AnEmptyQueueTakesARequestOverTheBound) {
  FakeLog log(1);
  EdgeStats stats;
  EventAppenderOptions options;
  options.max_queue_bytes = 10;
  EventAppender appender(log, options, stats);
  Answers answers;
  appender.Append(MakeEvent("big"), answers.Next());
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_TRUE(answers.results[0].ok());
}

TEST(EventAppender, AnErrorOfTheLogReachesEveryWaiter) {
  FakeLog log(2, FakeLog::Mode::kHeld);
  EdgeStats stats;
  EventAppender appender(log, {}, stats);
  Answers answers;
  for (int i = 0; i < 20; ++i) appender.Append(MakeEvent(std::to_string(i)), answers.Next());
  log.FailWith({ErrorCode::kInternal, "the disk is gone"});
  while (log.Release() > 0) {
  }
  ASSERT_EQ(answers.size(), 20u);
  for (const auto& result : answers.results) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(result.error().message, "the disk is gone");
  }
  EXPECT_EQ(stats.log_failures.value(), 3u);
  log.Recover();
  appender.Append(MakeEvent("again"), answers.Next());
  log.Release();
  EXPECT_TRUE(answers.results.back().ok());
}

TEST(EventAppender, ARequestFailsWhenOneOfItsGroupsFails) {
  FakeLog log(1, FakeLog::Mode::kHeld);
  EdgeStats stats;
  EventAppenderOptions options;
  options.max_record_bytes = 500;
  options.max_group_bytes = 1000;
  EventAppender appender(log, options, stats);
  EncodedEvents events(1, 500);
  for (int i = 0; i < 100; ++i) events.Add(MakeEvent(std::to_string(i)));
  Answers answers;
  appender.Append(std::move(events), answers.Next());
  log.FailWith({ErrorCode::kUnavailable, "once"});
  log.Release();
  log.Recover();
  EXPECT_EQ(answers.size(), 0u);  // the rest is still under way
  while (log.Release() > 0) {
  }
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_FALSE(answers.results[0].ok());
}

TEST(EventAppender, ALogThatRefusesInsideTheCallDoesNotRecurse) {
  FakeLog log(1);
  log.FailWith({ErrorCode::kResourceExhausted, "full"});
  EdgeStats stats;
  EventAppender appender(log, {}, stats);
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) {
        appender.Append(MakeEvent(std::to_string(t * 10'000 + i)), [&](Result<void> result) {
          if (!result.ok() && result.error().code == ErrorCode::kResourceExhausted) ++refused;
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(refused, 8000);
}

TEST(EventAppender, EightThreadsLoseNothing) {
  FakeLog log(4, FakeLog::Mode::kThread);
  EdgeStats stats;
  std::atomic<int> durable = 0;
  constexpr int kThreads = 8;
  constexpr int kEach = 500;
  {
    EventAppender appender(log, {}, stats);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const std::string id = std::to_string(t) + ":" + std::to_string(i);
          const auto done = [&](Result<void> result) { durable += result.ok() ? 1 : 0; };
          if (i % 10 != 0) {
            appender.Append(MakeEvent(id), done);
            continue;
          }
          EncodedEvents one(4, 1 << 16);
          one.Add(MakeEvent(id));
          appender.Append(std::move(one), done);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }  // waits for the log
  EXPECT_EQ(durable, kThreads * kEach);
  const auto ids = IdsIn(log);
  EXPECT_EQ(ids.size(), static_cast<size_t>(kThreads * kEach));
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
}

}  // namespace
}  // namespace adtally
