#include "generator/batch_delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace adtally {
namespace {

using ::testing::HasSubstr;

// Time passes only while somebody waits.
class WaitingClock final : public Clock {
 public:
  int64_t NowMs() const override { return now_ms; }
  int64_t MonotonicMicros() const override { return now_ms * 1000; }
  int64_t now_ms = 1'790'000'000'000;
};

class ScriptedTarget final : public BatchTarget {
 public:
  Result<http::Response> Send(std::string_view body) override {
    bodies.emplace_back(body);
    if (script.empty()) return last;
    Result<http::Response> next = script.front();
    script.pop_front();
    return next;
  }
  std::deque<Result<http::Response>> script;
  Result<http::Response> last = http::Response{202, R"({"accepted":1,"rejected":0})", {}};
  std::vector<std::string> bodies;
};

Result<http::Response> Refused() {
  return Error{ErrorCode::kUnavailable, "cannot connect to 127.0.0.1:1: connection refused"};
}
Result<http::Response> Answer(int status, std::string retry_after = "") {
  http::Response response{status, "{}", {}};
  if (!retry_after.empty()) response.headers.emplace_back("retry-after", retry_after);
  return response;
}

class BatchDeliveryTest : public ::testing::Test {
 protected:
  Result<bool> Deliver() {
    BatchDelivery delivery(
        target, 120'000, clock,
        [this](int64_t ms) {
          waits.push_back(ms);
          clock.now_ms += ms;
          return !stop_at_wait;
        },
        state, NullLogger());
    return delivery.Deliver("batch");
  }

  WaitingClock clock;
  ScriptedTarget target;
  BatchDeliveryState state;
  std::vector<int64_t> waits;
  bool stop_at_wait = false;
};

TEST_F(BatchDeliveryTest, AcceptedAtOnce) {
  EXPECT_TRUE(*Deliver());
  EXPECT_EQ(target.bodies.size(), 1u);
  EXPECT_EQ(state.retries, 0u);
}

TEST_F(BatchDeliveryTest, SendsTheSameBytesUntilAccepted) {
  target.script = {Refused(), Answer(503), Answer(429), Answer(500), Refused()};
  EXPECT_TRUE(*Deliver());
  EXPECT_EQ(target.bodies, std::vector<std::string>(6, "batch"));
  EXPECT_EQ(state.retries, 5u);
}

TEST_F(BatchDeliveryTest, BacksOffUpToASecond) {
  target.script.assign(10, Refused());
  EXPECT_TRUE(*Deliver());
  EXPECT_EQ(waits.front(), 20);
  EXPECT_EQ(waits[1], 40);
  EXPECT_EQ(waits.back(), 1000);
}

TEST_F(BatchDeliveryTest, HonoursRetryAfter) {
  target.script = {Answer(429, "3"), Answer(503, "soon")};
  EXPECT_TRUE(*Deliver());
  EXPECT_EQ(waits, (std::vector<int64_t>{3000, 40}));
}

TEST_F(BatchDeliveryTest, GivesUpInTime) {
  target.last = Refused();
  const int64_t before = clock.now_ms;
  const Result<bool> result = Deliver();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(result.error().message, HasSubstr("gave up"));
  EXPECT_THAT(result.error().message, HasSubstr("connection refused"));
  EXPECT_LE(clock.now_ms - before, 120'000);
  EXPECT_GE(clock.now_ms - before, 118'000);
}

TEST_F(BatchDeliveryTest, DoesNotRepeatWhatCannotSucceed) {
  for (int status : {400, 401, 403, 404, 413}) {
    target.last = Answer(status);
    const Result<bool> result = Deliver();
    ASSERT_FALSE(result.ok());
    EXPECT_THAT(result.error().message, HasSubstr(std::to_string(status)));
  }
  EXPECT_EQ(target.bodies.size(), 5u);
}

TEST_F(BatchDeliveryTest, RejectedEventsAreAnError) {
  target.last = http::Response{202, R"({"accepted":1,"rejected": 2,"errors":[]})", {}};
  const Result<bool> result = Deliver();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message, HasSubstr("rejected 2"));
}

TEST_F(BatchDeliveryTest, StopsWhileWaiting) {
  target.last = Refused();
  stop_at_wait = true;
  EXPECT_FALSE(*Deliver());
  EXPECT_EQ(target.bodies.size(), 1u);
}

}  // namespace
}  // namespace adtally
