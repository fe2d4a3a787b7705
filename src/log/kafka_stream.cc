#include "log/kafka_stream.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <utility>

namespace adtally {
namespace {

constexpr size_t kMessagesAtOnce = 1024;

void OnFilled(rd_kafka_t*, void* filled) {
  (*static_cast<const std::function<void()>*>(filled))();
}

}  // namespace

KafkaSettings KafkaStreamSettings(size_t bytes) {
  return {
      {"enable.auto.commit", "false"},
      {"auto.offset.reset", "error"},
      {"isolation.level", "read_committed"},
      {"enable.partition.eof", "true"},
      {"check.crcs", "true"},
      // The bytes alone bound what is fetched ahead. A full queue is looked at again only after a
      // second, so it must hold what is counted in one.
      {"queued.min.messages", "1000000"},
      {"queued.max.messages.kbytes", std::to_string(std::max<size_t>(1, bytes >> 10))},
      {"fetch.message.max.bytes", "4194304"},
      // A new position is fetched once the request under way was answered: no long polls.
      {"fetch.wait.max.ms", "100"},
      {"fetch.error.backoff.ms", "100"},
  };
}

void KafkaMessage::Deleter::operator()(rd_kafka_message_s* message) const {
  rd_kafka_message_destroy(message);
}

int KafkaMessage::error() const {
  return message_->err;
}

Offset KafkaMessage::offset() const {
  return Offset(static_cast<uint64_t>(message_->offset));
}

AppendTime KafkaMessage::timestamp() const {
  rd_kafka_timestamp_type_t type{};
  return AppendTime(std::max<int64_t>(0, rd_kafka_message_timestamp(message_.get(), &type)));
}

std::string_view KafkaMessage::payload() const {
  if (message_->payload == nullptr) return {};
  return {static_cast<const char*>(message_->payload), message_->len};
}

KafkaStream::KafkaStream(rd_kafka_s* client, const KafkaLogOptions& options, std::string topic,
                         Partition partition, std::function<void()> filled)
    : options_(options),
      topic_name_(std::move(topic)),
      partition_(partition),
      filled_(std::move(filled)),
      client_(client),
      topic_(rd_kafka_topic_new(client, topic_name_.c_str(), nullptr)) {}

KafkaStream::~KafkaStream() {
  Stop();
  rd_kafka_topic_destroy(topic_);
}

void KafkaStream::Stop() {
  next_.reset();
  if (queue_ == nullptr) return;
  rd_kafka_queue_cb_event_enable(queue_, nullptr, nullptr);
  rd_kafka_consume_stop(topic_, static_cast<int32_t>(partition_.value));
  rd_kafka_queue_destroy(std::exchange(queue_, nullptr));
}

// A queue of its own each time: nothing of the former position can be in it.
Result<void> KafkaStream::Start(Offset offset) {
  Stop();
  queue_ = rd_kafka_queue_new(client_);
  if (filled_) {
    rd_kafka_queue_cb_event_enable(queue_, &OnFilled, const_cast<std::function<void()>*>(&filled_));
  }
  const int started = rd_kafka_consume_start_queue(topic_, static_cast<int32_t>(partition_.value),
                                                   static_cast<int64_t>(offset.value), queue_);
  if (started != 0) {
    const auto error = rd_kafka_last_error();
    rd_kafka_queue_destroy(std::exchange(queue_, nullptr));
    return Failed(error);
  }
  next_ = offset;
  return {};
}

Result<void> KafkaStream::Take(int timeout_ms, std::deque<KafkaMessage>& out) {
  std::array<rd_kafka_message_t*, kMessagesAtOnce> messages;
  // A batch with a timeout would wait until it is full.
  messages[0] = rd_kafka_consume_queue(queue_, timeout_ms);
  if (messages[0] == nullptr) return {};
  const ssize_t more =
      rd_kafka_consume_batch_queue(queue_, 0, messages.data() + 1, messages.size() - 1);
  const size_t count = 1 + static_cast<size_t>(std::max<ssize_t>(0, more));
  Result<bool> go_on = true;
  for (size_t i = 0; i < count; ++i) {
    KafkaMessage message(messages[i]);
    if (go_on.ok() && *go_on) go_on = Accept(std::move(message), out);
  }
  if (!go_on.ok()) return std::move(go_on).error();
  return {};
}

// False when the rest of the messages is of a position that was left.
Result<bool> KafkaStream::Accept(KafkaMessage message, std::deque<KafkaMessage>& out) {
  const bool is_end = message.error() == RD_KAFKA_RESP_ERR__PARTITION_EOF;
  if (message.error() != 0 && !is_end) return Failed(message.error());
  const Offset at = message.offset();
  if (at < *next_) return true;  // fetched twice
  if (at > *next_) {
    ADTALLY_ASSIGN(const bool believed, Believe());
    if (!believed) return false;
  }
  next_ = is_end ? at : at + 1;
  if (is_end) return true;
  hole_.reset();
  out.push_back(std::move(message));
  return true;
}

Result<bool> KafkaStream::Believe() {
  const Offset hole = *next_;
  if (std::exchange(hole_, hole) == hole) return true;
  ADTALLY_TRY(Start(hole));
  return false;
}

Error KafkaStream::Failed(int librdkafka_error) {
  const auto offset = next_.value_or(Offset(0));
  Stop();
  if (librdkafka_error == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
      librdkafka_error == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
    return {ErrorCode::kNotFound, fmt::format("topic {}: partition {} does not have offset {}",
                                              topic_name_, partition_.value, offset.value)};
  }
  return KafkaError(options_,
                    fmt::format("reading partition {} of topic {}", partition_.value, topic_name_),
                    librdkafka_error);
}

}  // namespace adtally
