#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "generator/batch_delivery.h"
#include "generator/batch_target.h"
#include "generator/campaign_model.h"
#include "generator/generator.h"
#include "generator/random.h"
#include "generator/repeats.h"
#include "generator/traffic_stream.h"
#include "generator/truth.h"

namespace adtally {

// Events a second that event times and lags are laid out for when no rate is given.
inline constexpr double kDefaultEventsPerSecond = 20'000;

// What all clients of a run share. Created before them, outlives them.
struct GeneratorRun {
  GeneratorRun(const GeneratorOptions& run_options, const Clock& run_clock, Logger& run_logger);

  const GeneratorOptions options;
  const Clock& clock;
  Logger& logger;
  const int64_t start_ms;          // event time of the first event, or the clock when the run began
  const int64_t start_micros;      // monotonic
  const double events_per_second;  // that event times and lags are laid out for
  const uint64_t run_id;           // the first half of every event_id
  const CampaignModel model;
  std::stop_source stop;                 // asked by the caller, or after a failure
  std::vector<RepeatMailbox> mailboxes;  // one per client
  BatchDeliveryState delivery;

  // Of acknowledged batches.
  std::atomic<uint64_t> events{0}, duplicates{0}, late{0}, requests{0}, bytes{0};
};

// One client: makes its stream's events, batch by batch, and sends them. One thread at a time.
class ClientWorker {
 public:
  ClientWorker(GeneratorRun& run, uint32_t client, std::unique_ptr<BatchTarget> target);

  // Sends everything that the client has to send. Returns early without an error when the run is
  // stopped.
  Result<void> Run();
  // Sends what other clients put into this one's mailbox after it was done.
  Result<void> SendLeftovers();

  // Of the events acknowledged to this client; empty unless the run wants a truth.
  const Truth& truth() const { return truth_; }

 private:
  // How a repeat goes: not at all, in the same batch, in a later one, through another client.
  enum class Repeat { kNone, kSameBatch, kLater, kOtherClient };

  uint32_t EventsPerBatch() const;
  bool WaitForTurn();
  void BuildBatch();
  void AddNew();
  void AddRepeat(const GeneratedEvent& event);
  void Encode(const GeneratedEvent& event);
  Repeat DrawRepeat();
  int64_t EventClock() const;
  Result<bool> SendBatch();
  void Commit();

  GeneratorRun& run_;
  const uint32_t client_;
  std::unique_ptr<BatchTarget> target_;
  BatchDelivery delivery_;
  TrafficStream stream_;
  Random repeat_random_;  // apart from the stream's, so that repeats do not change the events
  RepeatSchedule schedule_;
  Truth truth_;

  // The batch being built or sent.
  std::string body_;
  std::vector<GeneratedEvent> fresh_;
  std::vector<Repeat> repeat_of_fresh_;
  std::vector<GeneratedEvent> repeats_;
};

}  // namespace adtally
