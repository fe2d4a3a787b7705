#include "log/kafka_producer.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <chrono>
#include <future>
#include <utility>

namespace adtally {
namespace {

constexpr int kPollMs = 100;
// What a record costs besides its payload, so that empty ones are bounded too.
constexpr size_t kRecordOverhead = 64;
// Kafka's own bound of a batch is 1 MiB unless the topic says otherwise.
constexpr size_t kMaxPayload = 900'000;

}  // namespace

struct KafkaProducer::Request {
  Topic topic;
  std::vector<EventLog::Append> records;  // the client reads the payloads until they are answered
  EventLog::Done done;
  size_t bytes = kRecordOverhead;
  int64_t began_ms = 0;
  size_t left = 0;             // records without an answer; under mutex_ like the next
  std::optional<Error> error;  // the first one
};

KafkaProducer::Client::~Client() {
  for (rd_kafka_topic_s* topic : topics) {
    if (topic != nullptr) rd_kafka_topic_destroy(topic);
  }
}

KafkaProducer::KafkaProducer(const KafkaLogOptions& options, const Clock& clock, Logger& logger,
                             Acknowledged acknowledged)
    : options_(options),
      clock_(clock),
      logger_(logger),
      acknowledged_(std::move(acknowledged)),
      callbacks_(logger) {
  callbacks_.delivered = [this](const rd_kafka_message_s& message) { OnDelivered(message); };
}

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::Open(const KafkaLogOptions& options,
                                                           const Clock& clock, Logger& logger,
                                                           Acknowledged acknowledged) {
  std::unique_ptr<KafkaProducer> producer(
      new KafkaProducer(options, clock, logger, std::move(acknowledged)));
  ADTALLY_ASSIGN(producer->client_, producer->MakeClient());
  producer->poller_ = std::thread([raw = producer.get()] { raw->Poll(); });
  return producer;
}

KafkaProducer::~KafkaProducer() {
  if (!poller_.joinable()) return;
  stopping_.store(true);
  poller_.join();
}

Result<std::unique_ptr<KafkaProducer::Client>> KafkaProducer::MakeClient() {
  auto client = std::make_unique<Client>();
  ADTALLY_ASSIGN(
      client->handle,
      MakeKafkaClient(KafkaClientKind::kProducer, options_,
                      {{"acks", "all"},
                       {"enable.idempotence", "true"},
                       {"compression.codec", "lz4"},
                       {"linger.ms", "0"},  // callers gather events into records already
                       {"message.timeout.ms", std::to_string(options_.append_timeout_ms)},
                       {"request.timeout.ms", std::to_string(options_.append_timeout_ms)},
                       {"queue.buffering.max.messages", "10000000"},  // Reserve is the bound
                       {"queue.buffering.max.kbytes", "2097151"}},
                      callbacks_));
  const std::array<std::string, 2> names = {options_.topic, options_.checkpoints_topic};
  for (size_t i = 0; i < names.size(); ++i) {
    client->topics[i] = rd_kafka_topic_new(client->handle.get(), names[i].c_str(), nullptr);
  }
  return client;
}

Result<void> KafkaProducer::Reserve(Request& request) {
  for (const auto& record : request.records) {
    request.bytes += record.payload.size() + kRecordOverhead;
    if (record.payload.size() <= kMaxPayload) continue;
    return Error{ErrorCode::kTooLarge,
                 fmt::format("a record of {} bytes is over the {} that a Kafka topic takes: send "
                             "it in smaller pieces",
                             record.payload.size(), kMaxPayload)};
  }
  if (request.bytes > options_.max_queued_bytes) {
    return Error{ErrorCode::kTooLarge,
                 fmt::format("an append of {} bytes is over the log's queue of {} bytes: send it "
                             "in smaller pieces",
                             request.bytes, options_.max_queued_bytes)};
  }
  std::lock_guard lock(mutex_);
  if (queued_bytes_ + request.bytes > options_.max_queued_bytes) {
    return Error{ErrorCode::kResourceExhausted,
                 fmt::format("the event log has {} bytes waiting for Kafka and takes no more: "
                             "retry later",
                             queued_bytes_)};
  }
  queued_bytes_ += request.bytes;
  request.began_ms = clock_.NowMs();
  began_ms_.insert(request.began_ms);
  request.left = request.records.size();
  return {};
}

void KafkaProducer::Produce(Topic topic, std::vector<EventLog::Append> records,
                            EventLog::Done done) {
  if (records.empty()) return done({});
  auto request = std::make_unique<Request>();
  request->topic = topic;
  request->records = std::move(records);
  request->done = std::move(done);
  if (auto reserved = Reserve(*request); !reserved.ok()) {
    return request->done(std::move(reserved));
  }
  Send(*request.release());  // Answer deletes it
}

void KafkaProducer::Send(Request& request) {
  std::optional<Error> error;
  size_t sent = 0;
  const size_t records = request.records.size();
  {
    std::shared_lock lock(client_mutex_);
    rd_kafka_topic_t* topic = client_->topics[request.topic == Topic::kEvents ? 0 : 1];
    for (; sent < records; ++sent) {
      EventLog::Append& record = request.records[sent];
      const int produced =
          rd_kafka_produce(topic, static_cast<int32_t>(record.partition.value), 0,
                           record.payload.data(), record.payload.size(), nullptr, 0, &request);
      if (produced == 0) continue;
      error = KafkaError(options_, "producing", rd_kafka_last_error());
      break;
    }
  }
  // When all were sent the request may be gone already.
  if (sent < records) Answer(request, records - sent, std::move(error));
}

Result<void> KafkaProducer::ProduceAndWait(Topic topic, Partition partition, std::string payload) {
  std::promise<Result<void>> answer;
  Produce(topic, {{partition, std::move(payload)}},
          [&](Result<void> result) { answer.set_value(std::move(result)); });
  return answer.get_future().get();
}

void KafkaProducer::Answer(Request& request, size_t parts, std::optional<Error> error) {
  {
    std::lock_guard lock(mutex_);
    if (error && !request.error) request.error = std::move(error);
    request.left -= parts;
    if (request.left > 0) return;
    queued_bytes_ -= request.bytes;
    began_ms_.erase(began_ms_.find(request.began_ms));
  }
  const std::unique_ptr<Request> owned(&request);
  request.done(request.error ? Result<void>(*std::move(request.error)) : Result<void>());
}

void KafkaProducer::OnDelivered(const rd_kafka_message_s& message) {
  auto& request = *static_cast<Request*>(message._private);
  std::optional<Error> error;
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    error = message.err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT
                ? Error{ErrorCode::kUnavailable,
                        fmt::format("Kafka at {} did not acknowledge within {} ms: retry later",
                                    options_.brokers, options_.append_timeout_ms)}
                : KafkaError(options_, "producing", message.err);
  } else if (message.offset >= 0) {
    acknowledged_(request.topic, Partition(static_cast<uint32_t>(message.partition)),
                  Offset(static_cast<uint64_t>(message.offset)));
  }
  Answer(request, 1, std::move(error));
}

std::optional<int64_t> KafkaProducer::OldestUnderWayMs() const {
  std::lock_guard lock(mutex_);
  if (began_ms_.empty()) return std::nullopt;
  return *began_ms_.begin();
}

void KafkaProducer::Poll() {
  while (!stopping_.load()) {
    rd_kafka_poll(client_->handle.get(), kPollMs);
    if (callbacks_.fatal.load()) ReplaceClient();
  }
  // message.timeout.ms bounds it; what a broken client keeps is given up.
  rd_kafka_t* handle = client_->handle.get();
  rd_kafka_flush(handle, options_.append_timeout_ms);
  rd_kafka_purge(handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  while (rd_kafka_outq_len(handle) > 0) rd_kafka_poll(handle, kPollMs);
}

void KafkaProducer::ReplaceClient() {
  std::array<char, 512> reason{};
  rd_kafka_fatal_error(client_->handle.get(), reason.data(), reason.size());
  logger_.Warning(fmt::format("Kafka at {}: the producer failed and is made anew: {}",
                              options_.brokers, reason.data()));
  auto fresh = MakeClient();
  if (!fresh.ok()) {
    logger_.Error(fresh.error().message);
    std::this_thread::sleep_for(std::chrono::milliseconds(kPollMs));
    return;
  }
  std::unique_ptr<Client> old = std::move(fresh).value();
  callbacks_.fatal.store(false);
  {
    std::unique_lock lock(client_mutex_);
    std::swap(client_, old);
  }
  rd_kafka_t* handle = old->handle.get();
  rd_kafka_purge(handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  while (rd_kafka_outq_len(handle) > 0) rd_kafka_poll(handle, kPollMs);
  // An error that the old client told meanwhile is not the new one's.
  callbacks_.fatal.store(rd_kafka_fatal_error(client_->handle.get(), nullptr, 0) !=
                         RD_KAFKA_RESP_ERR_NO_ERROR);
}

}  // namespace adtally
