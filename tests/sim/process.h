#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "aggregator/checkpoint_builder.h"
#include "aggregator/delivery.h"
#include "sim/calls.h"
#include "sim/faulty_cache.h"
#include "sim/faulty_log.h"
#include "sim/faulty_store.h"
#include "testing/memory_checkpoint_store.h"
#include "testing/memory_id_cache.h"

namespace adtally {

// What a test puts between the code under test in one process and its log, store and cache: where
// it plants a bug. Null: nothing.
struct Planted {
  std::unique_ptr<EventLog> log;
  std::unique_ptr<CheckpointStore> store;
  std::unique_ptr<IdCache> cache;
};
using Plant = std::function<Planted(EventLog&, CheckpointStore&, IdCache&)>;

// One aggregator process, assigned all partitions: of each, PartitionWorker's two threads as steps.
// As there, the next checkpoint is counted while one is delivered and another may wait in between.
class Process {
 public:
  // What the process is part of.
  class World {
   public:
    virtual ~World() = default;
    virtual void Built(const Checkpoint& checkpoint) = 0;
    // The process ended and starts again, which takes the store with it when that is inside.
    virtual void Restarted(const Process& process) = 0;
    // Whether the log does not hold what the entry was counted from.
    virtual bool IsOfOtherHistory(Partition partition, const IdCache::Last& entry) = 0;
    // Lets others do something between two calls of `running`.
    virtual void RunOthers(const Process& running) = 0;
  };

  struct Parts {
    int number;  // of the process, for traces
    World& world;
    Mishaps& mishaps;
    EventLog& log;
    MemoryCheckpointStore& store;
    CrashPoints* crash_points;  // of a process with everything inside
    CountingOptions counting;
    // Planted bug: retention drops everything that is delivered.
    bool drop_too_much = false;
  };

  // Everything in `parts` outlives the process.
  Process(const Parts& parts, const Plant& plant);

  // Sleeps, ends, or does one step of some partition.
  void Step();
  // One step of the partition.
  void Step(Partition partition);
  void Restart();
  void WakeUp();

  bool paused() const { return paused_ > 0; }
  // Counted and delivered everything that it found in the log, or cannot go on.
  bool idle() const { return idle_steps_ > 100; }
  MemoryIdCache& cache() { return memory_cache_; }
  bool counts(Partition partition) const { return tasks_[partition.value].builder != nullptr; }

 private:
  struct Task {
    std::unique_ptr<PartitionCounter> counter;
    std::unique_ptr<CheckpointBuilder> builder;
    std::deque<Checkpoint> outstanding;  // the first is being delivered
    std::unique_ptr<Delivery> delivery;
  };

  void DrawOptions();
  void GiveUp(Partition partition);
  void Recover(Task& task, Partition partition);
  void Count(Task& task);
  void Deliver(Task& task);
  void DropOld(const Checkpoint& delivered);
  void NoteWhatCacheHolds(Partition partition, const Progress& progress);
  void Trace(std::string_view what, Partition partition, Offset begin, Offset end) const;
  void NoteHowItEnds();
  void NoteHowItComesBack();

  const Parts parts_;
  Mishaps& mishaps_;
  Calls calls_;
  MemoryIdCache memory_cache_;
  FaultyLog faulty_log_;
  FaultyStore faulty_store_;
  FaultyCache faulty_cache_;
  const Planted planted_;
  EventLog& log_;
  CheckpointStore& store_;
  IdCache& cache_;
  AggregatorOptions options_;
  std::vector<Task> tasks_;
  int paused_ = 0;  // steps to sleep through: a zombie that comes back
  int idle_steps_ = 0;
};

}  // namespace adtally
