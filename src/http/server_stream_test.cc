#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "http/body_pipe.h"
#include "http/client.h"
#include "http/server.h"
#include "http/test_connection.h"

namespace adtally::http {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view kGet10 = "GET / HTTP/1.0\r\nHost: x\r\n\r\n";

// Waits up to ten seconds.
bool Eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 1000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return holds();
}

// Answers each request with a stream that `write` fills on a thread of its own.
class Streamer {
 public:
  Streamer(std::function<void(BodyWriter)> write, ServerOptions options = {}, bool endless = false)
      : write_(std::move(write)) {
    options.idle_timeout_ms = 2'000;  // a sweep every half second
    server_ = Server::Start(
                  std::move(options),
                  [this, endless](const Request& request, Responder respond) {
                    if (request.path == "/plain") return respond(Response{200, "plain", {}});
                    BodyPipe pipe = BodyPipe::Create(endless);
                    Response response;
                    response.stream = std::move(pipe.reader);
                    respond(std::move(response));
                    std::lock_guard lock(mutex_);
                    threads_.emplace_back([this, writer = std::move(pipe.writer)]() mutable {
                      write_(std::move(writer));
                      ++ended_;
                    });
                  },
                  NullLogger())
                  .value();
  }
  ~Streamer() {
    server_.reset();
    for (std::thread& thread : threads_) thread.join();
  }
  Server& server() { return *server_; }
  std::string address() const { return server_->address(); }
  int ended() const { return ended_; }

 private:
  const std::function<void(BodyWriter)> write_;
  std::mutex mutex_;
  std::vector<std::thread> threads_;
  std::atomic<int> ended_{0};
  std::unique_ptr<Server> server_;
};

std::string Numbers(int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += std::to_string(i) + '\n';
  return all;
}

void WriteNumbers(BodyWriter& writer, int count) {
  for (int i = 0; i < count; ++i) writer.Write(std::to_string(i) + '\n');
}

// All that comes until the peer closes; "" and `reset` when the connection was broken.
std::string ReadToEnd(int fd, bool& reset) {
  std::string all;
  char bytes[16384];
  while (true) {
    const ssize_t got = ::recv(fd, bytes, sizeof(bytes), 0);
    reset = got < 0;
    if (got <= 0) return all;
    all.append(bytes, static_cast<size_t>(got));
  }
}

TEST(ServerStream, ChunksMakeTheWholeBodyAndTheConnectionStays) {
  Streamer streamer([](BodyWriter writer) {
    WriteNumbers(writer, 200'000);
    writer.Finish();
  });
  const auto client = Client::Create("http://" + streamer.address()).value();
  for (int i = 0; i < 2; ++i) {
    const auto response = client->Send("GET", "/");
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_EQ(response->Header("Transfer-Encoding"), "chunked");
    EXPECT_EQ(response->Header("Content-Length"), "");
    EXPECT_TRUE(response->body == Numbers(200'000));
    EXPECT_EQ(client->Send("GET", "/plain")->body, "plain");
  }
}

TEST(ServerStream, APipelinedRequestWaitsForTheEnd) {
  Streamer streamer([](BodyWriter writer) {
    writer.Write("a");
    std::this_thread::sleep_for(50ms);
    writer.Write("b");
    writer.Finish();
  });
  TestConnection connection(streamer.address());
  connection.Send(std::string(kGet) +
                  "GET /plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  bool reset = false;
  const std::string all = ReadToEnd(connection.fd(), reset);
  EXPECT_FALSE(reset);
  EXPECT_NE(all.find("1\r\na\r\n1\r\nb\r\n0\r\n\r\nHTTP/1.1 200"), std::string::npos) << all;
  EXPECT_TRUE(all.ends_with("\r\n\r\nplain"));
}

TEST(ServerStream, HttpOnePointZeroEndsWithTheConnection) {
  Streamer streamer([](BodyWriter writer) {
    WriteNumbers(writer, 1000);
    writer.Finish();
  });
  TestConnection connection(streamer.address());
  connection.Send(kGet10);
  bool reset = false;
  const std::string all = ReadToEnd(connection.fd(), reset);
  EXPECT_FALSE(reset);
  EXPECT_EQ(all.find("chunked"), std::string::npos);
  EXPECT_NE(all.find("Connection: close\r\n"), std::string::npos);
  EXPECT_EQ(all.substr(all.find("\r\n\r\n") + 4), Numbers(1000));
}

TEST(ServerStream, ABrokenBodyNeverLooksWhole) {
  Streamer streamer([](BodyWriter writer) { WriteNumbers(writer, 100); });
  const auto client = Client::Create("http://" + streamer.address()).value();
  const auto response = client->Send("GET", "/");
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
  // A client of HTTP/1.0 knows the end by the connection's: so that is reset.
  TestConnection old(streamer.address());
  old.Send(kGet10);
  bool reset = false;
  ReadToEnd(old.fd(), reset);
  EXPECT_TRUE(reset);
}

TEST(ServerStream, HeadHasNoBodyAndTellsTheWriter) {
  std::atomic<bool> taken{true};
  Streamer streamer([&](BodyWriter writer) {
    Eventually([&] { return writer.ReaderLeft(); });
    taken = writer.Write("x");
  });
  TestConnection connection(streamer.address());
  connection.Send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(connection.Read(true).Header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(connection.Exchange("GET /plain HTTP/1.1\r\nHost: x\r\n\r\n").body, "plain");
  EXPECT_TRUE(Eventually([&] { return streamer.ended() == 1; }));
  EXPECT_FALSE(taken);
}

TEST(ServerStream, ASlowReaderHoldsTheWriterUpAndNobodyElse) {
  std::atomic<size_t> written{0};
  const std::string piece(64 << 10, 'x');
  constexpr size_t kPieces = 1600;  // 100 MiB
  Streamer streamer([&](BodyWriter writer) {
    for (size_t i = 0; i < kPieces && writer.Write(piece); ++i) written += piece.size();
    writer.Finish();
  });
  TestConnection slow(streamer.address());
  slow.Send(kGet);
  std::this_thread::sleep_for(300ms);
  const size_t held = written;
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(written, held);  // what the sockets and the pipe hold
  EXPECT_LT(held, kPieces * piece.size() / 4);
  // The same I/O thread answers others.
  TestConnection other(streamer.address());
  EXPECT_EQ(other.Exchange("GET /plain HTTP/1.1\r\nHost: x\r\n\r\n").body, "plain");
  // It gets all of it once it reads.
  size_t got = 0;
  char bytes[65536];
  while (got < kPieces * piece.size()) {
    const ssize_t some = ::recv(slow.fd(), bytes, sizeof(bytes), 0);
    ASSERT_GT(some, 0);
    got += static_cast<size_t>(some);
  }
  EXPECT_TRUE(Eventually([&] { return streamer.ended() == 1; }));
}

TEST(ServerStream, AReaderThatStopsReadingIsClosed) {
  Streamer streamer(
      [](BodyWriter writer) {
        const std::string piece(64 << 10, 'x');
        while (writer.Write(piece)) {
        }
      },
      {.body_timeout_ms = 300});
  TestConnection stuck(streamer.address());
  stuck.Send(kGet);
  EXPECT_TRUE(Eventually([&] { return streamer.ended() == 1; }));
}

TEST(ServerStream, AReaderThatLeavesEndsTheWriter) {
  // Nothing is written, so only the closed connection tells.
  Streamer streamer([](BodyWriter writer) { Eventually([&] { return writer.ReaderLeft(); }); });
  {
    TestConnection leaving(streamer.address());
    leaving.Send(kGet);
    EXPECT_EQ(leaving.Read(true).status, 200);
  }
  EXPECT_TRUE(Eventually([&] { return streamer.ended() == 1; }));
}

TEST(ServerStream, AClientThatLeavesBeforeItsAnswerIsNoticed) {
  std::atomic<bool> noticed{false};
  std::thread worker;
  {
    ServerOptions options;
    options.idle_timeout_ms = 400;
    const auto server = Server::Start(
                            options,
                            [&](const Request& request, Responder respond) {
                              worker = std::thread([&, left = request.left, respond] {
                                noticed = Eventually([&] { return left->load(); });
                                respond(Response{});
                              });
                            },
                            NullLogger())
                            .value();
    {
      TestConnection leaving(server->address());
      leaving.Send(kGet);
      std::this_thread::sleep_for(50ms);
    }
    EXPECT_TRUE(Eventually([&] { return noticed.load(); }));
    worker.join();
  }
}

TEST(ServerStream, StopEndsEndlessBodiesAtOnceAndInGoodOrder) {
  Streamer streamer(
      [](BodyWriter writer) {
        writer.TryWrite("hello");
        Eventually([&] { return writer.ReaderLeft(); });
      },
      {}, true);
  TestConnection connection(streamer.address());
  connection.Send(kGet);
  EXPECT_EQ(connection.Read(true).status, 200);
  std::this_thread::sleep_for(50ms);
  const auto begin = std::chrono::steady_clock::now();
  streamer.server().Stop(5000);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  bool reset = false;
  EXPECT_TRUE(ReadToEnd(connection.fd(), reset).ends_with("0\r\n\r\n"));
  EXPECT_FALSE(reset);
}

TEST(ServerStream, StopLetsAFileEndOrBreaksIt) {
  std::atomic<bool> go{false};
  Streamer streamer([&](BodyWriter writer) {
    writer.Write("a");
    Eventually([&] { return go.load() || writer.ReaderLeft(); });
    writer.Finish();
  });
  TestConnection ends(streamer.address());
  ends.Send(kGet);
  EXPECT_EQ(ends.Read(true).status, 200);
  std::thread stop([&] { streamer.server().Stop(300); });
  bool reset = false;
  EXPECT_FALSE(ReadToEnd(ends.fd(), reset).ends_with("0\r\n\r\n"));
  stop.join();
  go = true;
}

}  // namespace
}  // namespace adtally::http
