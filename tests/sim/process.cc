#include "sim/process.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "aggregator/dedup_recovery.h"
#include "aggregator/retention.h"

namespace adtally {
namespace {

constexpr size_t kMaxOutstanding = 3;
constexpr size_t kPauseSteps = 100;
constexpr size_t kLongPauseSteps = 1000;

size_t HoursOf(const Checkpoint& checkpoint) {
  std::set<uint32_t> hours;
  for (const MinuteRow& row : checkpoint.rows) hours.insert(row.key.hour());
  return hours.size();
}

template <class T>
T& Outermost(const std::unique_ptr<T>& planted, T& otherwise) {
  return planted == nullptr ? otherwise : *planted;
}

}  // namespace

Process::Process(const Parts& parts, const Plant& plant)
    : parts_(parts),
      mishaps_(parts.mishaps),
      calls_(parts.mishaps, [this] { parts_.world.RunOthers(*this); }),
      memory_cache_(parts.crash_points),
      faulty_log_(parts.log, calls_),
      faulty_store_(parts.store, parts.log.partitions(), calls_),
      faulty_cache_(memory_cache_, calls_),
      planted_(plant ? plant(faulty_log_, faulty_store_, faulty_cache_) : Planted()),
      log_(Outermost<EventLog>(planted_.log, faulty_log_)),
      store_(Outermost<CheckpointStore>(planted_.store, faulty_store_)),
      cache_(Outermost<IdCache>(planted_.cache, faulty_cache_)),
      tasks_(parts.log.partitions()) {
  DrawOptions();
}

// Processes that share a partition need not agree on these, nor does one process before and after
// its configuration changed.
void Process::DrawOptions() {
  options_.counting = parts_.counting;
  options_.max_checkpoint_records = 1 + mishaps_.Pick(20);
  options_.max_checkpoint_rows = 5 + mishaps_.Pick(80);
  options_.max_checkpoint_ids = 5 + mishaps_.Pick(100);
  options_.max_checkpoint_viewings = 5 + mishaps_.Pick(30);
  options_.read_bytes = 1 + mishaps_.Pick(4000);
  options_.standby = mishaps_.Strikes(Mishap::kStandby);
  options_.log_retention_hours = options_.counting.dedup_window_hours + 3;
}

void Process::Step() {
  if (paused_ > 0) {
    if (--paused_ == 0) NoteHowItComesBack();
    return;
  }
  if (mishaps_.Strikes(Mishap::kRestarted)) return Restart();
  if (mishaps_.Strikes(Mishap::kPaused)) paused_ = static_cast<int>(1 + mishaps_.Pick(kPauseSteps));
  if (mishaps_.Strikes(Mishap::kPausedForLong)) {
    paused_ = static_cast<int>(1 + mishaps_.Pick(kLongPauseSteps));
  }
  const Partition partition(static_cast<uint32_t>(mishaps_.Pick(tasks_.size())));
  if (mishaps_.Strikes(Mishap::kGivenUp)) GiveUp(partition);
  Step(partition);
}

// What the process holds of it in memory is gone; its cache stays, and grows old.
void Process::GiveUp(Partition partition) {
  tasks_[partition.value] = Task();
  faulty_log_.GiveUp(partition);
  faulty_store_.GiveUp(partition);
}

void Process::Step(Partition partition) {
  Task& task = tasks_[partition.value];
  ++idle_steps_;
  if (task.builder == nullptr) {
    Recover(task, partition);
  } else if (!task.outstanding.empty() && mishaps_.Chance(0.5)) {
    Deliver(task);
  } else if (task.outstanding.size() < kMaxOutstanding) {
    Count(task);
  }
  if (calls_.dead()) Restart();
}

void Process::Recover(Task& task, Partition partition) {
  const auto stored = store_.ReadProgress(partition);
  if (!stored.ok()) return;
  auto counter = std::make_unique<PartitionCounter>(partition, options_.counting);
  const Progress progress = stored->value_or(Progress());
  NoteWhatCacheHolds(partition, progress);
  if (*stored) {
    const auto recovery =
        RecoverDedup(log_, cache_, partition, options_.counting, progress, *counter);
    if (!recovery.ok()) return mishaps_.Trace(recovery.error().message);
    if (recovery->records_from_cache > 0 && recovery->records_from_log > 0) {
      mishaps_.Note(Mishap::kRecoveredFromBoth);
    }
  } else if (!cache_.DropAfter(partition, Offset(0)).ok()) {
    // What the cache holds is of another history of the log: nothing was delivered of this one.
    return;
  }
  Trace("recovered", partition, Offset(0), progress.end);
  task.counter = std::move(counter);
  task.builder =
      std::make_unique<CheckpointBuilder>(partition, options_, log_, *task.counter, progress.end);
  idle_steps_ = 0;
}

void Process::Count(Task& task) {
  const auto outcome = task.builder->Step(mishaps_.Chance(0.2));
  if (!outcome.ok()) return mishaps_.Trace(outcome.error().message);
  if (*outcome == CheckpointBuilder::Outcome::kIdle) return;
  idle_steps_ = 0;
  if (*outcome != CheckpointBuilder::Outcome::kReady) return;
  task.outstanding.push_back(task.builder->Take());
  const Checkpoint& built = task.outstanding.back();
  Trace("counted", built.partition, built.begin, built.end);
  parts_.world.Built(built);
}

void Process::Deliver(Task& task) {
  if (task.delivery == nullptr) {
    task.delivery = std::make_unique<Delivery>(task.outstanding.front(), "events", store_, cache_);
  }
  // A drain that gives a delivery up gives up all that follow, and the process ends.
  if (mishaps_.Strikes(Mishap::kDrainGaveUp)) return Restart();
  const auto done = task.delivery->Step();
  if (!done.ok()) return mishaps_.Trace(done.error().message);
  idle_steps_ = 0;
  if (!*done) return;
  const Checkpoint& delivered = task.outstanding.front();
  Trace("delivered", delivered.partition, delivered.begin, delivered.end);
  task.delivery.reset();
  DropOld(delivered);
  task.outstanding.pop_front();
}

void Process::DropOld(const Checkpoint& delivered) {
  const Progress progress{delivered.end, delivered.last_append_time};
  // What fails is tried again after a later delivery.
  (void)DropOldRecords(log_, cache_, delivered.partition, options_, progress).ok();
  if (parts_.drop_too_much) (void)log_.DropBefore(delivered.partition, delivered.end).ok();
}

void Process::NoteWhatCacheHolds(Partition partition, const Progress& progress) {
  const auto last = memory_cache_.LastEntry(partition);
  if (!last.ok() || !*last) return;
  if ((*last)->end > progress.end) mishaps_.Note(Mishap::kCacheBeyondProgress);
  if (parts_.world.IsOfOtherHistory(partition, **last)) {
    mishaps_.Note(Mishap::kCacheOfOtherHistory);
  }
}

void Process::Trace(std::string_view what, Partition partition, Offset begin, Offset end) const {
  if (!mishaps_.trace()) return;
  mishaps_.Trace(fmt::format("process {}: partition {}: {} [{}, {})", parts_.number,
                             partition.value, what, begin.value, end.value));
}

void Process::Restart() {
  if (mishaps_.trace()) mishaps_.Trace(fmt::format("process {} restarts", parts_.number));
  NoteHowItEnds();
  for (Task& task : tasks_) task = Task();
  calls_.Restart();
  faulty_log_.Restart();
  faulty_store_.Restart();
  DrawOptions();
  idle_steps_ = 0;
  parts_.world.Restarted(*this);
}

void Process::WakeUp() {
  if (paused_ > 0) NoteHowItComesBack();
  paused_ = 0;
}

void Process::NoteHowItEnds() {
  for (uint32_t i = 0; i < tasks_.size(); ++i) {
    const Task& task = tasks_[i];
    if (task.delivery == nullptr) continue;
    const FaultyStore::DeliveryState& delivery = faulty_store_.delivery(Partition(i));
    if (delivery.ledger_in) {
      mishaps_.Note(Mishap::kLedgerInProgressNot);
    } else if (delivery.hours_in > 0 && delivery.hours_in < HoursOf(task.outstanding.front())) {
      mishaps_.Note(Mishap::kPartOfDeliveryIn);
    }
  }
}

void Process::NoteHowItComesBack() {
  for (uint32_t i = 0; i < tasks_.size(); ++i) {
    const Partition partition(i);
    const Task& task = tasks_[i];
    if (task.builder == nullptr) continue;
    if (!task.builder->empty()) mishaps_.Note(Mishap::kBackInCounting);
    if (faulty_log_.in_proposal(partition)) mishaps_.Note(Mishap::kBackInProposal);
    const auto begin = parts_.log.BeginOffset(partition);
    if (begin.ok() && *begin > task.builder->next_offset()) {
      mishaps_.Note(Mishap::kBackBehindRetention);
    }
    if (task.delivery == nullptr || !faulty_store_.delivery(partition).receipts_read) continue;
    mishaps_.Note(Mishap::kBackInDelivery);
    const auto progress = parts_.store.ReadProgress(partition);
    if (progress.ok() && *progress && (*progress)->end >= task.outstanding.front().end) {
      mishaps_.Note(Mishap::kBackAfterDelivery);
    }
  }
}

}  // namespace adtally
