#include "log/kafka_rejected_topic.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <string>

#include "log/kafka_topics.h"

namespace adtally {
namespace {

constexpr int64_t kMaxQueued = 10'000;
constexpr int kPollMs = 100;
constexpr int kFlushMs = 1'000;
constexpr int64_t kLogEveryMs = 60'000;

void AddHeader(rd_kafka_headers_t* headers, std::string_view name, std::string_view value) {
  rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                      static_cast<ssize_t>(value.size()));
}

rd_kafka_headers_t* HeadersOf(const KafkaRejectedEvent& event, const std::string& topic) {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(7);
  const auto number = [](auto value) { return std::to_string(value); };
  AddHeader(headers, "__connect.errors.topic", topic);
  AddHeader(headers, "__connect.errors.partition", number(event.partition.value));
  AddHeader(headers, "__connect.errors.offset", number(event.offset.value));
  AddHeader(headers, "__connect.errors.exception.message", event.reason);
  AddHeader(headers, "adtally.append_time_ms", number(event.append_time.value));
  AddHeader(headers, "adtally.event_number", number(event.number));
  if (event.bytes.size() > KafkaRejectedTopic::kMaxBytes) {
    AddHeader(headers, "adtally.cut_from_bytes", number(event.bytes.size()));
  }
  return headers;
}

}  // namespace

KafkaRejectedTopic::KafkaRejectedTopic(const KafkaLogOptions& options, const Clock& clock,
                                       Logger& logger)
    : options_(options), clock_(clock), logger_(logger), callbacks_(logger) {
  callbacks_.delivered = [this](const rd_kafka_message_s& message) {
    --queued_;
    ++(message.err == RD_KAFKA_RESP_ERR_NO_ERROR ? written_ : left_out_);
  };
}

Result<std::unique_ptr<KafkaRejectedTopic>> KafkaRejectedTopic::Open(const KafkaLogOptions& options,
                                                                     const Clock& clock,
                                                                     Logger& logger,
                                                                     int timeout_ms) {
  std::unique_ptr<KafkaRejectedTopic> made(new KafkaRejectedTopic(options, clock, logger));
  ADTALLY_ASSIGN(made->client_,
                 MakeKafkaClient(KafkaClientKind::kProducer, options,
                                 {{"acks", "all"},
                                  {"compression.codec", "lz4"},
                                  {"linger.ms", "50"},
                                  {"message.timeout.ms", "30000"},
                                  {"queue.buffering.max.messages", std::to_string(kMaxQueued)},
                                  {"queue.buffering.max.kbytes", "16384"}},
                                 made->callbacks_));
  ADTALLY_TRY(MakeRejectedTopic(options, made->client_.get(), timeout_ms));
  made->topic_ = rd_kafka_topic_new(made->client_.get(), options.rejected_topic.c_str(), nullptr);
  made->poller_ = std::thread([raw = made.get()] { raw->Poll(); });
  return made;
}

KafkaRejectedTopic::~KafkaRejectedTopic() {
  if (poller_.joinable()) {
    stopping_.store(true);
    poller_.join();
  }
  if (topic_ != nullptr) rd_kafka_topic_destroy(topic_);
}

bool KafkaRejectedTopic::HasRoom() {
  if (queued_.load() < kMaxQueued) return true;
  ++left_out_;
  return false;
}

// librdkafka's macros cast as C does.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"

void KafkaRejectedTopic::Write(const KafkaRejectedEvent& event) {
  rd_kafka_headers_t* headers = HeadersOf(event, options_.topic);
  const std::string_view bytes = event.bytes.substr(0, kMaxBytes);
  ++queued_;
  const auto error = rd_kafka_producev(
      client_.get(), RD_KAFKA_V_RKT(topic_), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_VALUE(const_cast<char*>(bytes.data()), bytes.size()), RD_KAFKA_V_HEADERS(headers),
      RD_KAFKA_V_END);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  rd_kafka_headers_destroy(headers);  // the client's only after a success
  --queued_;
  ++left_out_;
}

#pragma GCC diagnostic pop

void KafkaRejectedTopic::LogLeftOut() {
  const uint64_t left_out = left_out_.load();
  const int64_t now_ms = clock_.NowMs();
  if (left_out == logged_left_out_ || now_ms - logged_ms_ < kLogEveryMs) return;
  logger_.Warning(fmt::format(
      "{} rejected events were not written to topic {}, as Kafka did not take them fast enough: "
      "the ledger has their number",
      left_out - logged_left_out_, options_.rejected_topic));
  logged_left_out_ = left_out;
  logged_ms_ = now_ms;
}

void KafkaRejectedTopic::Poll() {
  while (!stopping_.load()) {
    rd_kafka_poll(client_.get(), kPollMs);
    LogLeftOut();
  }
  rd_kafka_flush(client_.get(), kFlushMs);
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  while (rd_kafka_outq_len(client_.get()) > 0) rd_kafka_poll(client_.get(), kPollMs);
}

}  // namespace adtally
