#include "base/recent_rejections.h"

#include <utility>

namespace adtally {

uint64_t RecentRejections::KeptIn(uint64_t now_s) const {
  const uint64_t last = second_and_kept_.load(std::memory_order_relaxed);
  return last >> 8 == now_s ? last & 0xff : 0;
}

bool RecentRejections::HasRoom() const {
  return KeptIn(static_cast<uint64_t>(clock_.NowMs()) / 1000) < kPerSecond;
}

void RecentRejections::Add(std::string_view source, std::string place, std::string_view reason,
                           std::string_view event) {
  const int64_t now_ms = clock_.NowMs();
  const uint64_t now_s = static_cast<uint64_t>(now_ms) / 1000;
  const std::lock_guard lock(mutex_);
  const uint64_t kept = KeptIn(now_s);
  if (kept >= kPerSecond) return;
  second_and_kept_.store(now_s << 8 | (kept + 1), std::memory_order_relaxed);
  if (kept_.size() == kKept) kept_.pop_front();
  kept_.push_back({now_ms, std::string(source), std::move(place),
                   std::string(reason.substr(0, kMaxReasonBytes)),
                   std::string(event.substr(0, kMaxEventBytes))});
}

RecentRejections::Snapshot RecentRejections::Read() const {
  const std::lock_guard lock(mutex_);
  return {counted_.load(std::memory_order_relaxed), {kept_.rbegin(), kept_.rend()}};
}

}  // namespace adtally
