#include "http/client.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <functional>
#include <thread>

#include "http/server.h"
#include "http/test_connection.h"

namespace adtally::http {
namespace {

std::unique_ptr<Client> Connect(const std::string& address, int timeout_ms = 10'000) {
  return Client::Create("http://" + address, timeout_ms).value();
}

// Answers with given bytes: each connection gets the next script entry after it sent something,
// then is closed.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> answers) : answers_(std::move(answers)) {
    SocketAddress address = ResolveSocketAddress("127.0.0.1:0").value();
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(fd_, address.get(), address.size), 0);
    EXPECT_EQ(::listen(fd_, 8), 0);
    EXPECT_EQ(::getsockname(fd_, address.get(), &address.size), 0);
    address_ = address.ToString();
    thread_ = std::thread([this] {
      for (const std::string& answer : answers_) {
        const int peer = ::accept(fd_, nullptr, nullptr);
        char bytes[4096];
        ::recv(peer, bytes, sizeof(bytes), 0);
        ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
        ::close(peer);
      }
    });
  }
  ~ScriptedServer() {
    thread_.join();
    ::close(fd_);
  }
  const std::string& address() const { return address_; }

 private:
  std::vector<std::string> answers_;
  int fd_ = -1;
  std::string address_;
  std::thread thread_;
};

TEST(Client, ExchangesOnOneConnection) {
  std::atomic<int> requests = 0;
  const auto server =
      Server::Start(
          {.max_connections = 1},
          [&](const Request& request, Responder responder) {
            ++requests;
            responder(Response{201,
                               std::string(request.Header("X-In")) + std::string(request.body),
                               {{"X-Out", "1"}}});
          },
          NullLogger())
          .value();
  const auto client = Connect(server->address());
  for (int i = 0; i < 5; ++i) {
    const auto response = client->Send("POST", "/a?b", {{"X-In", "in:"}}, "body");
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_EQ(response->status, 201);
    EXPECT_EQ(response->body, "in:body");
  }
  const auto head = client->Send("HEAD", "/");
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->body, "");
  EXPECT_EQ(client->Send("GET", "/")->status, 201);
  EXPECT_EQ(requests, 7);
}

TEST(Client, ReconnectsWhenTheServerClosedBetweenRequests) {
  const auto server =
      Server::Start(
          {.idle_timeout_ms = 50},
          [](const Request&, Responder responder) { responder(Response{}); }, NullLogger())
          .value();
  const auto client = Connect(server->address());
  EXPECT_TRUE(client->Send("GET", "/").ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const auto again = client->Send("POST", "/", {}, "x");
  EXPECT_TRUE(again.ok()) << again.error().message;
}

TEST(Client, ReadsChunkedAndUnboundedAnswers) {
  const ScriptedServer server(
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
       "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
       "HTTP/1.1 404 Not Found\r\nX: y\r\n\r\nuntil the end", "HTTP/1.1 204 No Content\r\n\r\n"});
  const auto client = Connect(server.address());
  EXPECT_EQ(client->Send("GET", "/")->body, "abcde");
  const auto second = client->Send("GET", "/");
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->status, 404);
  EXPECT_EQ(second->body, "until the end");
  EXPECT_EQ(client->Send("GET", "/")->status, 204);
}

TEST(Client, ACutOrWrongAnswerIsUnavailable) {
  const ScriptedServer server({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "",
                               "junk\r\n\r\n", "HTTP/1.1 200 OK\r\n"});
  const auto client = Connect(server.address());
  for (int i = 0; i < 4; ++i) {
    const auto response = client->Send("GET", "/");
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(response.error().message.find(server.address()), std::string::npos);
  }
}

TEST(Client, TimesOut) {
  Responder kept;
  const auto server =
      Server::Start(
          {}, [&](const Request&, Responder responder) { kept = std::move(responder); },
          NullLogger())
          .value();
  const auto client = Connect(server->address(), 100);
  const auto response = client->Send("GET", "/");
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(response.error().message.find("100 ms"), std::string::npos);
  server->Stop(0);
}

TEST(Client, SeesAnEarlyRefusalOfALargeBody) {
  const auto server =
      Server::Start(
          {.max_body_bytes = 1000},
          [](const Request&, Responder responder) { responder(Response{}); }, NullLogger())
          .value();
  const auto client = Connect(server->address());
  const std::string body(100 << 20, 'x');
  for (int i = 0; i < 2; ++i) {
    const auto response = client->Send("POST", "/", {}, body);
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_EQ(response->status, 413);
  }
  EXPECT_EQ(client->Send("GET", "/")->status, 200);
}

TEST(Client, AnUnreachableServerIsUnavailable) {
  std::string address;
  {
    const auto server = Server::Start(
                            {}, [](const Request&, Responder) {}, NullLogger())
                            .value();
    address = server->address();
  }
  const auto response = Connect(address)->Send("GET", "/");
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
}

TEST(Client, RefusesWrongUse) {
  for (const char* origin : {"https://x", "http://", "127.0.0.1:80", "http://x/path", ""}) {
    EXPECT_FALSE(Client::Create(origin).ok()) << origin;
  }
  EXPECT_TRUE(Client::Create("http://localhost:8123/").ok());
  const auto client = Connect("127.0.0.1:1");
  EXPECT_EQ(client->Send("GET", "/ HTTP/1.1\r\nX: y").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(client->Send("GET", "/", {{"A", "b\r\nC: d"}}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(client->Send("GET", "x").error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace adtally::http
