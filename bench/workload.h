#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong.h"
#include "event/event.h"
#include "generator/alias_table.h"

namespace adtally::bench {

struct WorkloadOptions {
  uint64_t seed = 1;  // workloads of different seeds share no event id
  // Campaigns are drawn evenly with 0, otherwise with a probability of 1 / rank^zipf.
  double zipf = 0;
  uint32_t campaigns = 10'000;
  // How many events meet in one (minute, dimensions) of a checkpoint, on average: a number from 1,
  // where 1 gives every event a row of its own, or kOneRow.
  double events_per_row = 3;
  uint64_t events_per_checkpoint = 1'000'000;
  double duplicates = 0.01;  // share of events that repeat an earlier one, byte by byte
  // How far back the repeated one lies, at most.
  uint64_t duplicate_distance = 1'000'000;
  uint64_t users = 0;                       // who events are of, evenly; 0: nobody says
  EventTime first_time{1'790'000'000'000};  // event times rise from here, at this rate:
  uint64_t events_per_second = 500'000;
};

// Every event the same but for its id and time: what is left of counting when folding costs
// nothing.
inline constexpr double kOneRow = 0;

inline constexpr size_t kWorkloadIdBytes = 36;
using WorkloadId = std::array<char, kWorkloadIdBytes>;

// What the events of a workload must add up to, each event id counted once.
struct Truth {
  uint64_t received = 0;
  uint64_t counted = 0;
  uint64_t impressions = 0;
  uint64_t clicks = 0;
  uint64_t conversions = 0;
  int64_t spend_micros = 0;
  int64_t value_micros = 0;
  // sum(campaign_id * (1 + cost_micros + value_micros)): tells apart sums that are right in total
  // but were put under the wrong campaign.
  int64_t checksum = 0;

  void Add(const Event& event);
  friend bool operator==(const Truth&, const Truth&) = default;
};

// An endless stream of events for benchmarks. The n-th event is a function of the options and n:
// any part can be made at any time, by any thread. Ids look like random UUIDs. Immutable, hence
// thread-safe.
class Workload {
 public:
  explicit Workload(const WorkloadOptions& options);

  // The n-th event; its event_id lives in `id`.
  Event At(uint64_t n, WorkloadId& id) const;
  // Whether the n-th event repeats one before it.
  bool IsDuplicate(uint64_t n) const;

  const WorkloadOptions& options() const { return options_; }

 private:
  Event Original(uint64_t n, WorkloadId& id) const;
  uint64_t OriginalOf(uint64_t n) const;
  uint64_t SliceOf(uint64_t n, uint64_t random) const;

  const WorkloadOptions options_;
  const std::vector<double> weights_;
  const AliasTable campaigns_;
  const uint64_t duplicate_below_;  // out of 2^64
  const uint64_t slices_;           // per campaign: ad group, creative, device, country, region
};

enum class Encoding { kProtobuf, kNdjson };

// Records back to back in one buffer, as a log or a file holds them.
struct Records {
  std::string bytes;
  std::vector<size_t> ends;  // ends[i] is where record i ends in `bytes`
  uint64_t events = 0;

  void Clear();
  size_t size() const { return ends.size(); }
  std::string_view operator[](size_t i) const;
};

// Appends the event to what is an EventBatch, or NDJSON.
void AppendEvent(const Event& event, Encoding encoding, std::string& out);

// Replaces `records` by the events [first, first + count), `events_per_record` in each, and adds
// them to `truth`.
void Encode(const Workload& workload, uint64_t first, uint64_t count, uint64_t events_per_record,
            Encoding encoding, Records& records, Truth& truth);

}  // namespace adtally::bench
