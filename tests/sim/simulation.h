#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "aggregator/checkpoint_builder.h"
#include "aggregator/delivery.h"
#include "testing/crash_points.h"
#include "testing/manual_clock.h"
#include "testing/memory_checkpoint_store.h"
#include "testing/memory_id_cache.h"
#include "testing/memory_log.h"
#include "testing/random_log.h"

namespace adtally {

// Runs the real aggregator parts over an in-memory log and store, single-threaded: a seed decides
// which step comes next, what fails and what crashes where. At the end everything is delivered and
// compared with the oracle.
class Simulation {
 public:
  // Wraps the store of one process: where a test plants a bug.
  using WrapStore = std::function<std::unique_ptr<CheckpointStore>(CheckpointStore&)>;

  struct Options {
    uint64_t seed = 0;
    uint32_t partitions = 2;
    int records = 120;
    // Aggregators that are alive at the same time, each assigned all partitions.
    int processes = 1;
    // One process with the log and the store inside: a crash takes all of it, and the store forgets
    // its tokens when it starts. Otherwise the store outlives the aggregators, and its tokens are
    // written with their parts.
    bool embedded = true;
    bool store_forgets_tokens = true;
    // Planted bug: retention drops everything that is delivered, as if no restart would read it
    // again.
    bool drop_too_much = false;
    WrapStore wrap_store = {};  // empty: the store as it is
  };

  explicit Simulation(Options options);
  ~Simulation();

  // Runs to the end. Empty when every number equals the oracle's, otherwise what differs.
  std::string Run();

 private:
  struct PartitionTask;
  struct Process;

  void Append();
  // Copies what the log took since the last call: retention may drop it from the log.
  void RememberRecords();
  void Step(Process& process);
  void StepPartition(Process& process, PartitionTask& task);
  void StepDelivery(Process& process, PartitionTask& task);
  void DropOld(Process& process, const Checkpoint& delivered);
  void Restart(Process& process);
  void CrashEverything();
  void DamageCaches();
  void CheckSame(const Checkpoint& checkpoint);
  std::string Finish();
  std::string Compare();
  bool Chance(double p);
  size_t Pick(size_t count);

  const Options options_;
  std::mt19937_64 random_;
  ManualClock clock_;
  CrashPoints crash_points_;
  MemoryLog log_;
  MemoryCheckpointStore store_;
  std::vector<std::unique_ptr<Process>> processes_;
  RandomLog traffic_;
  std::map<std::string, std::vector<RandomLog::Item>> items_by_payload_;
  std::vector<std::vector<Record>> history_;  // by partition: every record that the log ever took
  std::map<std::pair<Partition, Offset>, Checkpoint> seen_checkpoints_;
  std::string failure_;
};

}  // namespace adtally
