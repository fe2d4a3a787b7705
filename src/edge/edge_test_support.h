#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "edge/edge.h"
#include "event/event.h"
#include "event/protobuf_codec.h"
#include "log/event_log.h"
#include "testing/manual_clock.h"

namespace adtally {

// What an event in the log said, with its own strings.
struct LoggedEvent {
  uint32_t partition = 0;
  std::string event_id;
  std::string order_id;
  Event event;  // without its views
};

// A log of appends alone, whose completions the test decides on.
class FakeLog final : public EventLog {
 public:
  enum class Mode {
    kAtOnce,  // completes inside AppendAsync
    kHeld,    // completes in Release()
    kThread,  // completes on a thread of the log
  };
  explicit FakeLog(uint32_t partitions = 4, Mode mode = Mode::kAtOnce);
  ~FakeLog() override;

  void set_mode(Mode mode);
  // What appends answer from now on.
  void FailWith(Error error);
  void Recover();
  // Completes all that is held now. Returns how many appends that were.
  int Release();
  int held() const;

  int appends() const;
  std::vector<Append> records() const;
  // Decodes all records, in order; every record must be a well-formed EventBatch.
  std::vector<LoggedEvent> Events() const;

  uint32_t partitions() const override { return partitions_; }
  std::string log_id() const override { return "fake"; }
  void AppendAsync(std::vector<Append> records, Done done) override;
  Result<void> Read(Partition, Offset, Offset, size_t, RecordBatch&) override { return Unused(); }
  uint64_t WaitForAppend(uint64_t, int) override { return 1; }
  Result<Offset> BeginOffset(Partition) override { return Unused(); }
  Result<Offset> EndOffset(Partition) override { return Unused(); }
  Result<Offset> OffsetAt(Partition, AppendTime) override { return Unused(); }
  AppendTime SafeTime(Partition) override { return AppendTime(0); }
  Result<void> AppendBoundary(Partition, Boundary) override { return Unused(); }
  Result<Boundary> ReadBoundary(Partition, Offset) override { return Unused(); }
  Result<void> DropBefore(Partition, Offset) override { return Unused(); }
  Result<std::optional<AppendTime>> DroppedUpTo(Partition) override { return Unused(); }

 private:
  struct Held {
    std::vector<Append> records;
    Done done;
  };
  static Error Unused() { return {ErrorCode::kInternal, "the edge only appends"}; }
  void Finish(Held held);
  void RunThread();

  const uint32_t partitions_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  Mode mode_;
  std::optional<Error> error_;
  std::deque<Held> held_;
  std::vector<Append> records_;
  int appends_ = 0;
  bool closed_ = false;
  std::thread thread_;
};

class FakePages final : public LandingPages {
 public:
  std::optional<std::string> Find(uint32_t creative_id) const override;
  std::map<uint32_t, std::string> pages;
};

// "ingest", "admin" and "reader" are keys of those roles.
class FakeKeys final : public http::Authenticator {
 public:
  std::optional<http::Principal> Authenticate(std::string_view key) const override;
};

class RecordingLogger final : public Logger {
 public:
  void Log(LogLevel level, std::string_view message) override;
  std::vector<std::string> lines() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

std::unique_ptr<TokenSigner> TestSigner(std::string_view secret = "a secret of the test");

using Headers = std::vector<std::pair<std::string, std::string>>;

// Calls a handler as the server would, without one. The request's bytes live until the answer, not
// longer.
std::future<http::Response> CallAsync(const http::Handler& handler, std::string method,
                                      std::string target, Headers headers = {},
                                      std::string body = {},
                                      std::string remote_address = "192.0.2.1");

// An edge with its surroundings.
struct TestEdge {
  explicit TestEdge(EdgeOptions options = {}, FakeLog::Mode mode = FakeLog::Mode::kAtOnce);

  http::Response Call(std::string method, std::string target, Headers headers = {},
                      std::string body = {});
  std::future<http::Response> Start(std::string method, std::string target, Headers headers = {},
                                    std::string body = {});
  // POST /v1/events with the ingest key.
  http::Response Ingest(std::string body, std::string content_type = "application/x-ndjson");

  static constexpr int64_t kNowMs = 1'790'000'000'000;
  ManualClock clock{kNowMs};
  RecordingLogger logger;
  FakeLog log;
  FakePages pages;
  FakeKeys keys;
  std::unique_ptr<TokenSigner> signer = TestSigner();
  std::unique_ptr<Edge> edge;
  http::Handler handler;
};

// A link of the test's advertiser, good for an hour.
TokenClaims TestLink(std::string impression_id = "imp-1");
// The click id of such a link's click, one minute ago.
TokenClaims TestClick(std::string impression_id = "imp-1");

// One event as a line of NDJSON, without the line's end.
std::string EventLine(std::string_view event_id, int64_t time_ms = TestEdge::kNowMs,
                      std::string_view more_fields = "");

}  // namespace adtally
