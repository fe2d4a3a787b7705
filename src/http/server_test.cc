#include "http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "http/test_compression.h"
#include "http/test_connection.h"

namespace adtally::http {
namespace {

constexpr char kHost[] = "Host: x\r\n";

// Tells what it was asked.
void Echo(const Request& request, Responder responder) {
  Response response;
  response.body = std::string(request.method) + " " + std::string(request.path) + "?" +
                  std::string(request.query) + " [" + std::string(request.body) + "]";
  response.headers.emplace_back("X-Peer", std::string(request.remote_address));
  responder(std::move(response));
}

std::unique_ptr<Server> StartServer(Handler handler = Echo, ServerOptions options = {}) {
  auto server = Server::Start(std::move(options), std::move(handler), NullLogger());
  EXPECT_TRUE(server.ok()) << (server.ok() ? "" : server.error().message);
  return std::move(server).value();
}

std::string Get(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\n" + kHost + "\r\n";
}

std::string Post(std::string_view body, std::string_view headers = "") {
  return "POST /p HTTP/1.1\r\n" + std::string(kHost) + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

// The status of one request on a connection of its own, which must be closed after an error.
int StatusOfRaw(const Server& server, std::string_view bytes) {
  TestConnection connection(server.address());
  connection.Send(bytes);
  const RawResponse response = connection.Read();
  if (response.status >= 400) {
    EXPECT_EQ(response.Header("Content-Type"), "application/problem+json");
    EXPECT_EQ(response.Header("Connection"), "close");
    EXPECT_TRUE(connection.IsClosed()) << bytes;
  }
  return response.status;
}

TEST(Server, AnswersOnAKeptConnection) {
  const auto server = StartServer();
  TestConnection connection(server->address());
  for (int i = 0; i < 3; ++i) {
    const RawResponse response = connection.Exchange(Get("/a/b?c=d"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "GET /a/b?c=d []");
    EXPECT_EQ(response.Header("X-Peer"), "127.0.0.1");
    EXPECT_EQ(response.Header("Connection"), "");
  }
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  const auto server = StartServer();
  TestConnection connection(server->address());
  std::string requests;
  for (int i = 0; i < 500; ++i) {
    requests += i % 3 == 0 ? Post("body" + std::to_string(i)) : Get("/" + std::to_string(i));
  }
  connection.Send(requests);
  for (int i = 0; i < 500; ++i) {
    const std::string number = std::to_string(i);
    EXPECT_EQ(connection.Read().body,
              i % 3 == 0 ? "POST /p? [body" + number + "]" : "GET /" + number + "? []");
  }
}

TEST(Server, TakesARequestByteByByte) {
  const auto server = StartServer();
  TestConnection connection(server->address());
  for (const char c : "\r\n" + Get("/slow") + Post("abc")) connection.Send({&c, 1});
  EXPECT_EQ(connection.Read().body, "GET /slow? []");
  EXPECT_EQ(connection.Read().body, "POST /p? [abc]");
}

TEST(Server, TakesAbsoluteTargets) {
  const auto server = StartServer();
  TestConnection connection(server->address());
  EXPECT_EQ(connection.Exchange(Get("http://h:1/a?b")).body, "GET /a?b []");
}

TEST(Server, ClosesWhenAskedTo) {
  const auto server = StartServer();
  TestConnection close(server->address());
  const RawResponse response =
      close.Exchange("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(response.Header("Connection"), "close");
  EXPECT_TRUE(close.IsClosed());

  TestConnection old(server->address());
  EXPECT_EQ(old.Exchange("GET / HTTP/1.0\r\n\r\n").Header("Connection"), "close");
  EXPECT_TRUE(old.IsClosed());

  TestConnection kept(server->address());
  const std::string keep = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  EXPECT_EQ(kept.Exchange(keep).Header("Connection"), "keep-alive");
  EXPECT_EQ(kept.Exchange(keep).status, 200);
}

TEST(Server, AnswersAClientThatHasStoppedSending) {
  const auto server = StartServer();
  TestConnection connection(server->address());
  connection.Send(Get("/half"));
  ::shutdown(connection.fd(), SHUT_WR);
  EXPECT_EQ(connection.Read().body, "GET /half? []");
  EXPECT_TRUE(connection.IsClosed());
}

TEST(Server, HeadHasALengthButNoBody) {
  const auto server = StartServer();
  TestConnection connection(server->address());
  connection.Send("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n" + Get("/y"));
  EXPECT_EQ(connection.Read(true).Header("Content-Length"), "11");
  EXPECT_EQ(connection.Read().body, "GET /y? []");
}

TEST(Server, NoContentHasNoLength) {
  const auto server = StartServer([](const Request&, Responder responder) {
    responder(Response{204, "ignored", {{"X-Split", "a\r\nEvil: 1"}}});
  });
  TestConnection connection(server->address());
  for (int i = 0; i < 2; ++i) {
    const RawResponse response = connection.Exchange(Get("/"));
    EXPECT_EQ(response.status, 204);
    EXPECT_EQ(response.Header("Content-Length"), "");
    EXPECT_EQ(response.Header("Evil"), "");
  }
}

TEST(Server, TakesChunkedBodies) {
  const auto server = StartServer();
  TestConnection connection(server->address());
  const std::string head = "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string body = "3\r\nabc\r\nA;ext=1\r\n0123456789\r\n0\r\nHost: trailer\r\n\r\n";
  connection.Send(head + body + Get("/next"));
  EXPECT_EQ(connection.Read().body, "POST /p? [abc0123456789]");
  EXPECT_EQ(connection.Read().body, "GET /next? []");
  for (const char c : head + body) connection.Send({&c, 1});
  EXPECT_EQ(connection.Read().body, "POST /p? [abc0123456789]");
}

TEST(Server, TakesLargeBodies) {
  const auto server = StartServer();
  std::string text;
  for (int i = 0; text.size() < 5'000'000; ++i) text += std::to_string(i);
  TestConnection connection(server->address());
  std::thread sender([&] {
    connection.Send(Post(text));
    connection.Send("POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (size_t at = 0; at < text.size(); at += 70'000) {
      char size[16];
      const std::string piece = text.substr(at, 70'000);
      std::snprintf(size, sizeof(size), "%zx\r\n", piece.size());
      connection.Send(size + piece + "\r\n");
    }
    connection.Send("0\r\n\r\n");
  });
  EXPECT_TRUE(connection.Read().body == "POST /p? [" + text + "]");
  EXPECT_TRUE(connection.Read().body == "POST /p? [" + text + "]");
  sender.join();
}

TEST(Server, DecodesCompressedBodies) {
  const auto server = StartServer();
  TestConnection connection(server->address());
  const std::string text(3000, 'z');
  EXPECT_EQ(connection.Exchange(Post(Gzip(text), "Content-Encoding: gzip\r\n")).body,
            "POST /p? [" + text + "]");
  EXPECT_EQ(connection.Exchange(Post(Zstd(text), "Content-Encoding: zstd\r\n")).body,
            "POST /p? [" + text + "]");
  EXPECT_EQ(connection.Exchange(Post("plain", "Content-Encoding: identity\r\n")).body,
            "POST /p? [plain]");
  // The body was read whole, so the connection stays.
  EXPECT_EQ(connection.Exchange(Post("junk", "Content-Encoding: gzip\r\n")).status, 400);
  EXPECT_EQ(connection.Exchange(Post("junk", "Content-Encoding: zstd\r\n")).status, 400);
  const std::string bomb(64 << 20, '\0');
  EXPECT_EQ(connection.Exchange(Post(Gzip(bomb), "Content-Encoding: gzip\r\n")).status, 413);
  EXPECT_EQ(connection.Exchange(Post(Zstd(bomb), "Content-Encoding: zstd\r\n")).status, 413);
  EXPECT_EQ(connection.Exchange(Get("/")).status, 200);
  EXPECT_EQ(StatusOfRaw(*server, Post("x", "Content-Encoding: br\r\n")), 415);
  EXPECT_EQ(StatusOfRaw(*server, Post("x", "Content-Encoding: gzip, zstd\r\n")), 415);
}

TEST(Server, AnswersExpectContinue) {
  ServerOptions options;
  options.max_body_bytes = 1000;
  const auto server = StartServer(Echo, options);
  TestConnection connection(server->address());
  const std::string head = "POST /p HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n";
  EXPECT_EQ(connection.Exchange(head + "Content-Length: 3\r\n\r\n").status, 100);
  EXPECT_EQ(connection.Exchange("abc").body, "POST /p? [abc]");
  EXPECT_EQ(connection.Exchange(head + "Content-Length: 3\r\n\r\nabc").body, "POST /p? [abc]");
  EXPECT_EQ(StatusOfRaw(*server, head + "Content-Length: 1001\r\n\r\n"), 413);
  EXPECT_EQ(StatusOfRaw(*server, "GET / HTTP/1.1\r\nHost: x\r\nExpect: x\r\n\r\n"), 417);
}

TEST(Server, RefusesWhatIsNotHttp) {
  const auto server = StartServer();
  const std::string line = "GET / HTTP/1.1\r\n";
  for (const std::string& bytes : {
           std::string("GARBAGE\r\n\r\n"),
           std::string("\x16\x03\x01\x02"),  // a TLS hello: refused without waiting for more
           std::string("GET / HTTP/1.1\nHost: x\n\n"),
           std::string("GET  / HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET x HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET / HTP/1.1\r\nHost: x\r\n\r\n"),
           line + "\r\n",                        // no Host
           line + "Host: a\r\nHost: b\r\n\r\n",  // two
           line + "Host : a\r\n\r\n",            // a space before the colon
           line + "Host: a\r\nX: 1\r\n folded\r\n\r\n",
           line + "Host: a\r\nContent-Length: x\r\n\r\n",
           line + "Host: a\r\nContent-Length: -1\r\n\r\n",
           line + "Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
           line + "Host: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           line + "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
           line + "Host: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
           line + "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
           std::string("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
       }) {
    EXPECT_EQ(StatusOfRaw(*server, bytes), 400) << bytes;
  }
}

TEST(Server, RefusesWhatItDoesNotSpeak) {
  const auto server = StartServer();
  EXPECT_EQ(StatusOfRaw(*server, "GET / HTTP/2.0\r\nHost: x\r\n\r\n"), 505);
  EXPECT_EQ(StatusOfRaw(*server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(StatusOfRaw(*server, "BREW / HTTP/1.1\r\nHost: x\r\n\r\n"), 501);
  EXPECT_EQ(StatusOfRaw(*server,
                        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
            501);
}

TEST(Server, ALostRequestDoesNotHideAnErrorsBody) {
  const auto server = StartServer();
  TestConnection connection(server->address());
  connection.Send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(connection.Read(true).status, 200);
  const RawResponse response = connection.Exchange("\x01");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(response.body, "");
}

TEST(Server, ListensOnIpv6) {
  ServerOptions options;
  options.listen = "[::1]:0";
  auto server = Server::Start(options, Echo, NullLogger());
  if (!server.ok()) GTEST_SKIP() << "no IPv6 here: " << server.error().message;
  EXPECT_TRUE((*server)->address().starts_with("[::1]:"));
  TestConnection connection((*server)->address());
  EXPECT_EQ(connection.Exchange(Get("/")).Header("X-Peer"), "::1");
}

TEST(Server, SaysWhyItCannotListen) {
  const auto server = StartServer(Echo, {.threads = 2});
  for (const int threads : {1, 2}) {
    const auto second =
        Server::Start({.listen = server->address(), .threads = threads}, Echo, NullLogger());
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, ErrorCode::kConflict);
    EXPECT_NE(second.error().message.find(server->address()), std::string::npos);
  }
  for (const char* address : {"8080", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "::1:80"}) {
    const auto bad = Server::Start({.listen = address}, Echo, NullLogger());
    ASSERT_FALSE(bad.ok()) << address;
    EXPECT_EQ(bad.error().code, ErrorCode::kInvalidArgument);
  }
  const auto foreign = Server::Start({.listen = "192.0.2.1:0"}, Echo, NullLogger());
  ASSERT_FALSE(foreign.ok());
  EXPECT_NE(foreign.error().message.find("no such address"), std::string::npos);
}

}  // namespace
}  // namespace adtally::http
