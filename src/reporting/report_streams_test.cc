// Reports that are sent while they are made, with the real engine, through the handler that the
// server would use.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "http/body_pipe.h"
#include "reporting/reporting_api.h"
#include "store/chdb_test_support.h"
#include "testing/manual_clock.h"

namespace adtally {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using Next = http::BodyReader::Next;

constexpr std::string_view kAdminKey = "the-admin-key";
constexpr int64_t kNowMs = 1'793'536'200'000;

class TurnedFreshness final : public FreshnessSource {
 public:
  std::vector<PartitionFreshness> Read() const override { return {{0, complete_to_ms, 2, 1500}}; }
  std::atomic<int64_t> complete_to_ms{kNowMs};
};

// The real store, which can be made to fail.
class FailingStore final : public Store {
 public:
  Result<std::string> Query(std::string_view sql, const std::vector<SqlParam>& params,
                            std::string_view format) override {
    if (down) return Error{ErrorCode::kUnavailable, "the store is down"};
    ++queries;
    return ChdbTestStore::Get().Query(sql, params, format);
  }
  Result<void> QueryStream(std::string_view sql, const std::vector<SqlParam>& params,
                           std::string_view format, OutputSink& sink) override {
    if (break_after_rows == 0) {
      return ChdbTestStore::Get().QueryStream(sql, params, format, sink);
    }
    for (int i = 0; i < break_after_rows; ++i) {
      if (!sink.Write("row\n")) return ReaderLeft();
    }
    return Error{ErrorCode::kUnavailable, "the store was killed"};
  }
  Result<void> Insert(std::string_view into, std::string_view block,
                      std::string_view token) override {
    return ChdbTestStore::Get().Insert(into, block, token);
  }
  std::atomic<bool> down{false};
  std::atomic<int> queries{0};
  std::atomic<int> break_after_rows{0};
};

class ReportStreamsTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto table : {"minute", "ledger", "advertisers", "campaigns", "ad_groups",
                             "creatives", "api_keys", "tier_status", "tier_floor"}) {
      ChdbTestStore::Clear(table);
    }
    Insert(1, 1);
    Insert(2, 2);
    zones_ = std::make_unique<TimeZones>(TimeZones::Load(store_).value());
    catalog_ = Catalog::Create(store_, clock_, *zones_).value();
    keys_ = ApiKeys::Create(store_, clock_, kAdminKey).value();
    ReportingApiOptions options;
    options.access.clock = &clock_;
    options.files = {.total = 3, .per_key = 2};
    options.live.limits = {.total = 4, .per_key = 3};
    options.live.check_ms = 10;
    options.live.heartbeat_ms = 100;
    api_ = ReportingApi::Create(std::move(options), store_, *zones_, *catalog_, *keys_, freshness_,
                                NullLogger());
    handler_ = api_->handler();
  }
  void TearDown() override {
    handler_ = nullptr;
    api_.reset();
  }

  // Clicks of an advertiser, in a far year so that they do not expire. Each row is another one: the
  // table takes no block twice.
  static void Insert(int advertiser, int clicks) {
    static int inserted = 0;
    ChdbTestStore::Run(
        "INSERT INTO adtally.minute (minute, advertiser_id, campaign_id, ad_group_id, creative_id, "
        "device, country, region, clicks, spend_micros) VALUES ('2040-11-01 12:00:00', " +
        std::to_string(advertiser) + ", 10, 100, 1000, 'mobile', 'DE', 'BY', " +
        std::to_string(clicks) + ", " + std::to_string(++inserted) + ")");
  }

  http::Response Get(std::string_view target, std::string_view key = kAdminKey,
                     std::vector<std::pair<std::string, std::string>> headers = {}) {
    http::Request request;
    request.method = "GET";
    request.path = target.substr(0, target.find('?'));
    request.query = target.substr(request.path.size() + 1);
    headers.emplace_back("Authorization", "Bearer " + std::string(key));
    for (const auto& [name, value] : headers) request.headers.emplace_back(name, value);
    std::promise<http::Response> answer;
    handler_(request, [&](http::Response response) { answer.set_value(std::move(response)); });
    return answer.get_future().get();
  }

  std::string MakeKey(int advertiser) {
    const std::string json = keys_
                                 ->Create(R"({"role":"advertiser","label":"x","advertiser_id":)" +
                                          std::to_string(advertiser) + "}")
                                 .value();
    const size_t at = json.find("\"key\":\"") + 7;
    return json.substr(at, json.find('"', at) - at);
  }

  struct Body {
    std::string text;
    std::optional<Next> end;  // kEnd or kBroken
  };
  // Reads until `until` is in the text, or the end, for ten seconds at most.
  static void Read(http::BodyReader& reader, Body& body, std::string_view until) {
    std::string bytes;
    for (int i = 0; i < 2000 && body.text.find(until) == std::string::npos; ++i) {
      const Next next = reader.Take(bytes);
      body.text += bytes;
      if (next == Next::kEnd || next == Next::kBroken) {
        body.end = next;
        return;
      }
      if (next == Next::kNothing) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  static Body ReadAll(http::BodyReader& reader) {
    Body body;
    Read(reader, body, "\x01 never there");
    return body;
  }

  static constexpr std::string_view kRange = "from=2040-11-01&to=2040-11-02&metrics=clicks";
  std::string File(std::string_view more = "&format=csv&group_by=advertiser") {
    return "/v1/report?" + std::string(kRange) + std::string(more);
  }
  std::string Live(std::string_view more = "") {
    return "/v1/report/live?" + std::string(kRange) + std::string(more);
  }

  FailingStore store_;
  ManualClock clock_{kNowMs};
  TurnedFreshness freshness_;
  std::unique_ptr<TimeZones> zones_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<ApiKeys> keys_;
  std::unique_ptr<ReportingApi> api_;
  http::Handler handler_;
};

TEST_F(ReportStreamsTest, AFileIsStreamed) {
  const auto response = Get(File());
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.headers,
              AllOf(Contains(Pair("Content-Type", "text/csv; charset=utf-8")),
                    Contains(Pair("Content-Disposition", "attachment; filename=\"report.csv\"")),
                    Contains(Pair("Adtally-Tiers", "minute")),
                    Contains(Pair("Cache-Control", "no-store"))));
  ASSERT_TRUE(response.stream);
  const Body body = ReadAll(*response.stream);
  EXPECT_EQ(body.text, "\"advertiser_id\",\"clicks\"\n1,1\n2,2\n");
  EXPECT_EQ(body.end, Next::kEnd);
  const auto own = Get(File(), MakeKey(1));
  EXPECT_EQ(ReadAll(*own.stream).text, "\"advertiser_id\",\"clicks\"\n1,1\n");
}

TEST_F(ReportStreamsTest, AFileThatCannotBeginIsAProblem) {
  EXPECT_EQ(Get(File("&format=csv&group_by=nothing")).status, 400);
  EXPECT_EQ(Get(File("&format=csv&advertiser_id=2"), MakeKey(1)).status, 403);
  EXPECT_EQ(Get("/v1/report?from=2040-11-02&to=2040-11-01&format=csv").status, 400);
  EXPECT_EQ(Get(File(), "nobodys").status, 401);
  store_.down = true;
  const auto down = Get(File());
  EXPECT_EQ(down.status, 503);
  EXPECT_FALSE(down.stream);
}

TEST_F(ReportStreamsTest, AFileThatFailsInTheMiddleIsBroken) {
  store_.break_after_rows = 3;
  const auto response = Get(File());
  EXPECT_EQ(response.status, 200);
  const Body body = ReadAll(*response.stream);
  EXPECT_EQ(body.text, "row\nrow\nrow\n");
  EXPECT_EQ(body.end, Next::kBroken);
}

TEST_F(ReportStreamsTest, AKeyHasSoManyFilesAtATime) {
  store_.break_after_rows = 10'000'000;  // more than a pipe holds: they go on until they are left
  std::vector<http::Response> open;
  for (int i = 0; i < 2; ++i) open.push_back(Get(File()));
  const auto refused = Get(File());
  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(refused.body, HasSubstr("this key has 2 report files open already"));
  EXPECT_EQ(Get("/v1/report?" + std::string(kRange)).status, 200);  // JSON is none of them
  open.push_back(Get(File(), MakeKey(1)));
  EXPECT_EQ(open.back().status, 200);
  EXPECT_EQ(Get(File(), MakeKey(2)).status, 503);  // all are taken
  open.clear();                                    // the readers leave
  int status = 0;
  for (int i = 0; i < 1000 && status != 200; ++i) {
    status = Get(File()).status;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(status, 200);
}

TEST_F(ReportStreamsTest, LiveSendsTheReportAndThenWhatChanged) {
  const auto response = Get(Live());
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.headers, AllOf(Contains(Pair("Content-Type", "text/event-stream")),
                                      Contains(Pair("Cache-Control", "no-store")),
                                      Contains(Pair("X-Accel-Buffering", "no"))));
  ASSERT_TRUE(response.stream);
  EXPECT_TRUE(response.stream->endless());
  Body body;
  Read(*response.stream, body, "event: freshness");
  EXPECT_TRUE(body.text.starts_with("retry: 3000\n\nid: ")) << body.text;
  EXPECT_THAT(body.text, HasSubstr("event: report\ndata: {\"from\":\"2040-11-01T00:00:00Z\""));
  EXPECT_THAT(body.text, HasSubstr("\"rows\":[[3]]"));
  // Without a change there are heartbeats only.
  Body still;
  Read(*response.stream, still, "still here");
  EXPECT_THAT(still.text, Not(HasSubstr("event: report")));
  Insert(1, 5);
  Body changed;
  Read(*response.stream, changed, "\"rows\":");
  EXPECT_THAT(changed.text, HasSubstr("\"rows\":[[8]]"));
}

TEST_F(ReportStreamsTest, LiveShowsAnAdvertiserItsOwnNumbersOnly) {
  const auto all = Get(Live());
  const auto own = Get(Live(), MakeKey(1));  // the same address
  Body body;
  Read(*own.stream, body, "\"rows\":");
  EXPECT_THAT(body.text, HasSubstr("\"rows\":[[1]]"));
  Insert(2, 50);
  Body others;
  Read(*all.stream, others, "[[53]]");
  EXPECT_THAT(others.text, HasSubstr("[[53]]"));
  Body none;
  Read(*own.stream, none, "still here");
  EXPECT_THAT(none.text, Not(HasSubstr("event: report")));
  EXPECT_EQ(Get(Live("&advertiser_id=2"), MakeKey(1)).status, 403);
}

TEST_F(ReportStreamsTest, LiveRefusesWhatIsNoLiveReport) {
  EXPECT_THAT(Get(Live("&format=csv")).body, HasSubstr("format: live reports are json"));
  EXPECT_THAT(Get(Live("&limit=1001")).body, HasSubstr("limit: expected a number from 1 to 1000"));
  EXPECT_THAT(Get(Live("&page_token=x")).body, HasSubstr("page_token: "));
  EXPECT_EQ(Get("/v1/report/live?from=2040-11-01").status, 400);
  EXPECT_EQ(Get(Live(), "nobodys").status, 401);
  store_.down = true;
  EXPECT_EQ(Get(Live()).status, 503);
}

TEST_F(ReportStreamsTest, StreamsOfOneReportShareItsQuery) {
  std::vector<http::Response> open;
  for (int i = 0; i < 3; ++i) open.push_back(Get(Live()));
  const int before = store_.queries;
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const int asked = store_.queries - before;
  open.resize(1);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const int then = store_.queries;
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_GT(asked, 0);
  EXPECT_LT(asked, 2 * (store_.queries - then) + 10);
  open.clear();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const int left = store_.queries;
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(store_.queries, left);  // nobody reads: nobody asks
}

TEST_F(ReportStreamsTest, AClientThatHasTheNumbersIsNotSentThemAgain) {
  Body first;
  const auto response = Get(Live());
  Read(*response.stream, first, "event: report");
  const size_t at = first.text.find("id: ") + 4;
  const std::string id = first.text.substr(at, first.text.find('\n', at) - at);
  const auto again = Get(Live(), kAdminKey, {{"Last-Event-ID", id}});
  Body body;
  Read(*again.stream, body, "event: freshness");
  EXPECT_THAT(body.text, Not(HasSubstr("event: report")));
  Insert(1, 1);
  Read(*again.stream, body, "event: report");
  EXPECT_THAT(body.text, HasSubstr("\"rows\":[[4]]"));
}

TEST_F(ReportStreamsTest, AKeyHasSoManyStreamsAtATime) {
  std::vector<http::Response> open;
  for (int i = 0; i < 3; ++i) open.push_back(Get(Live()));
  const auto refused = Get(Live());
  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(refused.body, HasSubstr("this key has 3 live reports open already"));
  open.push_back(Get(Live(), MakeKey(1)));
  EXPECT_EQ(open.back().status, 200);
  EXPECT_EQ(Get(Live(), MakeKey(2)).status, 503);
}

TEST_F(ReportStreamsTest, AStreamEndsWithItsKey) {
  const std::string key = MakeKey(1);
  const auto response = Get(Live(), key);
  Body body;
  Read(*response.stream, body, "event: report");
  ASSERT_TRUE(keys_->Revoke(keys_->Authenticate(key)->key_id).ok());
  EXPECT_EQ(ReadAll(*response.stream).end, Next::kEnd);
  EXPECT_EQ(Get(Live(), key).status, 401);
}

TEST_F(ReportStreamsTest, AStreamOutlivesAStoreThatIsDown) {
  const auto response = Get(Live());
  Body body;
  Read(*response.stream, body, "event: freshness");
  store_.down = true;
  Body told;
  Read(*response.stream, told, "event: problem");
  EXPECT_THAT(told.text, HasSubstr("event: problem\ndata: {\"type\":\"about:blank\""));
  Body quiet;
  Read(*response.stream, quiet, "still here");
  EXPECT_THAT(quiet.text, Not(HasSubstr("event: problem")));  // once is enough
  store_.down = false;
  Insert(1, 1);
  Body back;
  Read(*response.stream, back, "event: report");
  EXPECT_THAT(back.text, HasSubstr("\"rows\":[[4]]"));
}

TEST_F(ReportStreamsTest, NothingPilesUpForAClientThatDoesNotRead) {
  const auto response = Get(Live());
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  for (int i = 0; i < 5; ++i) {
    Insert(1, 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  Body first;
  Read(*response.stream, first, "event: report");
  EXPECT_THAT(first.text, HasSubstr("\"rows\":[[3]]"));  // one answer, of then
  Body next;
  Read(*response.stream, next, "\"rows\":[[8]]");
  EXPECT_THAT(next.text, HasSubstr("\"rows\":[[8]]"));
  // The newest of then, and one more if the last row was not seen yet; not all five.
  size_t events = 0;
  for (size_t at = next.text.find("event: report"); at != std::string::npos; ++events) {
    at = next.text.find("event: report", at + 1);
  }
  EXPECT_LE(events, 2u);
}

}  // namespace
}  // namespace adtally
