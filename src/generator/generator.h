#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"

namespace adtally {

enum class GeneratorFormat { kJson, kProtobuf };

// What to generate and where to send it. The defaults are those of `adtally generate`.
struct GeneratorOptions {
  // "http://HOST:PORT" of an edge, or the path of a file, which is replaced: NDJSON, or one
  // EventBatch in protobuf.
  std::string to;
  std::string key;  // of role ingest or admin; sent as a bearer key unless empty

  uint64_t events = 1'000'000;  // unique ones; repeats come on top
  double rate = 0;              // unique events a second, of all clients; 0: as fast as possible
  uint64_t seed = 1;
  double duplicates = 0.007;    // share of the events that are sent a second time, [0, 1]
  double late = 0.005;          // share whose event time lies 2 minutes to 3 hours back, [0, 1]
  double zipf = 1.1;            // exponent of the popularity of campaigns, [0, 5]
  uint32_t campaigns = 10'000;  // [1, 10,000,000]
  uint32_t campaigns_per_advertiser = 20;  // at least 1
  uint32_t users = 2'000'000;              // people of the audience; 0: events have no user_id

  // Event time of the first event, ms since the epoch; the others follow at `rate` (20,000 a second
  // when that is 0). Without it event times follow the clock.
  std::optional<int64_t> start_ms;

  uint32_t clients = 4;  // threads with a connection each, [1, 256]; one for a file, always
  uint32_t batch = 500;  // most new events per request, [1, 20,000]; repeats come on top
  GeneratorFormat format = GeneratorFormat::kJson;
  std::string truth_path;  // where to write the right totals (see truth.h); empty: nowhere

  int give_up_ms = 120'000;         // how long a batch is sent again and again before the run fails
  int request_timeout_ms = 30'000;  // without an answer for that long counts as a failure
  std::stop_token stop;  // ends the run early; what was acknowledged by then is in the truth
};

// How far a run is, or how far it came. Events under way are in none of the counts.
struct GeneratorSummary {
  uint64_t events = 0;      // unique events acknowledged
  uint64_t duplicates = 0;  // repeats acknowledged
  uint64_t late = 0;        // of `events`, those with an event time in the past
  uint64_t requests = 0;    // acknowledged
  uint64_t bytes = 0;       // of their bodies
  uint64_t retries = 0;     // times that a request was sent again after a failure
  double seconds = 0;
  bool stopped = false;  // by the stop token, before the end
};

// Called about twice a second and once at the end, from the thread that called Generate.
using GeneratorProgress = std::function<void(const GeneratorSummary&)>;

// Sends the traffic and returns when all of it is acknowledged. Blocks; uses `clients` threads.
//
// Reproducible: the same options give each client the same events in the same order, apart from the
// time base. Event ids derive from the seed, the start and everything else that shapes the events,
// but not from `users`, `duplicates`, `batch`, `format` or `to`. So a second run with the same
// options and the same start sends only duplicates; without `start_ms` the start is the clock's
// time, and each run sends new events.
//
// A failed request (no connection, no answer, 408, 429 or 5xx) is sent again with the same content
// until it is accepted, as producers do. Fails when a batch was not accepted within `give_up_ms`,
// when an answer says that trying again is useless, or when the target rejects events; the truth is
// written all the same and covers what was acknowledged.
Result<GeneratorSummary> Generate(const GeneratorOptions& options, const Clock& clock,
                                  Logger& logger, const GeneratorProgress& progress = {});

}  // namespace adtally
