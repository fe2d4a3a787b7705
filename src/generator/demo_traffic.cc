#include "generator/demo_traffic.h"

#include <fmt/format.h>

#include <memory>
#include <queue>
#include <vector>

#include "generator/batch_delivery.h"
#include "generator/batch_target.h"
#include "generator/demo_catalog.h"
#include "generator/demo_timeline.h"
#include "generator/demo_visitors.h"
#include "generator/event_writer.h"
#include "generator/pause.h"
#include "http/client.h"

namespace adtally {
namespace {

constexpr int64_t kTickMs = 200;
constexpr int64_t kRetryMs = 500;
constexpr size_t kMaxBatch = 1000;
constexpr int kGiveUpMs = 60'000;

// Posts the catalog, again and again while the server is not up. False when stopped before.
Result<bool> PostCatalog(const DemoTrafficOptions& options, const std::stop_token& stop) {
  ADTALLY_ASSIGN(auto api, http::Client::Create(options.api_origin));
  do {
    const auto answer = api->Send(
        "POST", "/v1/catalog",
        {{"Authorization", "Bearer " + options.admin_key}, {"Content-Type", "application/json"}},
        DemoCatalogJson());
    if (!answer.ok()) {
      if (answer.error().code != ErrorCode::kUnavailable) return answer.error();
    } else if (answer->status / 100 == 2) {
      return true;
    } else if (answer->status < 500 && answer->status != 429) {
      return Error{ErrorCode::kInvalidArgument,
                   fmt::format("POST /v1/catalog answered {}: {}", answer->status, answer->body)};
    }
  } while (PauseUnlessStopped(stop, kRetryMs));
  return false;
}

// Sends the timeline's events when their time has come.
class TimelineSender {
 public:
  TimelineSender(const DemoTimeline& timeline, BatchTarget& target, int64_t from_ms,
                 std::stop_token stop, const Clock& clock, Logger& logger)
      : timeline_(timeline),
        clock_(clock),
        logger_(logger),
        delivery_(
            target, kGiveUpMs, clock, [stop](int64_t ms) { return PauseUnlessStopped(stop, ms); },
            state_, logger),
        next_minute_(from_ms / kMillisPerMinute) {}

  // Sends everything up to now. False when stopped before.
  Result<bool> CatchUp() {
    for (;;) {
      const size_t count = BuildBatch();
      if (count == 0) return true;
      for (;;) {
        Result<bool> accepted = delivery_.Deliver(body_);
        if (accepted.ok() && !*accepted) return false;
        if (accepted.ok()) break;
        if (accepted.error().code != ErrorCode::kUnavailable) return accepted;
        logger_.Warning(accepted.error().message);
      }
      sent_ += count;
    }
  }

  uint64_t sent() const { return sent_; }

 private:
  struct Later {
    bool operator()(const GeneratedEvent& a, const GeneratedEvent& b) const {
      return a.time_ms != b.time_ms ? a.time_ms > b.time_ms : a.index > b.index;
    }
  };

  size_t BuildBatch() {
    body_.clear();
    const int64_t now_ms = clock_.NowMs();
    size_t count = 0;
    while (count < kMaxBatch) {
      // A minute joins when nothing earlier is left, so that only a few minutes are in memory.
      if (next_minute_ * kMillisPerMinute <= now_ms &&
          (pending_.empty() || pending_.top().time_ms >= next_minute_ * kMillisPerMinute)) {
        for (const GeneratedEvent& event : timeline_.Minute(next_minute_)) pending_.push(event);
        ++next_minute_;
        continue;
      }
      if (pending_.empty() || pending_.top().time_ms > now_ms) break;
      AppendJsonLine(pending_.top(), timeline_.run_id(), body_);
      pending_.pop();
      ++count;
    }
    return count;
  }

  const DemoTimeline& timeline_;
  const Clock& clock_;
  Logger& logger_;
  BatchDeliveryState state_;
  BatchDelivery delivery_;
  int64_t next_minute_;
  std::priority_queue<GeneratedEvent, std::vector<GeneratedEvent>, Later> pending_;
  std::string body_;
  uint64_t sent_ = 0;
};

}  // namespace

Result<void> RunDemoTraffic(const DemoTrafficOptions& options, std::stop_token stop,
                            const Clock& clock, Logger& logger) {
  ADTALLY_ASSIGN(const bool posted, PostCatalog(options, stop));
  if (!posted) return {};

  GeneratorOptions target_options;
  target_options.to = options.edge_origin;
  target_options.key = options.admin_key;
  ADTALLY_ASSIGN(const auto target, OpenBatchTarget(target_options));
  ADTALLY_ASSIGN(auto edge, http::Client::Create(options.edge_origin));

  const DemoTimeline timeline(options.events_per_second);
  const int64_t now_ms = clock.NowMs();
  TimelineSender sender(timeline, *target, now_ms - options.history_ms, stop, clock, logger);
  ADTALLY_ASSIGN(const bool caught_up, sender.CatchUp());
  if (!caught_up) return {};
  logger.Info(fmt::format("demo traffic: {} events of the last {:.1f} h sent, now live",
                          sender.sent(), static_cast<double>(options.history_ms) / 3.6e6));

  DemoVisitors visitors(timeline, std::move(edge), options.admin_key,
                        options.events_per_second * options.visitors_share, clock,
                        static_cast<uint64_t>(now_ms));
  bool visitors_fail = false;
  while (PauseUnlessStopped(stop, kTickMs)) {
    ADTALLY_ASSIGN(const bool going_on, sender.CatchUp());
    if (!going_on) break;
    const Result<void> step = visitors.Step();
    if (!step.ok() && !visitors_fail) logger.Warning("demo visitor: " + step.error().message);
    visitors_fail = !step.ok();
  }
  return {};
}

}  // namespace adtally
