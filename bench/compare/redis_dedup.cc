// Deduplication as the textbook does it: SET id 1 NX EX 86400 for every event, pipelined, against a
// Redis that runs already. Commands are written into memory outside the timed parts: what is timed
// is the sockets and the server.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <barrier>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/hash.h"
#include "bench/measure.h"
#include "bench/workload.h"

namespace adtally::bench {
namespace {

struct Options {
  uint16_t port = 6379;
  size_t connections = 1;
  size_t depth = 256;
  uint64_t live_ids = 0;
  uint64_t events = 1'000'000;
  int server_pid = 0;
};

constexpr size_t kReplyBytes = 5;  // "+OK\r\n" for a new id, "$-1\r\n" for a known one

class Connection {
 public:
  explicit Connection(uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ADTALLY_CHECK(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
                  "cannot connect to Redis");
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(socket_); }

  void Send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ADTALLY_CHECK(sent > 0, "Redis closed the connection");
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }

  // How many of the next `count` replies say that the id was new.
  uint64_t Receive(size_t count) {
    replies_.resize(count * kReplyBytes);
    for (size_t at = 0; at < replies_.size();) {
      const ssize_t got = recv(socket_, replies_.data() + at, replies_.size() - at, 0);
      ADTALLY_CHECK(got > 0, "Redis closed the connection");
      at += static_cast<size_t>(got);
    }
    uint64_t added = 0;
    for (size_t i = 0; i < count; ++i) {
      const char first = replies_[i * kReplyBytes];
      ADTALLY_CHECK(first == '+' || first == '$', "Redis refused a command: " + replies_);
      added += first == '+';
    }
    return added;
  }

 private:
  int socket_;
  std::string replies_;
};

// One connection, its thread, and the ids that hash to it.
class Lane {
 public:
  Lane(const Options& options, size_t number)
      : options_(options), number_(number), connection_(options.port) {}

  // Sends the lane's part of the events [first, first + count).
  void Run(const Workload& workload, uint64_t first, uint64_t count, std::barrier<>& together) {
    Prepare(workload, first, count);
    together.arrive_and_wait();
    begin_ = WallNanos();
    const int64_t cpu_begin = ThreadCpuNanos();
    size_t from = 0;
    for (size_t i = 0; i < ends_.size();) {
      const size_t batch = std::min(options_.depth, ends_.size() - i);
      const size_t to = ends_[i + batch - 1];
      connection_.Send(std::string_view(commands_).substr(from, to - from));
      added_ += connection_.Receive(batch);
      from = to;
      i += batch;
    }
    cpu_ns_ += ThreadCpuNanos() - cpu_begin;
    end_ = WallNanos();
  }

  int64_t begin() const { return begin_; }
  int64_t end() const { return end_; }
  int64_t cpu_ns() const { return cpu_ns_; }
  uint64_t added() const { return added_; }

 private:
  void Prepare(const Workload& workload, uint64_t first, uint64_t count) {
    commands_.clear();
    ends_.clear();
    WorkloadId id;
    for (uint64_t n = first; n < first + count; ++n) {
      const std::string_view text = workload.At(n, id).event_id;
      const auto lanes = static_cast<uint32_t>(options_.connections);
      if (PartitionOf(HashBytes(text), lanes) != number_) continue;
      commands_ += "*6\r\n$3\r\nSET\r\n$36\r\n";
      commands_ += text;
      commands_ += "\r\n$1\r\n1\r\n$2\r\nNX\r\n$2\r\nEX\r\n$5\r\n86400\r\n";
      ends_.push_back(commands_.size());
    }
  }

  const Options& options_;
  const size_t number_;
  Connection connection_;
  std::string commands_;
  std::vector<size_t> ends_;
  int64_t begin_ = 0;
  int64_t end_ = 0;
  int64_t cpu_ns_ = 0;
  uint64_t added_ = 0;
};

struct Totals {
  double seconds = 0;
  double client_cpu_s = 0;
  double server_cpu_s = 0;
  uint64_t added = 0;
};

// User and system time of all threads of a process: fields 14 and 15 of proc(5)'s stat.
double CpuSecondsOf(int pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text{std::istreambuf_iterator<char>(file), {}};
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  ADTALLY_CHECK(!fields.fail(), "the server's CPU time cannot be read");
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

Totals Send(const Options& options, const Workload& workload, uint64_t events) {
  constexpr uint64_t kAtATime = 1'000'000;
  std::vector<std::unique_ptr<Lane>> lanes;
  for (size_t i = 0; i < options.connections; ++i) {
    lanes.push_back(std::make_unique<Lane>(options, i));
  }
  Totals totals;
  for (uint64_t first = 0; first < events; first += kAtATime) {
    const uint64_t count = std::min(kAtATime, events - first);
    const double server_cpu_begin = CpuSecondsOf(options.server_pid);
    std::barrier together(static_cast<std::ptrdiff_t>(lanes.size()));
    {
      std::vector<std::jthread> threads;
      for (const auto& lane : lanes) {
        threads.emplace_back([&] { lane->Run(workload, first, count, together); });
      }
    }
    int64_t begin = lanes[0]->begin(), end = lanes[0]->end();
    for (const auto& lane : lanes) {
      begin = std::min(begin, lane->begin());
      end = std::max(end, lane->end());
    }
    totals.seconds += static_cast<double>(end - begin) * 1e-9;
    totals.server_cpu_s += CpuSecondsOf(options.server_pid) - server_cpu_begin;
  }
  for (const auto& lane : lanes) {
    totals.added += lane->added();
    totals.client_cpu_s += static_cast<double>(lane->cpu_ns()) * 1e-9;
  }
  return totals;
}

WorkloadOptions Stream(uint64_t seed, double duplicates) {
  WorkloadOptions options;
  options.seed = seed;
  options.duplicates = duplicates;
  return options;
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("SET id 1 NX EX 86400, pipelined, against Redis on 127.0.0.1. JSON on stdout.");
  app.add_option("--port", options.port, "of Redis")->required();
  app.add_option("--server-pid", options.server_pid, "of Redis, for its CPU time")->required();
  app.add_option("--connections", options.connections, "each with a thread")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--depth", options.depth, "commands under way on a connection")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--live-ids", options.live_ids, "ids put in before the measurement");
  app.add_option("--events", options.events, "measured")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  if (options.live_ids > 0) Send(options, Workload(Stream(1, 0)), options.live_ids);
  const Workload workload(Stream(2, WorkloadOptions{}.duplicates));
  const Totals totals = Send(options, workload, options.events);
  uint64_t expected = 0;
  for (uint64_t n = 0; n < options.events; ++n) expected += workload.IsDuplicate(n) ? 0 : 1;
  ADTALLY_CHECK(totals.added == expected, "Redis found as many new ids as there are");

  ResultLine line("redis");
  line.Count("connections", options.connections);
  line.Count("depth", options.depth);
  line.Count("live_ids", options.live_ids);
  line.Count("events", options.events);
  line.Number("seconds", totals.seconds);
  line.Number("events_per_s", static_cast<double>(options.events) / totals.seconds);
  line.Number("client_cpu_s", totals.client_cpu_s);
  line.Number("server_cpu_s", totals.server_cpu_s);
  line.Number("events_per_cpu_s",
              static_cast<double>(options.events) / (totals.client_cpu_s + totals.server_cpu_s));
  line.Print();
  return 0;
}

}  // namespace
}  // namespace adtally::bench

int main(int argc, char** argv) {
  return adtally::bench::Main(argc, argv);
}
