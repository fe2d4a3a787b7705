#pragma once

#include <string>

#include "aggregator/block_inserter.h"
#include "aggregator/checkpoint_store.h"
#include "aggregator/id_cache.h"
#include "base/result.h"
#include "counting/checkpoint.h"

namespace adtally {

// Puts one checkpoint into the store, so that doing it again, after a crash or by another
// aggregator at the same moment, changes nothing:
//
//   1. skip everything but step 8 when progress is at or beyond its end; refuse when progress has
//      not reached its begin, since progress beyond a gap would lose the gap;
//   2. ask which of its hours already hold its receipt;
//   3. insert each of the others, rows and receipt in one block, under a token made of its place in
//   the log;
//   4. the same for its conversions by click: which months hold their receipt, insert the others;
//   5. insert its ledger rows, which replace themselves;
//   6. insert its reach, of which the store takes the union;
//   7. write progress, only now: whatever lies before progress is in the store;
//   8. remember its ids in the local cache, which may fail without harm.
//
// The receipt covers crashes; the token covers another aggregator that delivers the same checkpoint
// at this moment. An insert that failed may have left its token behind without its rows (a plain
// MergeTree writes the token first), and then the same insert again is skipped in silence. So after
// a failed insert the receipts are asked for again at the end, and what is still missing goes in
// under a new token. A store that keeps such tokens over its restarts is asked again every time.
//
// One call a step, so that a simulation can interleave and crash deliveries anywhere. Not
// thread-safe.
class Delivery {
 public:
  // Everything outlives the delivery. `topic` names the log in the tokens.
  Delivery(const Checkpoint& checkpoint, std::string topic, CheckpointStore& store, IdCache& cache);
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  // Does the next step; true when all are done. After an error the same step is tried again by the
  // next call.
  Result<bool> Step();

  // What step 8 returned.
  const Result<void>& cache_result() const { return cache_result_; }

 private:
  enum class Stage { kCheckProgress, kRows, kClicks, kLedger, kReach, kProgress, kCache, kDone };

  Result<void> CheckProgress();
  BlockInserter::Calls MinuteCalls();
  BlockInserter::Calls ClickCalls();

  const Checkpoint& checkpoint_;
  const std::string topic_;
  CheckpointStore& store_;
  IdCache& cache_;
  Stage stage_ = Stage::kCheckProgress;
  BlockInserter rows_;    // by hour
  BlockInserter clicks_;  // by month
  Result<void> cache_result_;
};

// "topic/partition/begin-end/block": the same for the same records, whoever delivers them; with
// "/retry" when that is not 0. Blocks are named by their hour, those of clicks "clicks-202611".
std::string DeduplicationToken(const std::string& topic, const Checkpoint& checkpoint,
                               const std::string& block, int retry = 0);

}  // namespace adtally
