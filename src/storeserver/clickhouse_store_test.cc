#include "store/clickhouse_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "http/body_pipe.h"
#include "http/server.h"
#include "storeserver/fake_engine_test_support.h"
#include "storeserver/store_api.h"

namespace adtally {
namespace {

ClickHouseStoreOptions OptionsFor(const std::string& address) {
  ClickHouseStoreOptions options;
  options.http.url = "http://" + address;
  options.http.user = "ann";
  options.http.password = "secret";
  options.http.timeout_ms = 5000;
  options.start_wait_ms = 0;
  return options;
}

// The client against this project's server over a fake engine.
class ClickHouseStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    StoreApiOptions options;
    options.users = {{"ann", "secret", false}};
    api_ = StoreApi::Create(std::move(options), engine_, SystemClock()).value();
    server_ = http::Server::Start({}, api_->handler(), NullLogger()).value();
    store_ =
        ClickHouseStore::Open(OptionsFor(server_->address()), SystemClock(), NullLogger()).value();
  }

  FakeEngine engine_;
  std::unique_ptr<StoreApi> api_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<Store> store_;
};

TEST_F(ClickHouseStoreTest, StatementsAndParametersArrive) {
  const std::string nasty("a\tb\n&=%+\\é\0x", 13);
  const auto answer = store_->Query("SELECT {s:String} FORMAT X", {{"s", nasty}}, "CSV");
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(*answer, "1\n");
  const SqlRequest request = engine_.asked().back().request;
  EXPECT_EQ(request.sql, "SELECT {s:String} FORMAT X");
  EXPECT_EQ(request.format, "CSV");
  ASSERT_EQ(request.params.size(), 1u);
  EXPECT_EQ(request.params[0].value, "a\\tb\\n&=%+\\\\é\\0x");
  EXPECT_FALSE(request.read_only);
}

TEST_F(ClickHouseStoreTest, BlocksArriveWithTheirToken) {
  std::string block(200'000, '\0');
  for (size_t i = 0; i < block.size(); ++i) block[i] = static_cast<char>(i * 7);
  ASSERT_TRUE(store_->Insert("adtally.t (x)", block, "topic/0/1-2/3").ok());
  const auto asked = engine_.asked().back();
  EXPECT_EQ(asked.request.sql,
            "INSERT INTO adtally.t (x) SETTINGS insert_deduplication_token = 'topic/0/1-2/3'");
  EXPECT_EQ(asked.request.format, "Native");
  EXPECT_EQ(asked.data, block);
  const auto wrong = store_->Insert("adtally.t (x)", block, "a'b");
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(ClickHouseStoreTest, ExceptionsAreOneSentenceWithTheirMeaning) {
  engine_.answer = [](const SqlRequest& request) {
    SqlOutcome outcome;
    outcome.exception_code = request.has_data ? 252 : 60;
    outcome.exception = "Code: " + std::to_string(outcome.exception_code) +
                        ". DB::Exception: It failed\nbadly. (NAME) (version 1)";
    return outcome;
  };
  const auto query = store_->Query("SELECT 1", {}, "CSV");
  ASSERT_FALSE(query.ok());
  EXPECT_EQ(query.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(query.error().message,
            "ClickHouse at http://" + server_->address() + ": It failed badly. (NAME)");
  const auto insert = store_->Insert("adtally.t (x)", "b", "");
  ASSERT_FALSE(insert.ok());
  EXPECT_EQ(insert.error().code, ErrorCode::kUnavailable);
}

TEST_F(ClickHouseStoreTest, AWrongPasswordIsSaidAndNotShown) {
  auto options = OptionsFor(server_->address());
  options.http.password = "wrong-word";
  options.start_wait_ms = 60'000;  // there is nothing to wait for
  const auto store = ClickHouseStore::Open(options, SystemClock(), NullLogger());
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, ErrorCode::kForbidden);
  EXPECT_NE(store.error().message.find("store.user"), std::string::npos);
  EXPECT_EQ(store.error().message.find("wrong-word"), std::string::npos);
}

TEST_F(ClickHouseStoreTest, AServerThatIsGoneIsUnavailable) {
  const std::string address = server_->address();
  server_.reset();
  const auto query = store_->Query("SELECT 1", {}, "CSV");
  ASSERT_FALSE(query.ok());
  EXPECT_EQ(query.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(query.error().message.find(address), std::string::npos);
  EXPECT_EQ(store_->Insert("adtally.t (x)", "b", "").error().code, ErrorCode::kUnavailable);
}

// What a server answers that is none of ours.
class OtherServerTest : public testing::Test {
 protected:
  Result<std::string> Ask(const http::Response& response) {
    auto server = http::Server::Start(
                      {},
                      [&](const http::Request& request, http::Responder respond) {
                        const bool version =
                            request.body.find("version()") != std::string_view::npos;
                        respond(version ? http::Response{200, "1\n", {}} : response);
                      },
                      NullLogger())
                      .value();
    auto store =
        ClickHouseStore::Open(OptionsFor(server->address()), SystemClock(), NullLogger()).value();
    return store->Query("SELECT 1", {}, "CSV");
  }
};

TEST_F(OtherServerTest, AnExceptionAfterTheStatusIsNoticed) {
  const auto in_header =
      Ask({200, "1\nCode: 241. DB::Exception: Memory", {{"X-ClickHouse-Exception-Code", "241"}}});
  ASSERT_FALSE(in_header.ok());
  EXPECT_EQ(in_header.error().code, ErrorCode::kUnavailable);
  const auto in_body = Ask({200,
                            "1\n2\n\r\n__exception__\r\nabcdefghijklmnop\r\nCode: 241. "
                            "DB::Exception: Memory limit. (MEMORY_LIMIT_EXCEEDED)\n\r\n80 "
                            "abcdefghijklmnop\r\n__exception__\r\n",
                            {{"X-ClickHouse-Exception-Tag", "abcdefghijklmnop"}}});
  ASSERT_FALSE(in_body.ok());
  EXPECT_EQ(in_body.error().code, ErrorCode::kUnavailable);
  const auto fine = Ask({200, "all\n", {{"X-ClickHouse-Exception-Tag", "abcdefghijklmnop"}}});
  ASSERT_TRUE(fine.ok());
  EXPECT_EQ(*fine, "all\n");
}

class Gathered final : public OutputSink {
 public:
  bool Write(std::string_view piece) override {
    text += piece;
    return takes_more;
  }
  bool Wanted() const override { return true; }
  std::string text;
  bool takes_more = true;
};

// A server that writes its answer in pieces, with `head`'s headers.
class StreamingServerTest : public testing::Test {
 protected:
  void Start(std::function<void(http::BodyWriter)> write, http::Response head = {}) {
    server_ = http::Server::Start(
                  {},
                  [this, write, head](const http::Request& request, http::Responder respond) {
                    target_ = request.query;
                    http::BodyPipe pipe = http::BodyPipe::Create();
                    http::Response response = head;
                    response.stream = std::move(pipe.reader);
                    respond(std::move(response));
                    writer_ = std::thread([write, writer = std::move(pipe.writer)]() mutable {
                      write(std::move(writer));
                    });
                  },
                  NullLogger())
                  .value();
  }
  Result<void> Stream(OutputSink& sink, int timeout_ms = 5000) {
    ClickHouseStoreOptions options = OptionsFor(server_->address());
    options.http.timeout_ms = timeout_ms;
    return ClickHouseStore::Create(options).value()->QueryStream("SELECT 1", {}, "CSV", sink);
  }
  void TearDown() override {
    server_.reset();
    if (writer_.joinable()) writer_.join();
  }

  std::unique_ptr<http::Server> server_;
  std::thread writer_;
  std::string target_;
};

std::string Lines(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += std::to_string(i) + '\n';
  return lines;
}

TEST_F(StreamingServerTest, PiecesArriveAsTheyAreWritten) {
  Start([](http::BodyWriter writer) {
    for (int i = 0; i < 500'000; ++i) writer.Write(std::to_string(i) + '\n');
    writer.Finish();
  });
  Gathered sink;
  const auto streamed = Stream(sink);
  ASSERT_TRUE(streamed.ok()) << streamed.error().message;
  EXPECT_TRUE(sink.text == Lines(500'000));
  EXPECT_EQ(target_.find("wait_end_of_query"), std::string::npos);
}

TEST_F(StreamingServerTest, AnExceptionInTheMiddleIsNoPartOfTheRows) {
  Start(
      [](http::BodyWriter writer) {
        writer.Write(Lines(100'000));
        writer.Write(
            "\r\n__exception__\r\nabcdefghijklmnop\r\nCode: 241. DB::Exception: Memory "
            "limit. (MEMORY_LIMIT_EXCEEDED)\n\r\n80 abcdefghijklmnop\r\n__exception__\r\n");
        writer.Finish();
      },
      {200, "", {{"X-ClickHouse-Exception-Tag", "abcdefghijklmnop"}}});
  Gathered sink;
  const auto streamed = Stream(sink);
  ASSERT_FALSE(streamed.ok());
  EXPECT_EQ(streamed.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(streamed.error().message.find("Memory limit."), std::string::npos);
  EXPECT_TRUE(Lines(100'000).starts_with(sink.text));
}

TEST_F(StreamingServerTest, AConnectionThatBreaksIsAnError) {
  Start([](http::BodyWriter writer) { writer.Write(Lines(100'000)); });
  Gathered sink;
  EXPECT_EQ(Stream(sink).error().code, ErrorCode::kUnavailable);
}

TEST_F(StreamingServerTest, AServerThatStallsIsGivenUp) {
  Start([](http::BodyWriter writer) {
    writer.Write("1\n");
    while (!writer.ReaderLeft()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  });
  Gathered sink;
  EXPECT_EQ(Stream(sink, 300).error().code, ErrorCode::kUnavailable);
}

TEST_F(StreamingServerTest, AReaderThatLeavesClosesTheConnection) {
  std::atomic<bool> left{false};
  Start([&](http::BodyWriter writer) {
    while (writer.Write(Lines(1000))) {
    }
    left = true;
  });
  Gathered sink;
  sink.takes_more = false;
  EXPECT_EQ(Stream(sink).error().code, ErrorCode::kUnavailable);
  server_.reset();
  writer_.join();
  EXPECT_TRUE(left);
}

TEST_F(ClickHouseStoreTest, AStreamThatIsRefusedIsAnExceptionAndNoRows) {
  engine_.answer = [](const SqlRequest&) {
    SqlOutcome outcome;
    outcome.exception_code = 60;
    outcome.exception = "Code: 60. DB::Exception: There is no table. (UNKNOWN_TABLE)";
    return outcome;
  };
  Gathered sink;
  const auto streamed = store_->QueryStream("SELECT 1", {}, "CSV", sink);
  ASSERT_FALSE(streamed.ok());
  EXPECT_EQ(streamed.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(sink.text, "");
}

TEST_F(OtherServerTest, OtherAnswersSayWhetherToTryAgain) {
  EXPECT_EQ(Ask({503, "<html>", {}}).error().code, ErrorCode::kUnavailable);
  const auto wrong = Ask({404, "<html>", {}});
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(wrong.error().message.find("store.url"), std::string::npos);
}

TEST(ClickHouseStoreOptions, AWrongUrlIsRefusedWithoutShowingASecret) {
  for (const char* url : {"", "127.0.0.1:8123", "ftp://x", "http://", "http://x/path"}) {
    ClickHouseStoreOptions options;
    options.http.url = url;
    const auto store = ClickHouseStore::Open(options, SystemClock(), NullLogger());
    ASSERT_FALSE(store.ok()) << url;
    EXPECT_EQ(store.error().code, ErrorCode::kInvalidArgument);
  }
  ClickHouseStoreOptions options;
  options.http.url = "http://ann:hidden@x:8123";
  EXPECT_EQ(
      ClickHouseStore::Open(options, SystemClock(), NullLogger()).error().message.find("hidden"),
      std::string::npos);
}

TEST(InDatabase, RenamesTheDatabaseAndNothingElse) {
  const std::string sql =
      "SELECT 'adtally.x', adtally.t.a FROM adtally.t, myadtally.t, `adtally`.u";
  EXPECT_EQ(InDatabase(sql, "adtally"), sql);
  EXPECT_EQ(InDatabase(sql, "other"),
            "SELECT 'adtally.x', `other`.t.a FROM `other`.t, myadtally.t, `adtally`.u");
  EXPECT_EQ(InDatabase("CREATE DATABASE IF NOT EXISTS adtally ENGINE = Atomic", "o`x"),
            "CREATE DATABASE IF NOT EXISTS `o\\`x` ENGINE = Atomic");
}

TEST(OnlyReads, GoesByTheFirstWord) {
  EXPECT_TRUE(OnlyReads("  select 1"));
  EXPECT_TRUE(OnlyReads("(SELECT 1)"));
  EXPECT_FALSE(OnlyReads("INSERT INTO t SELECT 1"));
  EXPECT_FALSE(OnlyReads("SELECTED"));
  EXPECT_FALSE(OnlyReads("WITH 1 AS x INSERT INTO t SELECT x"));
  EXPECT_FALSE(OnlyReads(""));
}

}  // namespace
}  // namespace adtally
