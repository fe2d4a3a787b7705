#include <gtest/gtest.h>
#include <sys/resource.h>

#include <memory>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "http/server.h"
#include "http/test_connection.h"

namespace adtally::http {
namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

void Ok(const Request&, Responder responder) {
  responder(Response{200, "ok", {}});
}

std::unique_ptr<Server> StartServer(ServerOptions options, Handler handler = Ok) {
  return Server::Start(std::move(options), std::move(handler), NullLogger()).value();
}

int64_t NowMs() {
  return SystemClock().MonotonicMicros() / 1000;
}

TEST(ServerLimits, ASlowHeadIs408) {
  const auto server = StartServer({.header_timeout_ms = 200});
  TestConnection connection(server->address());
  EXPECT_EQ(connection.Exchange(kGet).status, 200);
  // A byte now and then must not prolong it.
  const int64_t start_ms = NowMs();
  RawResponse response;
  for (const char c : std::string("GET / HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")) {
    connection.Send({&c, 1});
    response = connection.Read(false, 20);
    if (response.status != 0) break;
  }
  EXPECT_EQ(response.status, 408);
  EXPECT_EQ(response.Header("Connection"), "close");
  EXPECT_GE(NowMs() - start_ms, 200);
  EXPECT_TRUE(connection.IsClosed());
}

TEST(ServerLimits, ASlowBodyIs408) {
  const auto server = StartServer({.body_timeout_ms = 200});
  for (const char* framing : {"Content-Length: 100", "Transfer-Encoding: chunked"}) {
    TestConnection connection(server->address());
    const RawResponse response =
        connection.Exchange("POST / HTTP/1.1\r\nHost: x\r\n" + std::string(framing) + "\r\n\r\n1");
    EXPECT_EQ(response.status, 408);
    EXPECT_TRUE(connection.IsClosed());
  }
}

TEST(ServerLimits, AnIdleConnectionIsClosedWithoutAWord) {
  const auto server = StartServer({.idle_timeout_ms = 100});
  TestConnection fresh(server->address());
  TestConnection used(server->address());
  EXPECT_EQ(used.Exchange(kGet).status, 200);
  EXPECT_TRUE(fresh.IsClosed());
  EXPECT_TRUE(used.IsClosed());
}

TEST(ServerLimits, AClientThatDoesNotReadIsClosed) {
  const auto server =
      StartServer({.body_timeout_ms = 200}, [](const Request&, Responder responder) {
        responder(Response{200, std::string(8 << 20, 'x'), {}});
      });
  TestConnection connection(server->address());
  connection.Send(std::string(kGet) + std::string(kGet));
  server->Stop(5'000);  // returns once the connection was given up
  const RawResponse response = connection.Read();
  EXPECT_EQ(response.status, 200);
  EXPECT_LT(response.body.size(), size_t{8 << 20});
}

TEST(ServerLimits, ALargeAnswerArrivesWhole) {
  std::string text;
  for (int i = 0; text.size() < (20u << 20); ++i) text += std::to_string(i);
  const auto server = StartServer({}, [&](const Request&, Responder responder) {
    responder(Response{200, text, {}});
  });
  TestConnection connection(server->address());
  connection.Send(std::string(kGet) + std::string(kGet) + std::string(kGet));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(connection.Read().body == text);
}

TEST(ServerLimits, ALargeHeadIs431) {
  const auto server = StartServer({.max_header_bytes = 2000});
  const std::string line = "GET / HTTP/1.1\r\nHost: x\r\nX: ";
  {
    TestConnection connection(server->address());
    EXPECT_EQ(connection.Exchange(line + std::string(1900, 'a') + "\r\n\r\n").status, 200);
    EXPECT_EQ(connection.Exchange(line + std::string(2000, 'a') + "\r\n\r\n").status, 431);
    EXPECT_TRUE(connection.IsClosed());
  }
  TestConnection endless(server->address());
  endless.Send(line);
  for (int i = 0; i < 1000 && endless.Send("1\r\nX: "); ++i) continue;
  EXPECT_EQ(endless.Read().status, 431);
}

TEST(ServerLimits, LargeTrailersAndChunkHeadersAreRefused) {
  const auto server = StartServer({.max_header_bytes = 2000});
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  TestConnection extension(server->address());
  extension.Send(head + "1;" + std::string(30'000, 'e'));
  EXPECT_EQ(extension.Read().status, 431);
  TestConnection trailers(server->address());
  trailers.Send(head + "1\r\na\r\n0\r\nX: " + std::string(30'000, 'e'));
  EXPECT_EQ(trailers.Read().status, 431);
}

TEST(ServerLimits, ALargeBodyIs413) {
  const auto server = StartServer({.max_body_bytes = 1000});
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\n";
  {
    TestConnection connection(server->address());
    EXPECT_EQ(
        connection.Exchange(head + "Content-Length: 1000\r\n\r\n" + std::string(1000, 'a')).status,
        200);
    // Answered before any of the body comes.
    EXPECT_EQ(connection.Exchange(head + "Content-Length: 1001\r\n\r\n").status, 413);
  }
  TestConnection huge(server->address());
  EXPECT_EQ(huge.Exchange(head + "Content-Length: 99999999999999999999999\r\n\r\n").status, 400);
  TestConnection chunked(server->address());
  chunked.Send(head + "Transfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 200 && chunked.Send("A\r\n0123456789\r\n"); ++i) continue;
  EXPECT_EQ(chunked.Read().status, 413);
}

TEST(ServerLimits, AClientInTheMiddleOfAHugeBodySeesThe413) {
  const auto server = StartServer({});
  TestConnection connection(server->address());
  ASSERT_TRUE(connection.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\n"));
  const std::string piece(1 << 20, 'a');
  for (int i = 0; i < 100 && connection.Send(piece); ++i) continue;
  EXPECT_EQ(connection.Read().status, 413);
}

TEST(ServerLimits, TooManyConnectionsAre503) {
  const auto server = StartServer({.max_connections = 2});
  auto first = std::make_unique<TestConnection>(server->address());
  TestConnection second(server->address());
  EXPECT_EQ(first->Exchange(kGet).status, 200);
  EXPECT_EQ(second.Exchange(kGet).status, 200);
  TestConnection third(server->address());
  const RawResponse refused = third.Exchange(kGet);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.Header("Retry-After"), "1");
  EXPECT_TRUE(third.IsClosed());
  first.reset();
  int status = 0;
  for (int tries = 0; tries < 100 && status != 200; ++tries) {
    status = TestConnection(server->address()).Exchange(kGet).status;
  }
  EXPECT_EQ(status, 200);
}

TEST(ServerLimits, SurvivesRunningOutOfFileDescriptors) {
  const auto server = StartServer({});
  TestConnection before(server->address());
  EXPECT_EQ(before.Exchange(kGet).status, 200);
  TestConnection waiting(server->address());
  EXPECT_EQ(waiting.Exchange(kGet).status, 200);

  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  SocketAddress peer = ResolveSocketAddress(server->address()).value();
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const rlimit none{static_cast<rlim_t>(client) + 1, limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  ASSERT_EQ(::connect(client, peer.get(), peer.size), 0);  // into the backlog
  EXPECT_EQ(before.Exchange(kGet).status, 200);            // the others go on
  char byte = 0;
  ::send(client, kGet.data(), kGet.size(), MSG_NOSIGNAL);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(::recv(client, &byte, 1, MSG_DONTWAIT), -1);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  pollfd poll{client, POLLIN, 0};
  EXPECT_EQ(::poll(&poll, 1, 5'000), 1);
  EXPECT_EQ(::recv(client, &byte, 1, 0), 1);
  ::close(client);
}

}  // namespace
}  // namespace adtally::http
