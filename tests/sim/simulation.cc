#include "sim/simulation.h"

#include <fmt/format.h>

#include <limits>

#include "aggregator/dedup_recovery.h"
#include "aggregator/retention.h"
#include "base/hash.h"
#include "event/protobuf_codec.h"
#include "testing/naive_counter.h"

namespace adtally {
namespace {

AggregatorOptions SmallOptions() {
  AggregatorOptions options;
  options.counting.dedup_page_bits = 6;
  options.max_checkpoint_records = 12;
  options.max_checkpoint_rows = 60;
  options.read_bytes = 2000;
  options.log_retention_hours = 27;
  return options;
}

}  // namespace

// What one process does for one partition: PartitionWorker's two threads, as steps. As there, the
// next checkpoint is counted while one is delivered and another may wait in between.
struct Simulation::PartitionTask {
  std::unique_ptr<PartitionCounter> counter;
  std::unique_ptr<CheckpointBuilder> builder;
  std::deque<Checkpoint> outstanding;  // the first is being delivered
  std::unique_ptr<Delivery> delivery;
};
constexpr size_t kMaxOutstanding = 3;

struct Simulation::Process {
  explicit Process(CrashPoints* crash_points) : cache(crash_points) {}
  MemoryIdCache cache;
  std::unique_ptr<CheckpointStore> wrapped_store;
  CheckpointStore* store = nullptr;
  std::vector<PartitionTask> tasks;
  // Steps to sleep through: a zombie that comes back.
  int paused = 0;
};

Simulation::Simulation(Options options)
    : options_(options),
      random_(options.seed),
      clock_(RandomLog::Options().start_ms),
      log_(options.partitions, clock_, options.embedded ? &crash_points_ : nullptr),
      store_(options.embedded ? &crash_points_ : nullptr),
      traffic_(options.seed ^ 0x5eed, {.max_events_per_record = 8}),
      history_(options.partitions) {
  log_.BlockInWaits(false);
  for (int i = 0; i < options.processes; ++i) {
    auto& process = *processes_.emplace_back(
        std::make_unique<Process>(options.embedded ? &crash_points_ : nullptr));
    if (options_.wrap_store) process.wrapped_store = options_.wrap_store(store_);
    process.store = process.wrapped_store ? process.wrapped_store.get() : &store_;
    process.tasks.resize(options.partitions);
  }
}

Simulation::~Simulation() = default;

bool Simulation::Chance(double p) {
  return std::uniform_real_distribution<>(0, 1)(random_) < p;
}

size_t Simulation::Pick(size_t count) {
  return std::uniform_int_distribution<size_t>(0, count - 1)(random_);
}

std::string Simulation::Run() {
  if (options_.embedded) crash_points_.Arm(1 + Pick(150));
  for (int appended = 0; appended < options_.records && failure_.empty();) {
    if (Chance(0.12)) {
      Append();
      ++appended;
    } else {
      Step(*processes_[Pick(processes_.size())]);
    }
    if (crash_points_.crashed()) CrashEverything();
  }
  return failure_.empty() ? Finish() : failure_;
}

void Simulation::Append() {
  const RandomLog::GeneratedRecord record = traffic_.Next();
  clock_.Set(record.append_time.value);
  // Duplicates meet in one partition, as the edge sees to it.
  std::map<uint32_t, EventLog::Append> by_partition;
  std::map<uint32_t, std::vector<RandomLog::Item>> items;
  for (const RandomLog::Item& item : record.items) {
    const uint32_t partition = PartitionOf(HashBytes(item.event_id), options_.partitions);
    EventLog::Append& append = by_partition[partition];
    append.partition = Partition(partition);
    if (item.broken) {
      append.payload = record.payload;
    } else {
      Event event = item.event;
      event.event_id = item.event_id;
      AppendToBatch(event, append.payload);
    }
    items[partition].push_back(item);
  }
  std::vector<EventLog::Append> appends;
  for (auto& [partition, append] : by_partition) {
    items_by_payload_[append.payload] = items[partition];
    appends.push_back(std::move(append));
  }
  log_.AppendAsync(std::move(appends), [](const Result<void>&) {});
}

void Simulation::RememberRecords() {
  for (uint32_t i = 0; i < options_.partitions; ++i) {
    std::vector<Record> records;
    const Offset known(history_[i].size());
    const auto read = log_.Read(Partition(i), known, Offset(std::numeric_limits<uint64_t>::max()),
                                std::numeric_limits<size_t>::max(), records);
    if (read.ok()) history_[i].insert(history_[i].end(), records.begin(), records.end());
  }
}

void Simulation::Step(Process& process) {
  if (process.paused > 0) {
    --process.paused;
    return;
  }
  if (options_.processes > 1) {
    if (Chance(0.004)) Restart(process);
    if (Chance(0.004)) process.paused = static_cast<int>(Pick(400));
  }
  if (Chance(0.02)) {
    store_.FailNextInsert(static_cast<MemoryCheckpointStore::InsertFailure>(
        // A store whose tokens are atomic with their parts never leaves a token alone.
        options_.embedded ? Pick(4) : std::array{0, 1, 3}[Pick(3)]));
  }
  if (Chance(0.01)) DamageCaches();
  StepPartition(process, process.tasks[Pick(process.tasks.size())]);
}

void Simulation::StepPartition(Process& process, PartitionTask& task) {
  const Partition partition(static_cast<uint32_t>(&task - process.tasks.data()));
  const AggregatorOptions options = SmallOptions();
  if (task.builder == nullptr) {
    const auto stored = process.store->ReadProgress(partition);
    if (!stored.ok()) return;
    auto counter = std::make_unique<PartitionCounter>(partition, options.counting);
    const Progress progress = stored->value_or(Progress());
    if (*stored &&
        !RecoverDedup(log_, process.cache, partition, options.counting, progress, *counter).ok()) {
      return;
    }
    task.counter = std::move(counter);
    task.builder =
        std::make_unique<CheckpointBuilder>(partition, options, log_, *task.counter, progress.end);
    return;
  }
  if (!task.outstanding.empty() && Chance(0.5)) return StepDelivery(process, task);
  if (task.outstanding.size() == kMaxOutstanding) return;
  const auto outcome = task.builder->Step(Chance(0.2));
  if (outcome.ok() && *outcome == CheckpointBuilder::Outcome::kReady) {
    task.outstanding.push_back(task.builder->Take());
    CheckSame(task.outstanding.back());
  }
}

void Simulation::StepDelivery(Process& process, PartitionTask& task) {
  if (task.delivery == nullptr) {
    task.delivery = std::make_unique<Delivery>(task.outstanding.front(), "events", *process.store,
                                               process.cache);
  }
  // A drain that gives a delivery up gives up all that follow, and the process ends.
  if (Chance(0.005)) return Restart(process);
  const auto done = task.delivery->Step();
  if (!done.ok() || !*done) return;
  task.delivery.reset();
  DropOld(process, task.outstanding.front());
  task.outstanding.pop_front();
}

void Simulation::DropOld(Process& process, const Checkpoint& delivered) {
  RememberRecords();
  const Progress progress{delivered.end, delivered.last_append_time};
  // What fails is tried again after a later delivery.
  (void)DropOldRecords(log_, process.cache, delivered.partition, SmallOptions(), progress).ok();
  if (options_.drop_too_much) (void)log_.DropBefore(delivered.partition, delivered.end).ok();
}

// A checkpoint is a function of the log: whoever builds it, it is the same.
void Simulation::CheckSame(const Checkpoint& checkpoint) {
  const auto [it, first] =
      seen_checkpoints_.try_emplace({checkpoint.partition, checkpoint.begin}, checkpoint);
  if (!first && it->second != checkpoint) {
    failure_ = fmt::format("partition {}: the checkpoint at offset {} was counted in two ways",
                           checkpoint.partition.value, checkpoint.begin.value);
  }
}

void Simulation::Restart(Process& process) {
  for (PartitionTask& task : process.tasks) task = PartitionTask();
  if (options_.embedded && options_.store_forgets_tokens) store_.ForgetTokens();
}

void Simulation::CrashEverything() {
  for (const auto& process : processes_) Restart(*process);
  crash_points_.Reset();
  if (Chance(0.3)) DamageCaches();
  crash_points_.Arm(1 + Pick(200));
}

void Simulation::DamageCaches() {
  MemoryIdCache& cache = processes_[Pick(processes_.size())]->cache;
  if (Chance(0.2)) {
    cache.LoseAll();
  } else if (cache.entries() > 0) {
    cache.LoseEntry(Pick(cache.entries()));
  }
}

std::string Simulation::Finish() {
  crash_points_.Reset();
  store_.FailNextInsert(MemoryCheckpointStore::InsertFailure::kNone);
  for (const auto& process : processes_) process->paused = 0;
  for (uint32_t i = 0; i < options_.partitions; ++i) {
    const Partition partition(i);
    for (int steps = 0;; ++steps) {
      const auto progress = store_.ReadProgress(partition);
      const auto end = log_.EndOffset(partition);
      if (progress.ok() && end.ok() && (*progress).value_or(Progress()).end >= *end) break;
      if (steps > 100'000) return fmt::format("partition {} is never delivered to its end", i);
      Process& process = *processes_[Pick(processes_.size())];
      StepPartition(process, process.tasks[i]);
      if (!failure_.empty()) return failure_;
    }
  }
  // The last deliveries of the other processes, which are late to learn that all is done.
  for (int steps = 0; steps < 2'000; ++steps) {
    Process& process = *processes_[Pick(processes_.size())];
    StepPartition(process, process.tasks[Pick(process.tasks.size())]);
  }
  return failure_.empty() ? Compare() : failure_;
}

std::string Simulation::Compare() {
  RememberRecords();
  NaiveCounter oracle(24);
  for (const std::vector<Record>& records : history_) {
    for (const Record& record : records) {
      for (const RandomLog::Item& item : items_by_payload_.at(record.payload)) {
        if (item.broken) {
          oracle.AddBroken(record.append_time);
        } else {
          Event event = item.event;
          event.event_id = item.event_id;
          oracle.Add(record.append_time, event);
        }
      }
    }
  }
  if (store_.Sums() != oracle.rows()) return "the minute rows differ from the oracle's";
  if (store_.Ledger() != oracle.ledger()) return "the ledger differs from the oracle's";
  return "";
}

}  // namespace adtally
