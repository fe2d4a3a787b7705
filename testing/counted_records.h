#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "counting/partition_counter.h"
#include "testing/naive_counter.h"
#include "testing/random_log.h"

namespace adtally {

// For tests that count the same records in two ways.

using Records = std::vector<RandomLog::GeneratedRecord>;

// Records that are hard to count: sizes around the batches of the counter, retries that differ,
// broken and empty records, gaps of hours and days.
Records RoughRecords(uint64_t seed, size_t count);

// Where checkpoints end: offsets above 0, ascending, the last one is the end of the records. As in
// the product, each checkpoint stays within one append hour, besides ending at random.
std::vector<size_t> RandomCuts(const Records& records, uint64_t seed, size_t max_records);

// Counts the records [from, to), which begin a checkpoint or continue it.
void CountRecords(PartitionCounter& counter, const Records& records, size_t from, size_t to);
// Counts everything in order, cut at `cuts`.
std::vector<Checkpoint> CountStraight(const Records& records, const std::vector<size_t>& cuts,
                                      const CountingOptions& options);
// The same by the oracle.
std::vector<Checkpoint> CountNaively(const Records& records, const std::vector<size_t>& cuts,
                                     const CountingOptions& options);

// Without what two right answers may differ in: bits of ids that deduplication does not use, and
// ledger rows of minutes in which nothing was received.
Checkpoint Normalized(Checkpoint checkpoint);
std::vector<Checkpoint> Normalized(std::vector<Checkpoint> checkpoints);

// What checkpoints sum to, wherever they were cut.
struct Sums {
  std::map<MinuteKey, Measures> rows;
  std::map<Minute, LedgerRow> ledger;
  std::map<uint32_t, std::vector<Hash128>> new_ids;  // by hour, in log order
  std::map<ReachKey, std::set<uint64_t>> reach;
  std::map<MinuteKey, ClickMeasures> clicks;

  friend bool operator==(const Sums&, const Sums&) = default;
};
Sums SumsOf(std::span<const Checkpoint> checkpoints);

}  // namespace adtally
