#include "edge/spool.h"

#include <chrono>
#include <utility>

namespace adtally {
namespace {

// Failures that pass: of what the log refuses for another reason, the spool could never get rid.
bool PassesBy(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kResourceExhausted;
}

}  // namespace

Spool::Spool(RecordSink& log, std::unique_ptr<SpoolFiles> files, const SpoolOptions& options,
             const Clock& clock, Logger& logger)
    : log_(log),
      options_(options),
      clock_(clock),
      logger_(logger),
      breaker_(options.failures_to_open),
      files_(std::move(files)),
      drainer_(log, *files_, breaker_, options, clock, logger),
      watcher_([this] { WatchDeadlines(); }) {}

Spool::~Spool() {
  drainer_.Stop();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return log_calls_ == 0; });
  stopping_ = true;
  changed_.notify_all();
  lock.unlock();
  watcher_.join();
  files_.reset();  // its last answers come before the rest goes
}

void Spool::AppendAsync(std::vector<Append> records, Done done) {
  if (options_.after_ms == 0) return log_.AppendAsync(std::move(records), std::move(done));
  // With an empty spool nothing else would find out that the log is back.
  if (breaker_.open() && !files_->empty()) return ToFiles(records, std::move(done));
  ToLog(std::move(records), std::move(done));
}

void Spool::ToLog(std::vector<Append> records, Done done) {
  const int64_t deadline = clock_.MonotonicMicros() + options_.after_ms * 1000;
  auto request = std::make_shared<Request>(Request{records, std::move(done), deadline});
  {
    std::lock_guard lock(mutex_);
    ++log_calls_;
    at_log_.push_back(request);
    if (at_log_.size() == 1) changed_.notify_all();
  }
  log_.AppendAsync(std::move(records), [this, request](Result<void> result) {
    LogAnswered(request, std::move(result));
  });
}

void Spool::LogAnswered(const RequestPtr& request, Result<void> result) {
  std::unique_lock lock(mutex_);
  const bool in_time = std::exchange(request->waiting, false);
  while (!at_log_.empty() && !at_log_.front()->waiting) at_log_.pop_front();
  lock.unlock();

  if (in_time && result.ok()) {
    if (breaker_.NoteSuccess()) logger_.Info("edge: the event log takes events again");
    request->records.clear();
    request->done({});
  } else if (in_time && PassesBy(result.error())) {
    NoteFailure();
    ToFiles(request->records, std::move(request->done));
  } else if (in_time) {
    request->done(std::move(result));
  }

  lock.lock();
  if (--log_calls_ == 0) changed_.notify_all();  // under the mutex: the destructor waits for it
}

void Spool::ToFiles(const std::vector<Append>& records, Done done) {
  files_->Append(records, log_.partitions(),
                 [this, count = records.size(), done = std::move(done)](Result<void> stored) {
                   failing_.store(!stored.ok());
                   if (stored.ok()) {
                     spooled_ += count;
                     drainer_.Wake();
                   } else {
                     ++refused_;
                   }
                   done(std::move(stored));
                 });
}

void Spool::NoteFailure() {
  if (!breaker_.NoteFailure()) return;
  logger_.Warning("edge: the event log does not acknowledge within " +
                  std::to_string(options_.after_ms) +
                  " ms (edge.spool_after_ms): events go to the spool until it does");
}

void Spool::WatchDeadlines() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (at_log_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const int64_t now = clock_.MonotonicMicros();
    if (at_log_.front()->deadline_micros > now) {
      changed_.wait_for(lock, std::chrono::microseconds(at_log_.front()->deadline_micros - now));
      continue;
    }
    const RequestPtr request = std::move(at_log_.front());
    at_log_.pop_front();
    if (!std::exchange(request->waiting, false)) continue;
    lock.unlock();
    NoteFailure();
    ToFiles(request->records, std::move(request->done));
    request->records.clear();
    lock.lock();
  }
}

SpoolStatus Spool::status() const {
  SpoolStatus status;
  status.records = files_->records();
  status.bytes = files_->bytes();
  status.max_bytes = files_->max_bytes();
  status.oldest_ms = files_->OldestMs();
  status.log_down = breaker_.open();
  status.failing = failing_.load();
  status.spooled_total = spooled_.load();
  status.drained_total = drainer_.drained();
  status.refused_total = refused_.load();
  return status;
}

}  // namespace adtally
