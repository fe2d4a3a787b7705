#include "store/late_exception.h"

#include <algorithm>

namespace adtally {
namespace {

// ClickHouse cuts the text of an exception off at 16 KiB.
constexpr size_t kHeldBytes = 20 << 10;
constexpr std::string_view kMark = "__exception__\r\n";
constexpr std::string_view kUntagged = "DB::Exception: ";
constexpr std::string_view kCode = "Code: ";

}  // namespace

void LateException::SetTag(std::string_view tag) {
  mark_ = tag.empty() ? "" : std::string(kMark).append(tag);
}

std::string_view LateException::Pass(std::string_view piece) {
  const size_t searched = held_.size() - std::min(held_.size(), mark_.size());
  held_ += piece;
  passed_.clear();
  if (mark_at_ != std::string::npos) return passed_;
  if (!mark_.empty()) mark_at_ = held_.find(mark_, searched);
  const size_t sure = std::min(mark_at_, held_.size());
  if (sure <= kHeldBytes) return passed_;
  const size_t bytes = sure - kHeldBytes;
  passed_.assign(held_, 0, bytes);
  held_.erase(0, bytes);
  if (mark_at_ != std::string::npos) mark_at_ -= bytes;
  return passed_;
}

std::string_view LateException::Text() const {
  const std::string_view held = held_;
  if (mark_at_ != std::string::npos) return held.substr(mark_at_ + mark_.size());
  const size_t exception = mark_.empty() ? held.find(kUntagged) : held.npos;
  if (exception == held.npos) return {};
  const size_t code = held.rfind(kCode, exception);
  return held.substr(code == held.npos ? exception : code);
}

}  // namespace adtally
