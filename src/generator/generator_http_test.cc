#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "event/protobuf_codec.h"
#include "generator/generator.h"
#include "http/server.h"

namespace adtally {
namespace {

using ::testing::HasSubstr;

// A server that takes events, but now and then says 503 first, as a busy edge does.
class TinyEdge {
 public:
  explicit TinyEdge(int status = 202) : status_(status) {
    auto server = http::Server::Start(
        {},
        [this](const http::Request& request, http::Responder respond) { respond(Answer(request)); },
        NullLogger());
    server_ = std::move(server).value();
  }

  std::string origin() const { return "http://" + server_->address(); }
  size_t unique() {
    std::lock_guard lock(mutex_);
    return ids_.size();
  }
  uint64_t received() const { return received_; }

 private:
  http::Response Answer(const http::Request& request) {
    if (request.path != "/v1/events" || request.BearerKey() != "secret") {
      return http::Problem(401, "an unknown key");
    }
    if (status_ != 202) return http::Problem(status_, "not today");
    if (++requests_ % 5 == 0) {
      http::Response busy = http::Problem(503, "busy");
      busy.headers = {{"Retry-After", "0"}};
      return busy;
    }
    std::lock_guard lock(mutex_);
    EventBatchReader reader(request.body);
    Event event;
    EventField bad = EventField::kNone;
    while (reader.Next(event, bad)) {
      ids_.emplace(event.event_id);
      ++received_;
    }
    return http::Json(R"({"accepted":1,"rejected":0,"errors":[]})", 202);
  }

  const int status_;
  std::atomic<int> requests_{0};
  std::atomic<uint64_t> received_{0};
  std::mutex mutex_;
  std::set<std::string> ids_;
  std::unique_ptr<http::Server> server_;
};

GeneratorOptions Options(const TinyEdge& edge) {
  GeneratorOptions options;
  options.to = edge.origin();
  options.key = "secret";
  options.events = 20'000;
  options.campaigns = 100;
  options.duplicates = 0.02;
  options.format = GeneratorFormat::kProtobuf;
  return options;
}

TEST(GeneratorHttp, EverythingArrivesThroughRetries) {
  TinyEdge edge;
  const auto summary = Generate(Options(edge), SystemClock(), NullLogger());
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->events, 20'000u);
  EXPECT_EQ(edge.unique(), 20'000u);
  EXPECT_EQ(edge.received(), summary->events + summary->duplicates);
  EXPECT_GT(summary->retries, 5u);
}

TEST(GeneratorHttp, AWrongKeyFailsAtOnce) {
  TinyEdge edge;
  GeneratorOptions options = Options(edge);
  options.key = "wrong";
  const auto summary = Generate(options, SystemClock(), NullLogger());
  ASSERT_FALSE(summary.ok());
  EXPECT_THAT(summary.error().message, HasSubstr("401"));
  EXPECT_EQ(edge.received(), 0u);
}

TEST(GeneratorHttp, GivesUpOnAServerThatStaysBusy) {
  TinyEdge edge(503);
  GeneratorOptions options = Options(edge);
  options.give_up_ms = 300;
  const auto summary = Generate(options, SystemClock(), NullLogger());
  ASSERT_FALSE(summary.ok());
  EXPECT_THAT(summary.error().message, HasSubstr("gave up"));
  EXPECT_THAT(summary.error().message, HasSubstr("0 of 20000 events were acknowledged"));
}

}  // namespace
}  // namespace adtally
