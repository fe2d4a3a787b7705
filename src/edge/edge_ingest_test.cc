#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

#include "edge/edge_test_support.h"

namespace adtally {
namespace {

using testing::HasSubstr;

const Headers kIngestKey = {{"Authorization", "Bearer ingest"}};

TEST(EdgeIngest, AnswersOnceDurable) {
  TestEdge edge({}, FakeLog::Mode::kHeld);
  auto answer =
      edge.Start("POST", "/v1/events", kIngestKey, EventLine("a") + "\n" + EventLine("b"));
  EXPECT_EQ(answer.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  EXPECT_EQ(edge.edge->stats().ingested_events.value(), 0u);
  edge.log.Release();
  const http::Response response = answer.get();
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.body, R"({"accepted":2,"rejected":0,"errors":[]})");
  EXPECT_EQ(response.Header("Content-Type"), "application/json");
  EXPECT_EQ(edge.log.Events().size(), 2u);
  EXPECT_EQ(edge.edge->stats().ingested_events.value(), 2u);
}

TEST(EdgeIngest, ShowsWhatItRefuses) {
  ManualClock clock(TestEdge::kNowMs);
  RecentRejections rejections(clock);
  EdgeOptions options;
  options.rejections = &rejections;
  TestEdge edge(options);
  EXPECT_EQ(edge.Ingest(EventLine("a") + "\nnonsense\n" + EventLine("b")).status, 202);
  EXPECT_EQ(edge.Ingest(std::string("{}\n{}\n{}\n{}\n{}\n{}\n{}")).status, 400);
  EXPECT_EQ(edge.Ingest(EventLine("c")).status, 202);
  const auto read = rejections.Read();
  EXPECT_EQ(read.counted, 8u);
  ASSERT_EQ(read.newest_first.size(), 1u + 5u);  // of a body some
  EXPECT_EQ(read.newest_first.back().source, "edge");
  EXPECT_EQ(read.newest_first.back().place, "line 2");
  EXPECT_THAT(read.newest_first.front().reason, HasSubstr("missing"));
}

TEST(EdgeIngest, TakesEveryFormOfJson) {
  TestEdge edge;
  EXPECT_EQ(edge.Ingest(EventLine("a"), "application/json").status, 202);
  EXPECT_EQ(
      edge.Ingest("[" + EventLine("b") + "," + EventLine("c") + "]", "application/json").status,
      202);
  EXPECT_EQ(edge.Ingest(EventLine("d") + "\r\n" + EventLine("e"), "").status, 202);
  EXPECT_EQ(edge.log.Events().size(), 5u);
}

TEST(EdgeIngest, TakesEventBatches) {
  TestEdge edge;
  std::string body;
  Event event;
  event.event_id = "p";
  event.type = EventType::kImpression;
  event.time = EventTime(TestEdge::kNowMs);
  event.dimensions = {1, 2, 3, 4, Device::kTablet, {}, {}};
  AppendToBatch(event, body);
  EXPECT_EQ(edge.Ingest(body, "application/x-protobuf").status, 202);
  EXPECT_EQ(edge.log.Events().at(0).event_id, "p");
}

TEST(EdgeIngest, WantsAnIngestOrAdminKey) {
  TestEdge edge;
  const auto status = [&](const Headers& headers) {
    return edge.Call("POST", "/v1/events", headers, EventLine("a")).status;
  };
  EXPECT_EQ(status({}), 401);
  EXPECT_EQ(status({{"Authorization", "Bearer wrong"}}), 401);
  EXPECT_EQ(status({{"Authorization", "Basic ingest"}}), 401);
  EXPECT_EQ(status({{"Authorization", "Bearer reader"}}), 403);
  EXPECT_EQ(edge.edge->stats().refused_keys.value(), 4u);
  EXPECT_EQ(status({{"Authorization", "Bearer ingest"}}), 202);
  EXPECT_EQ(status({{"Authorization", "Bearer admin"}}), 202);
  EXPECT_EQ(edge.log.Events().size(), 2u);
  EXPECT_EQ(edge.Call("POST", "/v1/events").Header("WWW-Authenticate"), "Bearer");
}

TEST(EdgeIngest, NothingAcceptedIs400WithTheSameBody) {
  TestEdge edge;
  const http::Response bad = edge.Ingest(EventLine("a", TestEdge::kNowMs, R"(,"country":"USA")"));
  EXPECT_EQ(bad.status, 400);
  EXPECT_THAT(bad.body,
              HasSubstr(R"({"accepted":0,"rejected":1,"errors":[{"line":1,"error":"country: )"));
  EXPECT_EQ(edge.Ingest("not json").status, 400);
  EXPECT_THAT(edge.Ingest("").body, HasSubstr(R"("accepted":0,"rejected":0)"));
  EXPECT_EQ(edge.log.appends(), 0);
  EXPECT_EQ(edge.edge->stats().rejected_events.value(), 2u);
}

TEST(EdgeIngest, LateEventsAreTakenAndSaid) {
  TestEdge edge;
  const http::Response response =
      edge.Ingest(EventLine("old", TestEdge::kNowMs - 25 * kMillisPerHour));
  EXPECT_EQ(response.status, 202);
  EXPECT_THAT(response.body, HasSubstr(R"("late":1,"notes":[{"line":1,"note":"timestamp: )"));
  EXPECT_EQ(edge.log.Events().size(), 1u);
  EXPECT_EQ(edge.edge->stats().late_events.value(), 1u);
}

TEST(EdgeIngest, AFullQueueIs429AndAFailingLog503) {
  EdgeOptions options;
  options.appender.max_queue_bytes = 100;
  TestEdge edge(options, FakeLog::Mode::kHeld);
  auto first = edge.Start("POST", "/v1/events", kIngestKey, EventLine("a"));
  const http::Response refused = edge.Ingest(EventLine("b"));
  EXPECT_EQ(refused.status, 429);
  EXPECT_NE(refused.Header("Retry-After"), "");
  EXPECT_EQ(edge.edge->stats().overloaded.value(), 1u);

  edge.log.FailWith({ErrorCode::kUnavailable, "no broker answers"});
  edge.log.Release();
  const http::Response failed = first.get();
  EXPECT_EQ(failed.status, 503);
  EXPECT_NE(failed.Header("Retry-After"), "");
  EXPECT_EQ(edge.edge->stats().unavailable.value(), 1u);
  EXPECT_EQ(edge.log.Events().size(), 0u);
  ASSERT_EQ(edge.logger.lines().size(), 1u);
  EXPECT_THAT(edge.logger.lines()[0], HasSubstr("no broker answers"));

  edge.log.set_mode(FakeLog::Mode::kAtOnce);
  edge.log.FailWith({ErrorCode::kResourceExhausted, "full"});
  EXPECT_EQ(edge.Ingest(EventLine("c")).status, 429);
}

TEST(EdgeIngest, LargeBodiesAreDecodedByWorkers) {
  TestEdge edge;
  std::string body;
  int lines = 0;
  while (body.size() < (1 << 20)) body += EventLine("large-" + std::to_string(lines++)) + "\n";
  const http::Response response = edge.Ingest(body);
  EXPECT_EQ(response.status, 202);
  EXPECT_THAT(response.body, HasSubstr("\"accepted\":" + std::to_string(lines) + ","));
  EXPECT_EQ(edge.log.Events().size(), static_cast<size_t>(lines));
  for (const auto& record : edge.log.records()) EXPECT_LE(record.payload.size(), size_t{64} << 10);
}

TEST(EdgeIngest, TooManyLargeBodiesAre429) {
  EdgeOptions options;
  options.inline_body_bytes = 0;
  options.ingest_threads = 1;
  options.ingest_queue = 1;
  TestEdge edge(options);
  // The only worker waits in the first answer until the test lets it go.
  std::promise<void> reached;
  std::promise<void> gate;
  const std::string body = EventLine("a");
  http::Request request;
  request.method = "POST";
  request.path = "/v1/events";
  request.body = body;
  request.headers = {{"Authorization", "Bearer ingest"}};
  edge.handler(request, [&](http::Response) {
    reached.set_value();
    gate.get_future().wait();
  });
  reached.get_future().wait();
  auto second = edge.Start("POST", "/v1/events", kIngestKey, EventLine("b"));
  EXPECT_EQ(edge.Start("POST", "/v1/events", kIngestKey, EventLine("c")).get().status, 429);
  gate.set_value();
  EXPECT_EQ(second.get().status, 202);
}

TEST(EdgeIngest, EightThreadsPostAndNothingIsLostOrInvented) {
  EdgeOptions options;
  options.inline_body_bytes = 2000;  // some inline, some by the workers
  options.ingest_queue = 1000;
  TestEdge edge(options, FakeLog::Mode::kThread);
  constexpr int kThreads = 8;
  constexpr int kPosts = 40;
  std::vector<std::thread> threads;
  std::atomic<int> accepted = 0;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kPosts; ++i) {
        std::string body;
        const int lines = 1 + i % 20;
        for (int k = 0; k < lines; ++k) {
          body += EventLine(std::to_string(t) + "." + std::to_string(i) + "." + std::to_string(k)) +
                  "\n";
        }
        const http::Response response = edge.Ingest(body + "{\"bad\":1}\n");
        EXPECT_EQ(response.status, 202);
        EXPECT_THAT(response.body,
                    HasSubstr("\"accepted\":" + std::to_string(lines) + ",\"rejected\":1,"));
        accepted += lines;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> ids;
  for (const LoggedEvent& event : edge.log.Events()) EXPECT_TRUE(ids.insert(event.event_id).second);
  EXPECT_EQ(ids.size(), static_cast<size_t>(accepted));
  EXPECT_EQ(edge.edge->stats().ingested_events.value(), static_cast<uint64_t>(accepted));
}

// Whatever comes, an answer of 202 says exactly how many events the log got.
TEST(EdgeIngest, TheAnswerAndTheLogAgree) {
  EXPECT_TRUE(rc::check([] {
    TestEdge edge;
    std::string body;
    const int lines = *rc::gen::inRange(1, 20);
    for (int i = 0; i < lines; ++i) {
      std::string line = EventLine("event-" + std::to_string(i));
      if (*rc::gen::arbitrary<bool>())
        line[*rc::gen::inRange<size_t>(0, line.size())] = *rc::gen::arbitrary<char>();
      body += line + "\n";
    }
    const http::Response response = edge.Ingest(body);
    const size_t in_log = edge.log.Events().size();
    RC_ASSERT(response.status == (in_log > 0 ? 202 : 400));
    RC_ASSERT(response.body.starts_with("{\"accepted\":" + std::to_string(in_log) + ","));
  }));
}

}  // namespace
}  // namespace adtally
