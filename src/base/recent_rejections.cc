#include "base/recent_rejections.h"

#include <utility>

namespace adtally {

void RecentRejections::Count(uint64_t events) {
  const std::lock_guard lock(mutex_);
  counted_ += events;
}

bool RecentRejections::HasRoom() {
  const std::lock_guard lock(mutex_);
  return HasRoomLocked(clock_.NowMs());
}

bool RecentRejections::HasRoomLocked(int64_t now_ms) {
  const int64_t second = now_ms / 1000;
  if (second != second_) {
    second_ = second;
    in_second_ = 0;
  }
  return in_second_ < kPerSecond;
}

void RecentRejections::Add(std::string_view source, std::string place, std::string_view reason,
                           std::string_view event) {
  const std::lock_guard lock(mutex_);
  const int64_t now_ms = clock_.NowMs();
  if (!HasRoomLocked(now_ms)) return;
  ++in_second_;
  if (kept_.size() == kKept) kept_.pop_front();
  kept_.push_back({now_ms, std::string(source), std::move(place),
                   std::string(reason.substr(0, kMaxReasonBytes)),
                   std::string(event.substr(0, kMaxEventBytes))});
}

RecentRejections::Snapshot RecentRejections::Read() const {
  const std::lock_guard lock(mutex_);
  return {counted_, {kept_.rbegin(), kept_.rend()}};
}

}  // namespace adtally
