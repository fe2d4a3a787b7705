#include "reporting/token_buckets.h"

#include <algorithm>
#include <cmath>

namespace adtally {
namespace {

int64_t WholeSeconds(double tokens, double per_second) {
  return tokens <= 0 ? 0 : static_cast<int64_t>(std::ceil(tokens / per_second));
}

}  // namespace

double TokenBuckets::TokensAt(const Bucket& bucket, int64_t now_us) const {
  const double seconds = static_cast<double>(now_us - bucket.at_us) / 1e6;
  return std::min(policy_.burst, bucket.tokens + seconds * policy_.per_second);
}

void TokenBuckets::MakeRoom(int64_t now_us) {
  if (buckets_.size() < kMaxBuckets) return;
  std::erase_if(buckets_,
                [&](const auto& entry) { return TokensAt(entry.second, now_us) >= policy_.burst; });
  if (buckets_.size() >= kMaxBuckets) buckets_.clear();
}

TokenBuckets::Bucket& TokenBuckets::Refilled(std::string_view name) {
  const int64_t now_us = clock_.MonotonicMicros();
  std::string key(name);
  auto found = buckets_.find(key);
  if (found == buckets_.end()) {
    MakeRoom(now_us);
    found = buckets_.emplace(std::move(key), Bucket{policy_.burst, now_us}).first;
  }
  Bucket& bucket = found->second;
  bucket = {TokensAt(bucket, now_us), now_us};
  return bucket;
}

RateVerdict TokenBuckets::Take(std::string_view name) {
  std::lock_guard lock(mutex_);
  Bucket& bucket = Refilled(name);
  RateVerdict verdict;
  verdict.allowed = bucket.tokens >= 1;
  if (verdict.allowed) bucket.tokens -= 1;
  verdict.remaining = static_cast<int64_t>(bucket.tokens);
  verdict.full_s = WholeSeconds(policy_.burst - bucket.tokens, policy_.per_second);
  verdict.retry_s = WholeSeconds(1 - bucket.tokens, policy_.per_second);
  return verdict;
}

void TokenBuckets::GiveBack(std::string_view name) {
  std::lock_guard lock(mutex_);
  Bucket& bucket = Refilled(name);
  bucket.tokens = std::min(policy_.burst, bucket.tokens + 1);
}

}  // namespace adtally
