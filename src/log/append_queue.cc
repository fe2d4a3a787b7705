#include "log/append_queue.h"

#include <string>
#include <utility>

namespace adtally {
namespace {

// What a record costs besides its payload, so that empty ones are bounded too.
constexpr size_t kRecordOverhead = 64;

}  // namespace

Result<void> AppendQueue::Add(Request& request) {
  size_t bytes = kRecordOverhead;
  for (const auto& record : request.records) bytes += record.payload.size() + kRecordOverhead;
  if (bytes > max_bytes_) {
    return Error{ErrorCode::kTooLarge,
                 "an append of " + std::to_string(bytes) + " bytes is over the log's queue of " +
                     std::to_string(max_bytes_) + " bytes: send it in smaller pieces"};
  }
  std::lock_guard lock(mutex_);
  if (bytes_ + bytes > max_bytes_) {
    return Error{ErrorCode::kResourceExhausted,
                 "the event log has " + std::to_string(bytes_) +
                     " bytes waiting for the disk and takes no more: retry later"};
  }
  request.bytes = bytes;
  bytes_ += bytes;
  requests_.push_back(std::move(request));
  changed_.notify_one();
  return {};
}

std::optional<std::vector<AppendQueue::Request>> AppendQueue::Take(
    size_t max_bytes, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, timeout, [&] { return closed_ || woken_ || !requests_.empty(); });
  woken_ = false;
  if (closed_ && requests_.empty()) return std::nullopt;
  std::vector<Request> taken;
  for (size_t bytes = 0; !requests_.empty() && bytes < max_bytes; requests_.pop_front()) {
    if (!taken.empty() && bytes + requests_.front().bytes > max_bytes) break;
    bytes += requests_.front().bytes;
    taken.push_back(std::move(requests_.front()));
  }
  return taken;
}

void AppendQueue::Finish(const std::vector<Request>& taken) {
  std::lock_guard lock(mutex_);
  for (const auto& request : taken) bytes_ -= request.bytes;
}

void AppendQueue::Wake() {
  std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_one();
}

void AppendQueue::Close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_one();
}

}  // namespace adtally
