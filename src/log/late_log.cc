#include "log/late_log.h"

#include <chrono>
#include <utility>

#include "base/check.h"

namespace adtally {

Result<std::unique_ptr<LateLog>> LateLog::Open(uint32_t partitions, Opener open, Logger& logger,
                                               int64_t retry_ms) {
  std::unique_ptr<LateLog> log(new LateLog(partitions, std::move(open), logger, retry_ms));
  const auto tried = log->Try();
  if (tried.ok()) return log;
  if (tried.error().code != ErrorCode::kUnavailable) return tried.error();
  logger.Warning("started without the event log, which is tried again: " + tried.error().message);
  log->thread_ = std::thread([raw = log.get()] { raw->Run(); });
  return log;
}

LateLog::LateLog(uint32_t partitions, Opener open, Logger& logger, int64_t retry_ms)
    : partitions_(partitions), open_(std::move(open)), logger_(logger), retry_ms_(retry_ms) {}

LateLog::~LateLog() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<void> LateLog::Try() {
  auto opened = open_();
  std::lock_guard lock(mutex_);
  if (!opened.ok()) {
    problem_ = opened.error().message;
    return std::move(opened).error();
  }
  log_ = std::move(opened).value();
  ADTALLY_CHECK(log_->partitions() == partitions_, "the log has other partitions than expected");
  opened_.store(log_.get());
  return {};
}

void LateLog::Run() {
  std::string logged;
  std::unique_lock lock(mutex_);
  while (
      !changed_.wait_for(lock, std::chrono::milliseconds(retry_ms_), [&] { return stopping_; })) {
    lock.unlock();
    const auto tried = Try();
    if (tried.ok()) return logger_.Info("the event log is open");
    // Now it is the operator's matter, and each attempt would say it again.
    if (tried.error().code != ErrorCode::kUnavailable && tried.error().message != logged) {
      logged = tried.error().message;
      logger_.Error("the event log cannot be opened: " + logged);
    }
    lock.lock();
  }
}

void LateLog::AppendAsync(std::vector<Append> records, Done done) {
  if (EventLog* log = opened_.load()) return log->AppendAsync(std::move(records), std::move(done));
  std::string problem;
  {
    std::lock_guard lock(mutex_);
    problem = problem_;
  }
  done(Error{ErrorCode::kUnavailable, "the event log is not open yet: " + problem});
}

}  // namespace adtally
