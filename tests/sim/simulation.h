#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/mishaps.h"
#include "sim/process.h"
#include "sim/sender.h"
#include "testing/crash_points.h"
#include "testing/manual_clock.h"
#include "testing/memory_checkpoint_store.h"
#include "testing/memory_log.h"

namespace adtally {

// Runs the real aggregator parts over an in-memory log and store, single-threaded: a seed decides
// which step comes next, what fails and what crashes where. At the end everything is delivered and
// compared with the oracle.
class Simulation final : private Process::World {
 public:
  struct Options {
    uint64_t seed = 0;
    uint32_t partitions = 2;
    int requests = 120;
    // Embedded: one process with the log and the store inside: a crash takes all of it, and the
    // store forgets its tokens when it starts. Several: the log and the store outlive the
    // processes, and tokens are written with their parts.
    Setting setting = Setting::kEmbedded;
    // Aggregators that are alive at the same time in kSeveral.
    int processes = 3;
    bool trace = false;

    // Embedded only: a server that outlives kill -9 as a plain MergeTree does keeps its tokens, and
    // says so (see CheckpointStore::MayKeepTokensWithoutRows).
    bool store_forgets_tokens = true;
    bool store_may_keep_tokens = false;

    // Planted bugs.
    bool drop_too_much = false;           // see Process
    bool sender_trusts_failures = false;  // see Sender
    Plant plant = {};
  };

  // `coverage` outlives the simulation and gets what happened added.
  Simulation(const Options& options, Coverage& coverage);
  ~Simulation() override;

  // Runs to the end. Empty when every number equals the oracle's, otherwise what differs.
  std::string Run();

 private:
  void Built(const Checkpoint& checkpoint) override;
  void Restarted(const Process& process) override;
  bool IsOfOtherHistory(Partition partition, const IdCache::Last& entry) override;
  void RunOthers(const Process& running) override;

  Process& AnyProcess() { return *processes_[mishaps_.Pick(processes_.size())]; }
  CountingOptions DrawCounting();
  void Step();
  void CrashEverything();
  void SaveOrRestore();
  void StopEverything();
  void RestoreStore();
  void RestoreLog();
  bool CanRestart(const MemoryCheckpointStore::Contents& contents);
  void DamageCaches();
  void CacheLostBoundary(Process& process);
  std::set<std::string> EventIdsInHistory() const;
  // Copies what the log took since the last call: retention may drop it from the log.
  void RememberRecords();

  std::string Finish();
  std::string DeliverEverything();
  std::string Compare();
  std::string CompareLedger(const std::map<Minute, LedgerRow>& expected) const;
  std::string CompareBoundaries() const;

  const Options options_;
  Coverage& coverage_;
  Mishaps mishaps_;
  const CountingOptions counting_;
  ManualClock clock_;
  CrashPoints crash_points_;
  MemoryLog log_;
  MemoryCheckpointStore store_;
  std::vector<std::unique_ptr<Process>> processes_;
  Sender sender_;
  bool running_others_ = false;
  // Copies of the folders, all of the same moment.
  struct Saved {
    MemoryCheckpointStore::Contents store;
    std::shared_ptr<const MemoryLog::Contents> log;
    std::vector<uint64_t> records;  // by partition
  };
  std::optional<Saved> saved_;
  std::unique_ptr<MemoryIdCache> saved_cache_;
  std::vector<RecordBatch> history_;  // by partition: every record that the log ever took
  std::map<std::pair<Partition, Offset>, Checkpoint> built_;  // by partition and begin
  std::string failure_;
};

}  // namespace adtally
