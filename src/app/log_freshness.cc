#include "app/log_freshness.h"

#include <algorithm>
#include <map>
#include <utility>

#include "aggregator/progress_table.h"

namespace adtally {
namespace {

constexpr std::chrono::milliseconds kUpdateEvery(1000);

}  // namespace

LogFreshness::LogFreshness(EventLog& log, Store& store, const Clock& clock, Logger& logger)
    : log_(log), store_(store), clock_(clock), logger_(logger), update_(kUpdateEvery, [this] {
        Update();
      }) {}

// The times stay as they were read, so the lag goes on growing while nothing new is known.
std::vector<PartitionFreshness> LogFreshness::Read() const {
  std::vector<PartitionFreshness> freshness;
  {
    std::lock_guard lock(mutex_);
    freshness = last_;
  }
  const int64_t now_ms = clock_.NowMs();
  for (PartitionFreshness& partition : freshness) {
    if (!partition.complete_to_ms) continue;
    partition.lag_ms = std::max<int64_t>(0, now_ms - *partition.complete_to_ms);
  }
  return freshness;
}

std::string LogFreshness::Problem() const {
  std::lock_guard lock(mutex_);
  return problem_;
}

void LogFreshness::Update() {
  auto looked = Look();
  std::lock_guard lock(mutex_);
  const std::string problem = looked.ok() ? "" : looked.error().message;
  if (problem.empty() != problem_.empty() && !problem.empty()) logger_.Warning(problem);
  problem_ = problem;
  if (looked.ok()) last_ = std::move(looked).value();
}

Result<std::vector<PartitionFreshness>> LogFreshness::Look() const {
  ADTALLY_ASSIGN(const auto progress, ReadAllProgress(store_));
  std::vector<PartitionFreshness> freshness;
  for (uint32_t i = 0; i < log_.partitions(); ++i) {
    PartitionFreshness partition;
    partition.partition = i;
    // In this order: what becomes readable after the first call has at least that append time.
    const AppendTime safe_time = log_.SafeTime(Partition(i));
    ADTALLY_ASSIGN(const Offset begin, log_.BeginOffset(Partition(i)));
    ADTALLY_ASSIGN(const Offset end, log_.EndOffset(Partition(i)));
    const auto found = progress.find(Partition(i));
    const Offset delivered = found == progress.end() ? begin : std::max(begin, found->second);
    if (delivered >= end) {
      partition.complete_to_ms = safe_time.value;
    } else {
      partition.lag_records = end - delivered;
      const auto oldest = log_.AppendTimeOf(Partition(i), delivered);
      if (oldest.ok()) partition.complete_to_ms = oldest->value;
    }
    freshness.push_back(partition);
  }
  return freshness;
}

}  // namespace adtally
