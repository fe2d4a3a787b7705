#include "generator/client_worker.h"

#include <algorithm>
#include <bit>

#include "generator/event_writer.h"
#include "generator/pause.h"

namespace adtally {
namespace {

constexpr double kBatchesPerSecond = 10;  // of a paced client, at least
constexpr double kRepeatInSameBatch = 0.2;
constexpr double kRepeatByOtherClient = 0.1;
constexpr size_t kBytesPerEvent = 320;
constexpr uint64_t kRepeatSalt = 0x7265706561747321;  // any constant: separates the two generators

uint64_t RunId(const GeneratorOptions& o, int64_t start_ms) {
  uint64_t id = MixBits(o.seed);
  for (uint64_t part :
       {static_cast<uint64_t>(start_ms), o.events, uint64_t{o.clients}, uint64_t{o.campaigns},
        uint64_t{o.campaigns_per_advertiser}, std::bit_cast<uint64_t>(o.zipf),
        std::bit_cast<uint64_t>(o.late), std::bit_cast<uint64_t>(o.rate)}) {
    id = CombineSeeds(id, part);
  }
  return id;
}

TrafficShape ShapeOf(const GeneratorRun& run, uint32_t client) {
  const GeneratorOptions& o = run.options;
  TrafficShape shape;
  shape.seed = o.seed;
  shape.client = client;
  shape.events = o.events / o.clients + (client < o.events % o.clients ? 1 : 0);
  shape.late = o.late;
  shape.users = o.users;
  shape.events_per_second = run.events_per_second / o.clients;
  return shape;
}

}  // namespace

GeneratorRun::GeneratorRun(const GeneratorOptions& run_options, const Clock& run_clock,
                           Logger& run_logger)
    : options(run_options),
      clock(run_clock),
      logger(run_logger),
      start_ms(options.start_ms.value_or(clock.NowMs())),
      start_micros(clock.MonotonicMicros()),
      events_per_second(options.rate > 0 ? options.rate : kDefaultEventsPerSecond),
      run_id(RunId(options, start_ms)),
      model(options.campaigns, options.zipf, options.seed, options.campaigns_per_advertiser),
      mailboxes(options.clients) {}

ClientWorker::ClientWorker(GeneratorRun& run, uint32_t client, std::unique_ptr<BatchTarget> target)
    : run_(run),
      client_(client),
      target_(std::move(target)),
      delivery_(
          *target_, run.options.give_up_ms, run.clock,
          [token = run.stop.get_token()](int64_t ms) { return PauseUnlessStopped(token, ms); },
          run.delivery, run.logger),
      stream_(run.model, ShapeOf(run, client)),
      repeat_random_(CombineSeeds(run.options.seed ^ kRepeatSalt, client)) {
  body_.reserve(EventsPerBatch() * kBytesPerEvent);
  fresh_.reserve(EventsPerBatch());
  repeat_of_fresh_.reserve(EventsPerBatch());
}

Result<void> ClientWorker::Run() {
  while (!stream_.done() || !schedule_.empty()) {
    if (!WaitForTurn()) return {};
    BuildBatch();
    ADTALLY_ASSIGN(const bool accepted, SendBatch());
    if (!accepted) return {};
  }
  return {};
}

Result<void> ClientWorker::SendLeftovers() {
  for (const GeneratedEvent& event : run_.mailboxes[client_].Take()) schedule_.AddNow(event);
  return Run();
}

uint32_t ClientWorker::EventsPerBatch() const {
  const GeneratorOptions& o = run_.options;
  if (o.rate == 0) return o.batch;
  const double paced = o.rate / o.clients / kBatchesPerSecond;
  return static_cast<uint32_t>(std::clamp<double>(paced, 1, o.batch));
}

bool ClientWorker::WaitForTurn() {
  const std::stop_token token = run_.stop.get_token();
  if (token.stop_requested()) return false;
  if (run_.options.rate == 0 || stream_.done()) return true;
  const double per_second = run_.options.rate / run_.options.clients;
  const auto due =
      static_cast<int64_t>(static_cast<double>(stream_.next_index()) * 1e6 / per_second);
  const int64_t wait_micros = run_.start_micros + due - run_.clock.MonotonicMicros();
  return wait_micros <= 0 || PauseUnlessStopped(token, (wait_micros + 999) / 1000);
}

void ClientWorker::BuildBatch() {
  body_.clear();
  fresh_.clear();
  repeat_of_fresh_.clear();
  repeats_.clear();
  schedule_.NextBatch();
  for (const GeneratedEvent& event : run_.mailboxes[client_].Take()) schedule_.AddNow(event);

  for (uint32_t n = EventsPerBatch(); n > 0 && schedule_.HasDue(); --n) {
    AddRepeat(schedule_.TakeDue());
  }
  for (uint32_t n = EventsPerBatch(); n > 0 && !stream_.done(); --n) AddNew();
  for (size_t i = 0; i < fresh_.size(); ++i) {
    if (repeat_of_fresh_[i] == Repeat::kSameBatch) AddRepeat(fresh_[i]);
  }
}

void ClientWorker::AddNew() {
  fresh_.push_back(stream_.Next(EventClock()));
  repeat_of_fresh_.push_back(DrawRepeat());
  Encode(fresh_.back());
}

void ClientWorker::AddRepeat(const GeneratedEvent& event) {
  Encode(event);
  repeats_.push_back(event);
}

void ClientWorker::Encode(const GeneratedEvent& event) {
  if (run_.options.format == GeneratorFormat::kJson) {
    AppendJsonLine(event, run_.run_id, body_);
  } else {
    AppendProtobuf(event, run_.run_id, body_);
  }
}

ClientWorker::Repeat ClientWorker::DrawRepeat() {
  if (!repeat_random_.Chance(run_.options.duplicates)) return Repeat::kNone;
  const double kind = repeat_random_.Unit();
  if (kind < kRepeatInSameBatch) return Repeat::kSameBatch;
  const bool others = run_.options.clients > 1;
  if (others && kind < kRepeatInSameBatch + kRepeatByOtherClient) return Repeat::kOtherClient;
  return Repeat::kLater;
}

int64_t ClientWorker::EventClock() const {
  if (!run_.options.start_ms) return run_.clock.NowMs();
  const auto position = static_cast<double>(stream_.next_index() * run_.options.clients + client_);
  return run_.start_ms + static_cast<int64_t>(position * 1000 / run_.events_per_second);
}

Result<bool> ClientWorker::SendBatch() {
  if (body_.empty()) return true;  // repeats are waiting for a later batch
  ADTALLY_ASSIGN(const bool accepted, delivery_.Deliver(body_));
  if (accepted) Commit();
  return accepted;
}

void ClientWorker::Commit() {
  uint64_t late = 0;
  for (size_t i = 0; i < fresh_.size(); ++i) {
    const GeneratedEvent& event = fresh_[i];
    if (event.late) ++late;
    if (!run_.options.truth_path.empty()) truth_.Add(event);
    // Only now: a repeat of an event that was given up on would be its first copy.
    if (repeat_of_fresh_[i] == Repeat::kLater) {
      schedule_.Add(1 + repeat_random_.Below(RepeatSchedule::kMaxBatchesLater), event);
    } else if (repeat_of_fresh_[i] == Repeat::kOtherClient) {
      run_.mailboxes[(client_ + 1) % run_.options.clients].Put(event);
    }
  }
  if (!run_.options.truth_path.empty()) {
    for (const GeneratedEvent& event : repeats_) truth_.AddRepeat(event);
  }
  run_.events += fresh_.size();
  run_.duplicates += repeats_.size();
  run_.late += late;
  run_.requests += 1;
  run_.bytes += body_.size();
}

}  // namespace adtally
