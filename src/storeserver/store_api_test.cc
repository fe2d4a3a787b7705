#include "storeserver/store_api.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>

#include "base/logger.h"
#include "http/client.h"
#include "http/content_encoder.h"
#include "storeserver/fake_engine_test_support.h"

namespace adtally {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

class StoreApiTest : public testing::Test {
 protected:
  void Start(int workers = 2, size_t max_waiting = 8) {
    StoreApiOptions options;
    options.users = {{"ann", "secret", false}, {"bob", "word", true}};
    options.workers = workers;
    options.max_waiting = max_waiting;
    api_ = StoreApi::Create(std::move(options), engine_, SystemClock()).value();
    server_ =
        http::Server::Start({.max_body_bytes = 1 << 20}, api_->handler(), NullLogger()).value();
    client_ = http::Client::Create("http://" + server_->address()).value();
  }

  http::Response Ask(std::string_view method, std::string_view target, std::string_view body = "",
                     Headers headers = {{"X-ClickHouse-User", "ann"},
                                        {"X-ClickHouse-Key", "secret"}}) {
    auto answer = client_->Send(method, target, headers, body);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return answer.ok() ? *std::move(answer) : http::Response{};
  }

  FakeEngine engine_;
  std::unique_ptr<StoreApi> api_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Client> client_;
};

TEST_F(StoreApiTest, ProbesNeedNoUser) {
  Start();
  for (const char* target : {"/ping", "/replicas_status", "/"}) {
    EXPECT_EQ(Ask("GET", target, "", {}).body, "Ok.\n") << target;
  }
  EXPECT_EQ(Ask("GET", "/nope", "", {}).status, 404);
  EXPECT_EQ(Ask("PUT", "/", "", {}).status, 405);
  EXPECT_TRUE(engine_.asked().empty());
}

TEST_F(StoreApiTest, AnswersSayWhatTheyAre) {
  Start();
  const auto answer = Ask("POST", "/?query_id=q7&session_timezone=Asia/Tokyo", "SELECT 1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "1\n");
  EXPECT_EQ(answer.Header("X-ClickHouse-Format"), "TabSeparated");
  EXPECT_EQ(answer.Header("X-ClickHouse-Query-Id"), "q7");
  EXPECT_EQ(answer.Header("X-ClickHouse-Timezone"), "Asia/Tokyo");
  EXPECT_NE(answer.Header("X-ClickHouse-Server-Display-Name"), "");
  EXPECT_NE(answer.Header("X-ClickHouse-Summary").find("\"read_rows\":\"0\""), std::string::npos);
  engine_.answer = [](const SqlRequest&) {
    SqlOutcome outcome;
    outcome.written_rows = 3;
    outcome.written_bytes = 12;
    return outcome;
  };
  EXPECT_NE(Ask("POST", "/", "INSERT INTO t SELECT 1")
                .Header("X-ClickHouse-Summary")
                .find("\"written_rows\":\"3\",\"written_bytes\":\"12\""),
            std::string::npos);
  EXPECT_EQ(Ask("HEAD", "/?query=SELECT+1").body, "");
  EXPECT_EQ(Ask("GET", "/?query=SELECT+1").Header("X-ClickHouse-Query-Id").size(), 36u);
}

TEST_F(StoreApiTest, NobodyUnknownRunsAnything) {
  Start();
  const auto unnamed = Ask("POST", "/", "SELECT 1", {});
  EXPECT_EQ(unnamed.status, 401);
  EXPECT_EQ(unnamed.Header("X-ClickHouse-Exception-Code"), "194");
  EXPECT_NE(unnamed.Header("WWW-Authenticate"), "");
  for (const Headers& headers :
       {Headers{{"X-ClickHouse-User", "ann"}, {"X-ClickHouse-Key", "no"}},
        Headers{{"X-ClickHouse-User", "eve"}}, Headers{{"Authorization", "Bearer secret"}}}) {
    const auto refused = Ask("POST", "/", "SELECT 1", headers);
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.Header("X-ClickHouse-Exception-Code"), "516");
    EXPECT_EQ(refused.body.find("secret"), std::string::npos);
  }
  EXPECT_TRUE(engine_.asked().empty());
  EXPECT_EQ(Ask("GET", "/?user=bob&password=word&query=SELECT+1", "", {}).status, 200);
  EXPECT_TRUE(engine_.asked().back().request.read_only);
  EXPECT_EQ(Ask("POST", "/?user=bob&password=word", "DROP TABLE t", {}).status, 500);
}

TEST_F(StoreApiTest, ExceptionsKeepTheirCode) {
  Start();
  engine_.answer = [](const SqlRequest&) {
    SqlOutcome outcome;
    outcome.exception_code = 60;
    outcome.exception =
        "Code: 60. DB::Exception: Code: 60. DB::Exception: No table.\n (UNKNOWN_TABLE) (version 1)";
    return outcome;
  };
  const auto answer = Ask("POST", "/", "SELECT * FROM t");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.Header("X-ClickHouse-Exception-Code"), "60");
  EXPECT_EQ(answer.body, "Code: 60. DB::Exception: No table. (UNKNOWN_TABLE) (version 26.7.2.1)\n");
  EXPECT_EQ(Ask("POST", "/", "SELECT 1; SELECT 2").status, 400);
  EXPECT_EQ(Ask("POST", "/?session_id=1", "SELECT 1").status, 501);
}

TEST_F(StoreApiTest, BodiesAreCompressedBothWays) {
  Start();
  const std::string large(50'000, 'x');
  engine_.answer = [&](const SqlRequest&) {
    SqlOutcome outcome;
    outcome.output = large;
    return outcome;
  };
  http::ContentDecoder decoder;
  for (const auto coding :
       {http::ContentCoding::kGzip, http::ContentCoding::kZstd, http::ContentCoding::kLz4}) {
    const std::string name(http::ContentCodingName(coding));
    const auto answer =
        Ask("POST", "/", *http::EncodeContent(coding, "INSERT INTO t FORMAT CSV\n7"),
            {{"X-ClickHouse-User", "ann"},
             {"X-ClickHouse-Key", "secret"},
             {"Content-Encoding", name},
             {"Accept-Encoding", name}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.Header("Content-Encoding"), name);
    std::string body;
    ASSERT_TRUE(decoder.Decode(coding, answer.body, 1 << 20, body).ok());
    EXPECT_EQ(body, large);
    EXPECT_EQ(engine_.asked().back().data, "7");
  }
  EXPECT_EQ(Ask("POST", "/", "SELECT 1").Header("Content-Encoding"), "");
  EXPECT_EQ(Ask("POST", "/", std::string(2 << 20, ' ')).status, 413);
}

TEST_F(StoreApiTest, MoreStatementsThanMayWaitAreRefused) {
  std::mutex mutex;
  std::condition_variable changed;
  int running = 0;
  bool open = false;
  engine_.answer = [&](const SqlRequest&) {
    std::unique_lock lock(mutex);
    ++running;
    changed.notify_all();
    changed.wait(lock, [&] { return open; });
    return SqlOutcome{};
  };
  Start(1, 1);
  std::vector<std::thread> callers;
  const auto call = [&] {
    auto client = http::Client::Create("http://" + server_->address()).value();
    EXPECT_EQ(client->Send("GET", "/?user=ann&password=secret&query=SELECT+1")->status, 200);
  };
  callers.emplace_back(call);
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return running == 1; });
  }
  // One runs and one waits, also after its client has given up; the third is refused.
  const Headers ann = {{"X-ClickHouse-User", "ann"}, {"X-ClickHouse-Key", "secret"}};
  auto second = http::Client::Create("http://" + server_->address(), 300).value();
  EXPECT_FALSE(second->Send("POST", "/", ann, "SELECT 1").ok()) << "it waits";
  const auto refused = Ask("POST", "/", "SELECT 1");
  EXPECT_EQ(refused.Header("X-ClickHouse-Exception-Code"), "202");
  {
    std::lock_guard lock(mutex);
    open = true;
  }
  changed.notify_all();
  for (std::thread& caller : callers) caller.join();
  server_->Stop();
}

}  // namespace
}  // namespace adtally
