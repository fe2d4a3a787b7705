#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/check.h"
#include "http/server.h"
#include "http/test_connection.h"
#include "testing/bounded_queue.h"

namespace adtally::http {
namespace {

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

std::string Get(int number) {
  return "GET /" + std::to_string(number) + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

// Keeps requests until the test answers them with their own path.
class Parking {
 public:
  Handler AsHandler() {
    return [this](const Request& request, Responder responder) {
      std::lock_guard lock(mutex_);
      parked_.push_back({&request, std::move(responder)});
      arrived_.notify_all();
    };
  }

  struct Parked {
    const Request* request;
    Responder responder;
    // The request is still readable, from any thread, until it is answered.
    void Answer() { responder(Response{200, std::string(request->path), {}}); }
  };

  // Waits for `count` requests and takes them.
  std::vector<Parked> Take(size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, std::chrono::seconds(10), [&] { return parked_.size() >= count; });
    ADTALLY_CHECK(parked_.size() >= count, "the requests did not arrive");
    return std::exchange(parked_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Parked> parked_;
};

std::unique_ptr<Server> StartServer(Handler handler, ServerOptions options = {}) {
  return Server::Start(std::move(options), std::move(handler), NullLogger()).value();
}

TEST(ServerAsync, AnswersInAnyOrderFromAnotherThread) {
  Parking parking;
  const auto server = StartServer(parking.AsHandler(), {.threads = 2});
  constexpr int kClients = 50;
  std::vector<std::unique_ptr<TestConnection>> clients;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < kClients; ++i) {
      if (round == 0) clients.push_back(std::make_unique<TestConnection>(server->address()));
      clients[static_cast<size_t>(i)]->Send(Get(i));
    }
    auto parked = parking.Take(kClients);
    std::shuffle(parked.begin(), parked.end(), std::mt19937(static_cast<unsigned>(round)));
    for (auto& each : parked) each.Answer();
    for (int i = 0; i < kClients; ++i) {
      EXPECT_EQ(clients[static_cast<size_t>(i)]->Read().body, "/" + std::to_string(i));
    }
  }
}

TEST(ServerAsync, PipelinedRequestsWaitForTheAnswerBefore) {
  Parking parking;
  const auto server = StartServer(parking.AsHandler());
  TestConnection connection(server->address());
  connection.Send(Get(1) + Get(2) + Get(3));
  for (int i = 1; i <= 3; ++i) {
    auto parked = parking.Take(1);
    ASSERT_EQ(parked.size(), 1u);
    parked[0].Answer();
    EXPECT_EQ(connection.Read().body, "/" + std::to_string(i));
  }
}

TEST(ServerAsync, ADroppedResponderIs500) {
  Parking parking;
  const auto server = StartServer([&](const Request& request, Responder responder) {
    if (request.path == "/now") return;  // dropped on the loop's thread
    parking.AsHandler()(request, std::move(responder));
  });
  TestConnection connection(server->address());
  EXPECT_EQ(connection.Exchange("GET /now HTTP/1.1\r\nHost: x\r\n\r\n").status, 500);
  connection.Send(kGet);
  {
    auto parked = parking.Take(1);
    const Responder copy = parked[0].responder;
    parked.clear();
    EXPECT_EQ(connection.Read(false, 50).status, 0);  // a copy is left
  }
  EXPECT_EQ(connection.Read().status, 500);
}

TEST(ServerAsync, AThrowingHandlerIs500) {
  const auto server = StartServer([](const Request& request, Responder responder) {
    if (request.path == "/1") throw std::runtime_error("oops");
    responder(Response{});
  });
  TestConnection connection(server->address());
  EXPECT_EQ(connection.Exchange(Get(1)).status, 500);
  EXPECT_EQ(connection.Exchange(Get(2)).status, 200);
}

TEST(ServerAsync, AClientThatLeavesDoesNotMatter) {
  Parking parking;
  const auto server = StartServer(parking.AsHandler());
  {
    TestConnection connection(server->address());
    connection.Send(Get(7));
    EXPECT_EQ(parking.Take(1).size(), 1u);  // dropped: 500
    connection.Send(Get(8));
    parking.Take(1)[0].Answer();
    EXPECT_EQ(connection.Read().status, 500);
    EXPECT_EQ(connection.Read().body, "/8");
    connection.Send(Get(9));
  }
  parking.Take(1)[0].Answer();
  TestConnection other(server->address());
  other.Send(Get(1));
  parking.Take(1)[0].Answer();
  EXPECT_EQ(other.Read().body, "/1");
}

TEST(ServerAsync, StopWaitsForRequestsUnderWay) {
  Parking parking;
  const auto server = StartServer(parking.AsHandler(), {.threads = 2});
  TestConnection idle(server->address());
  TestConnection busy(server->address());
  TestConnection slow(server->address());
  busy.Send(Get(1));
  auto parked = parking.Take(1);
  slow.Send("POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab");
  idle.Send(Get(2));
  parking.Take(1)[0].Answer();
  EXPECT_EQ(idle.Read().status, 200);

  std::thread stop([&] { server->Stop(10'000); });
  EXPECT_TRUE(idle.IsClosed());
  for (int i = 0; i < 100; ++i) {  // the acceptors close in their own time
    if (!TestConnection(server->address()).connected()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_FALSE(TestConnection(server->address()).connected());
  parked[0].Answer();
  const RawResponse response = busy.Read();
  EXPECT_EQ(response.body, "/1");
  EXPECT_EQ(response.Header("Connection"), "close");
  EXPECT_TRUE(busy.IsClosed());
  slow.Send("cd");
  parking.Take(1)[0].Answer();
  EXPECT_EQ(slow.Read().body, "/body");
  stop.join();
}

TEST(ServerAsync, StopGivesUpAfterTheDrainAndLateAnswersAreHarmless) {
  Parking parking;
  auto server = StartServer(parking.AsHandler());
  TestConnection connection(server->address());
  connection.Send(Get(5));
  auto parked = parking.Take(1);
  server->Stop(50);
  EXPECT_TRUE(connection.IsClosed());
  EXPECT_EQ(parked[0].request->path, "/5");  // still readable
  server.reset();
  parked[0].Answer();
}

TEST(ServerAsync, ManyClientsAndWorkers) {
  BoundedQueue<std::pair<std::string, Responder>> jobs(64 * 1024);
  const auto server = StartServer(
      [&](const Request& request, Responder responder) {
        if (request.path.size() % 2 == 0) {
          responder(Response{200, std::string(request.path), {}});
        } else {
          jobs.Push({std::string(request.path), std::move(responder)});
        }
      },
      {.threads = 2});
  std::vector<std::thread> workers;
  for (int i = 0; i < 2; ++i) {
    workers.emplace_back([&] {
      while (auto job = jobs.Pop()) job->second(Response{200, job->first, {}});
    });
  }
  std::atomic<int> right = 0;
  std::vector<std::thread> clients;
  constexpr int kClients = 4;
  constexpr int kRequests = 500;
  for (int client = 0; client < kClients; ++client) {
    clients.emplace_back([&, client] {
      TestConnection connection(server->address());
      for (int i = 0; i < kRequests; i += 5) {
        std::string batch;
        for (int j = 0; j < 5; ++j) batch += Get(client * 100'000 + (i + j) * 37);
        connection.Send(batch);
        for (int j = 0; j < 5; ++j) {
          const int number = client * 100'000 + (i + j) * 37;
          if (connection.Read().body == "/" + std::to_string(number)) ++right;
        }
      }
    });
  }
  for (auto& client : clients) client.join();
  server->Stop();
  jobs.Close();
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(right, kClients * kRequests);
}

}  // namespace
}  // namespace adtally::http
