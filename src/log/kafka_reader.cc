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

Result<Offset> KafkaReader::Read(Offset from, Offset limit, Offset due, size_t max_bytes,
                                 RecordBatch& out) {
  std::lock_guard lock(mutex_);
  while (!held_.empty() && held_.front().message.offset() < from) held_.pop_front();
  if (from < held_from_ || from > held_to_) ADTALLY_TRY(Seek(from));
  held_from_ = from;

  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.read_timeout_ms);
  for (size_t i = 0;; ++i) {
    while (i == held_.size()) {
      if (held_to_ >= limit) return limit;
      const auto is_due = [&] { return i == 0 && held_to_ < due; };
      int64_t wait_ms = 0;
      if (is_due()) {
        wait_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                      deadline - std::chrono::steady_clock::now())
                      .count();
      }
      if (!stream_.next()) ADTALLY_TRY(stream_.Start(held_to_));  // it failed behind what is held
      // After a hole the stream begins again and may give nothing yet.
      ADTALLY_TRY(Fill(static_cast<int>(std::max<int64_t>(0, wait_ms))));
      if (i < held_.size()) break;
      if (!is_due()) return held_to_;
      if (wait_ms > 0) continue;
      return Error{ErrorCode::kUnavailable,
                   fmt::format("Kafka at {}: topic {}: partition {} gave no record at offset {} "
                               "within {} ms: retrying",
                               options_.brokers, options_.topic, partition_.value, from.value,
                               options_.read_timeout_ms)};
    }
    const Held& held = held_[i];
    const Offset at = held.message.offset();
    const std::string_view payload = held.message.payload();
    if (at >= limit) return limit;
    if (i > 0 && out.payload_bytes() + payload.size() > max_bytes) return at;
    out.Add(at, held.append_time, payload);
  }
}

Result<void> KafkaReader::Seek(Offset from) {
  Forget();
  ADTALLY_ASSIGN(const std::optional<AppendTime> before, MaxBefore(from));
  latest_ = before.value_or(AppendTime(0));
  latest_to_ = from;
  ADTALLY_TRY(stream_.Start(from));
  held_from_ = from;
  held_to_ = from;
  return {};
}

void KafkaReader::Stop() {
  std::lock_guard lock(mutex_);
  Forget();
}

void KafkaReader::Forget() {
  held_.clear();
  held_from_ = Offset(1);  // nothing, not even where there is none
  held_to_ = Offset(0);
  stream_.Stop();
}

Result<void> KafkaReader::Fill(int timeout_ms) {
  auto taken = stream_.Take(timeout_ms, fresh_);
  Result<void> held;
  for (KafkaMessage& message : fresh_) {
    held = Hold(std::move(message));
    if (!held.ok()) break;
  }
  fresh_.clear();
  if (!held.ok()) {
    stream_.Stop();
    return held;
  }
  if (taken.ok() && stream_.next()) held_to_ = *stream_.next();
  return taken;
}

Result<void> KafkaReader::Hold(KafkaMessage message) {
  const Offset at = message.offset();
  if (at != latest_to_) {
    // What is left out has timestamps too, and whoever begins to read here is told of them.
    ADTALLY_ASSIGN(const std::optional<AppendTime> before, MaxBefore(at));
    latest_ = std::max(latest_, before.value_or(AppendTime(0)));
  }
  latest_ = std::max(latest_, message.timestamp());
  latest_to_ = at + 1;
  held_to_ = at + 1;
  {
    std::lock_guard lock(times_mutex_);
    times_.Add(at, latest_);
  }
  held_.push_back({std::move(message), latest_});
  return {};
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
