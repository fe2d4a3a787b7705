#include "generator/generator.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "event/event.h"
#include "generator/batch_target.h"
#include "generator/client_worker.h"
#include "generator/truth.h"

namespace adtally {
namespace {

constexpr auto kProgressInterval = std::chrono::milliseconds(500);
constexpr uint32_t kMaxClients = 256;
constexpr uint32_t kMaxBatch = 20'000;

Error Wrong(std::string_view option, std::string_view must) {
  return {ErrorCode::kInvalidArgument, fmt::format("--{} must be {}", option, must)};
}

bool IsShare(double x) {
  return x >= 0 && x <= 1;
}

// Event times of the whole run, late ones included, must be possible.
bool StartFits(const GeneratorOptions& o) {
  const double rate = o.rate > 0 ? o.rate : kDefaultEventsPerSecond;
  const double end = static_cast<double>(*o.start_ms) + static_cast<double>(o.events) * 1000 / rate;
  return *o.start_ms >= kMinEventTime.value + 3 * kMillisPerHour &&
         end < static_cast<double>(kMaxEventTime.value);
}

Result<void> Check(const GeneratorOptions& o) {
  if (o.to.empty()) return Wrong("to", "given: http://HOST:PORT of an edge, or a file");
  if (o.events == 0 || o.events >= (uint64_t{1} << 48)) return Wrong("events", "1 or more");
  if (!(o.rate >= 0 && o.rate <= 1e9)) return Wrong("rate", "0 (no limit) or more");
  if (!IsShare(o.duplicates)) return Wrong("duplicates", "a share between 0 and 1");
  if (!IsShare(o.late)) return Wrong("late", "a share between 0 and 1");
  if (!(o.zipf >= 0 && o.zipf <= 5)) return Wrong("zipf", "between 0 and 5");
  if (o.campaigns == 0 || o.campaigns > CampaignModel::kMaxCampaigns) {
    return Wrong("campaigns", "between 1 and 10,000,000");
  }
  if (o.campaigns_per_advertiser == 0) return Wrong("campaigns-per-advertiser", "1 or more");
  if (o.clients == 0 || o.clients > kMaxClients) return Wrong("clients", "between 1 and 256");
  if (o.batch == 0 || o.batch > kMaxBatch) return Wrong("batch", "between 1 and 20,000");
  if (o.give_up_ms <= 0 || o.request_timeout_ms <= 0) return Wrong("give-up", "above 0 ms");
  if (o.start_ms && !StartFits(o)) {
    return Wrong("start", "ms since the epoch, with all events between 2000 and 2100");
  }
  return {};
}

// Runs the clients in threads and keeps the first error.
class Crew {
 public:
  explicit Crew(GeneratorRun& run) : run_(run) {}

  Result<void> Open() {
    for (uint32_t client = 0; client < run_.options.clients; ++client) {
      ADTALLY_ASSIGN(auto target, OpenBatchTarget(run_.options));
      workers_.push_back(std::make_unique<ClientWorker>(run_, client, std::move(target)));
    }
    return {};
  }

  // Blocks until all clients are done; calls `tick` now and then.
  void Work(const std::function<void()>& tick) {
    std::vector<std::jthread> threads;
    running_ = workers_.size();
    for (auto& worker : workers_) {
      threads.emplace_back([this, &worker] {
        Note(worker->Run());
        std::lock_guard lock(mutex_);
        --running_;
        changed_.notify_all();
      });
    }
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kProgressInterval, [&] { return running_ == 0; })) {
      lock.unlock();
      tick();
      lock.lock();
    }
  }

  void SendLeftovers() {
    for (auto& worker : workers_) {
      if (!run_.stop.stop_requested()) Note(worker->SendLeftovers());
    }
  }

  Truth CollectTruth() const {
    Truth truth;
    for (const auto& worker : workers_) truth.Merge(worker->truth());
    return truth;
  }

  const std::optional<Error>& error() const { return error_; }

 private:
  void Note(const Result<void>& result) {
    if (result.ok()) return;
    std::lock_guard lock(mutex_);
    if (!error_) error_ = result.error();
    run_.stop.request_stop();
  }

  GeneratorRun& run_;
  std::vector<std::unique_ptr<ClientWorker>> workers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t running_ = 0;
  std::optional<Error> error_;
};

GeneratorSummary Summarize(const GeneratorRun& run) {
  GeneratorSummary s;
  s.events = run.events;
  s.duplicates = run.duplicates;
  s.late = run.late;
  s.requests = run.requests;
  s.bytes = run.bytes;
  s.retries = run.delivery.retries;
  s.seconds = static_cast<double>(run.clock.MonotonicMicros() - run.start_micros) / 1e6;
  s.stopped = run.stop.stop_requested();
  return s;
}

}  // namespace

Result<GeneratorSummary> Generate(const GeneratorOptions& options, const Clock& clock,
                                  Logger& logger, const GeneratorProgress& progress) {
  ADTALLY_TRY(Check(options));
  GeneratorOptions effective = options;
  if (!IsHttpTarget(options.to)) effective.clients = 1;
  GeneratorRun run(effective, clock, logger);
  std::stop_callback on_stop(options.stop, [&run] { run.stop.request_stop(); });

  Crew crew(run);
  ADTALLY_TRY(crew.Open());
  const auto tick = [&] {
    if (progress) progress(Summarize(run));
  };
  crew.Work(tick);
  crew.SendLeftovers();
  tick();

  const GeneratorSummary summary = Summarize(run);
  if (!options.truth_path.empty()) {
    const bool complete = summary.events == options.events;
    ADTALLY_TRY(crew.CollectTruth().Write(options.truth_path, summary, complete));
  }
  if (crew.error()) {
    return Error{crew.error()->code,
                 fmt::format("{} ({} of {} events were acknowledged before)", crew.error()->message,
                             summary.events, options.events)};
  }
  return summary;
}

}  // namespace adtally
