#include "log/kafka_boundaries.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

#include "log/random_uuid.h"

namespace adtally {
namespace {

constexpr size_t kFetchedBytes = size_t{1} << 20;
// So many boundaries are dropped from the topic at a time.
constexpr uint64_t kDeleteAtOnce = 1000;

}  // namespace

KafkaBoundaries::KafkaBoundaries(const KafkaLogOptions& options, KafkaQueries& queries,
                                 KafkaProducer& producer, Logger& logger)
    : options_(options), queries_(queries), producer_(producer), callbacks_(logger) {}

Result<std::unique_ptr<KafkaBoundaries>> KafkaBoundaries::Open(const KafkaLogOptions& options,
                                                               KafkaQueries& queries,
                                                               KafkaProducer& producer,
                                                               Logger& logger) {
  std::unique_ptr<KafkaBoundaries> boundaries(
      new KafkaBoundaries(options, queries, producer, logger));
  ADTALLY_ASSIGN(boundaries->client_,
                 MakeKafkaClient(KafkaClientKind::kConsumer, options,
                                 KafkaStreamSettings(kFetchedBytes), boundaries->callbacks_));
  for (uint32_t p = 0; p < options.partitions; ++p) {
    auto part = std::make_unique<Part>();
    part->stream = std::make_unique<KafkaStream>(boundaries->client_.get(), options,
                                                 options.checkpoints_topic, Partition(p), nullptr);
    boundaries->parts_.push_back(std::move(part));
  }
  ADTALLY_TRY(boundaries->FindLogId());
  return boundaries;
}

// Two processes that start a log together both write a name, and both take the first one.
Result<void> KafkaBoundaries::FindLogId() {
  Part& part = *parts_.front();
  std::lock_guard lock(part.mutex);
  ADTALLY_TRY(CatchUp(Partition(0), part));
  if (log_id_.empty() && first_name_.empty()) {
    ADTALLY_TRY(producer_.ProduceAndWait(
        KafkaProducer::Topic::kCheckpoints, Partition(0),
        EncodeBoundaryRecord({RandomUuid(), options_.topic, {Offset(0), Offset(0)}})));
    ADTALLY_TRY(CatchUp(Partition(0), part));
  }
  // A boundary tells the winner. A name that lost may become the first one that is kept, but only
  // when there is a boundary behind it.
  if (log_id_.empty()) log_id_ = first_name_;
  if (!log_id_.empty()) return {};
  return Error{ErrorCode::kUnavailable,
               fmt::format("topic {}: the record that names the log cannot be read yet",
                           options_.checkpoints_topic)};
}

Result<void> KafkaBoundaries::Append(Partition partition, Boundary boundary) {
  Part& part = *parts_[partition.value];
  {
    std::lock_guard lock(part.mutex);
    if (part.index.Find(boundary.begin)) return {};  // it could not win
  }
  return producer_.ProduceAndWait(KafkaProducer::Topic::kCheckpoints, partition,
                                  EncodeBoundaryRecord({log_id_, options_.topic, boundary}));
}

Result<Boundary> KafkaBoundaries::Read(Partition partition, Offset begin) {
  Part& part = *parts_[partition.value];
  std::lock_guard lock(part.mutex);
  if (const auto found = part.index.Find(begin)) return *found;
  ADTALLY_TRY(CatchUp(partition, part));
  if (const auto found = part.index.Find(begin)) return *found;
  return Error{ErrorCode::kNotFound,
               fmt::format("no checkpoint of partition {} begins at offset {}", partition.value,
                           begin.value)};
}

// What was acknowledged lies before the end that is asked for here: an acknowledgement means that
// all in-sync replicas hold the record, and a new leader gives no end before it knows that much.
Result<void> KafkaBoundaries::CatchUp(Partition partition, Part& part) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.read_timeout_ms);
  ADTALLY_ASSIGN(const Offset end,
                 queries_.End(options_.checkpoints_topic, partition, options_.read_timeout_ms));
  if (part.read_to && end < *part.read_to) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("Kafka at {}: topic {}: partition {} ends at {} but had records up to "
                             "{}: it was made anew or lost acknowledged records; retrying",
                             options_.brokers, options_.checkpoints_topic, partition.value,
                             end.value, part.read_to->value)};
  }
  std::deque<KafkaMessage> messages;
  for (;;) {
    if (!part.stream->next()) ADTALLY_TRY(StartAgain(partition, part));
    if (*part.read_to >= end) return {};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return Error{ErrorCode::kUnavailable,
                   fmt::format("Kafka at {}: topic {}: partition {} was read up to {} of {} within "
                               "{} ms: retrying",
                               options_.brokers, options_.checkpoints_topic, partition.value,
                               part.read_to->value, end.value, options_.read_timeout_ms)};
    }
    messages.clear();
    auto taken = part.stream->Take(static_cast<int>(left.count()), messages);
    for (const KafkaMessage& message : messages) {
      if (auto accepted = Accept(message, part); !accepted.ok()) {
        part.stream->Stop();  // the next call meets the same record, not the one after it
        return accepted;
      }
    }
    // Others dropped what this one had not read yet.
    if (!taken.ok() && taken.error().code != ErrorCode::kNotFound) return taken;
  }
}

Result<void> KafkaBoundaries::StartAgain(Partition partition, Part& part) {
  ADTALLY_ASSIGN(const Offset begin,
                 queries_.Begin(options_.checkpoints_topic, partition, options_.read_timeout_ms));
  part.read_to = std::max(part.read_to.value_or(begin), begin);
  return part.stream->Start(*part.read_to);
}

Result<void> KafkaBoundaries::Accept(const KafkaMessage& message, Part& part) {
  auto decoded = DecodeBoundaryRecord(message.payload());
  if (!decoded.ok()) {
    return std::move(decoded).error().WithContext(
        fmt::format("topic {}: offset {}", options_.checkpoints_topic, message.offset().value));
  }
  const KafkaBoundaryRecord& record = *decoded;
  if (record.topic != options_.topic) {
    return Error{ErrorCode::kConflict,
                 fmt::format("topic {} holds the checkpoints of topic {}, not of {}: set "
                             "log.checkpoints_topic to one that this log has for itself",
                             options_.checkpoints_topic, record.topic, options_.topic)};
  }
  part.read_to = message.offset() + 1;
  if (record.names_only()) {
    if (first_name_.empty()) first_name_ = record.log_id;
    return {};
  }
  if (log_id_.empty()) log_id_ = record.log_id;
  if (record.log_id != log_id_) {
    return Error{
        ErrorCode::kConflict,
        fmt::format("topic {} has a boundary of event log {} at offset {}, but this log is "
                    "{}: two logs must not share it",
                    options_.checkpoints_topic, record.log_id, message.offset().value, log_id_)};
  }
  part.index.Add(record.boundary, message.offset());
  return {};
}

Result<void> KafkaBoundaries::DropBefore(Partition partition, Offset begin) {
  Part& part = *parts_[partition.value];
  std::lock_guard lock(part.mutex);
  part.index.DropBefore(begin);
  // One that is kept stays in the topic: it carries the log's id.
  const std::optional<Offset> first = part.index.FirstPlace();
  if (!first || *first < part.deleted_to + kDeleteAtOnce) return {};
  ADTALLY_TRY(queries_.DeleteBefore(options_.checkpoints_topic, partition, *first,
                                    options_.read_timeout_ms));
  part.deleted_to = *first;
  return {};
}

}  // namespace adtally
