#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "aggregator/checkpoint_store.h"
#include "aggregator/id_cache.h"
#include "base/result.h"
#include "counting/checkpoint.h"

namespace adtally {

// Puts one checkpoint into the store, so that doing it again, after a crash or by another
// aggregator at the same moment, changes nothing:
//
//   1. skip everything but step 7 when progress is at or beyond its end; refuse when progress has
//      not reached its begin, since progress beyond a gap would lose the gap;
//   2. ask which of its hours already hold its receipt;
//   3. insert each of the others, rows and receipt in one block, under a token made of its place in
//   the log;
//   4. insert its ledger rows, which replace themselves;
//   5. insert its reach, of which the store takes the union;
//   6. write progress, only now: whatever lies before progress is in the store;
//   7. remember its ids in the local cache, which may fail without harm.
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

  // Does the next step; true when all are done. After an error the same step is tried again by the
  // next call.
  Result<bool> Step();

  // What step 7 returned.
  const Result<void>& cache_result() const { return cache_result_; }

 private:
  enum class Stage { kCheckProgress, kReceipts, kRows, kLedger, kReach, kProgress, kCache, kDone };
  // The rows of one hour: [first, last) of the checkpoint's rows.
  struct Block {
    uint32_t hour;
    size_t first;
    size_t last;
  };

  Result<void> CheckProgress();
  Result<void> AskReceipts();
  Result<void> InsertNextBlock();

  const Checkpoint& checkpoint_;
  const std::string topic_;
  CheckpointStore& store_;
  IdCache& cache_;
  Stage stage_ = Stage::kCheckProgress;
  std::vector<Block> blocks_;  // all hours of the checkpoint
  // Those whose receipt was not found and that were not inserted since.
  std::vector<Block> missing_;
  // For receipts before the ledger: an insert failed since they were asked for, or may always have
  // been skipped.
  bool ask_again_ = false;
  int retry_ = 0;  // how often rows were missing after their inserts had succeeded
  Result<void> cache_result_;
};

// "topic/partition/begin-end/hour": the same for the same records, whoever delivers them; with
// "/retry" when that is not 0.
std::string DeduplicationToken(const std::string& topic, const Checkpoint& checkpoint,
                               uint32_t hour, int retry = 0);

}  // namespace adtally
