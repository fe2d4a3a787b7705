#include "log/kafka_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "log/running_max.h"

namespace adtally {
namespace {

// 16 bytes each; a few checkpoints' worth of batches.
constexpr size_t kMaxTimeRuns = 16'384;

}  // namespace

KafkaReader::KafkaReader(rd_kafka_s* client, KafkaQueries& queries, const KafkaLogOptions& options,
                         Partition partition, std::function<void()> filled)
    : queries_(queries),
      options_(options),
      partition_(partition),
      stream_(client, options, options.topic, partition, std::move(filled)),
      times_(kMaxTimeRuns) {}

Result<void> KafkaReader::Read(Offset from, Offset limit, size_t max_bytes, bool must,
                               RecordBatch& out) {
  std::lock_guard lock(mutex_);
  while (!held_.empty() && held_.front().message.offset() < from) held_.pop_front();
  const bool holds = !held_.empty() && held_.front().message.offset() == from;
  if (!holds && stream_.next() != from) ADTALLY_TRY(Seek(from));

  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.read_timeout_ms);
  for (size_t i = 0;; ++i) {
    if (from + i >= limit) return {};
    while (i == held_.size()) {
      int64_t wait_ms = 0;
      if (must && i == 0) {
        wait_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                      deadline - std::chrono::steady_clock::now())
                      .count();
      }
      if (!stream_.next()) ADTALLY_TRY(stream_.Start(from + i));  // it failed behind what is held
      // After a hole the stream begins again and may give nothing yet.
      ADTALLY_TRY(Fill(static_cast<int>(std::max<int64_t>(0, wait_ms))));
      if (i < held_.size()) break;
      if (i > 0 || !must) return {};
      if (wait_ms > 0) continue;
      return Error{ErrorCode::kUnavailable,
                   fmt::format("Kafka at {}: topic {}: partition {} gave no record at offset {} "
                               "within {} ms: retrying",
                               options_.brokers, options_.topic, partition_.value, from.value,
                               options_.read_timeout_ms)};
    }
    const Held& held = held_[i];
    const std::string_view payload = held.message.payload();
    if (i > 0 && out.payload_bytes() + payload.size() > max_bytes) return {};
    out.Add(held.message.offset(), held.append_time, payload);
  }
}

Result<void> KafkaReader::Seek(Offset from) {
  held_.clear();
  stream_.Stop();
  ADTALLY_ASSIGN(const std::optional<AppendTime> before, MaxBefore(from));
  latest_ = before.value_or(AppendTime(0));
  return stream_.Start(from);
}

void KafkaReader::Stop() {
  std::lock_guard lock(mutex_);
  held_.clear();
  stream_.Stop();
}

Result<void> KafkaReader::Fill(int timeout_ms) {
  auto taken = stream_.Take(timeout_ms, fresh_);
  std::lock_guard lock(times_mutex_);
  for (KafkaMessage& message : fresh_) {
    latest_ = std::max(latest_, message.timestamp());
    times_.Add(message.offset(), latest_);
    held_.push_back({std::move(message), latest_});
  }
  fresh_.clear();
  return taken;
}

Result<std::optional<AppendTime>> KafkaReader::MaxBefore(Offset end) {
  if (end == Offset(0)) return std::optional<AppendTime>();
  return MaxTimeBefore(end, [&](AppendTime time) {
    return queries_.FirstAt(options_.topic, partition_, time, options_.read_timeout_ms);
  });
}

Result<AppendTime> KafkaReader::TimeOf(Offset offset) {
  {
    std::lock_guard lock(times_mutex_);
    if (const auto known = times_.Find(offset)) return *known;
  }
  ADTALLY_ASSIGN(const auto time, MaxBefore(offset + 1));
  if (time) return *time;
  return Error{ErrorCode::kNotFound,
               fmt::format("topic {}: partition {} has no record at offset {}", options_.topic,
                           partition_.value, offset.value)};
}

}  // namespace adtally
