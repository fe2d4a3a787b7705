#include "aggregator/aggregator.h"

#include <algorithm>
#include <chrono>

#include "aggregator/checkpoint_slot.h"
#include "aggregator/counting_task.h"
#include "aggregator/delivery_task.h"
#include "aggregator/partition_board.h"
#include "aggregator/partition_control.h"

namespace adtally {
namespace {

// How long the watching thread sleeps before it looks whether it is to end.
constexpr int kWatchMs = 50;
// Appends within this time are counted together: a busy log grows a thousand times a second.
constexpr std::chrono::milliseconds kGather{5};

}  // namespace

struct Aggregator::PartitionTasks {
  PartitionTasks(Partition partition, const AggregatorContext& context, TaskPool& counting_pool,
                 TaskPool& delivery_pool)
      : control(context),
        board(partition, context.options.counting.max_ids, context.log, context.logger),
        slot([&delivery_pool, partition] { delivery_pool.Wake(partition.value); },
             [&counting_pool, partition] { counting_pool.Wake(partition.value); }),
        counting(partition, context, control, slot, board),
        delivery(partition, context, control, slot, board) {}

  PartitionControl control;
  PartitionBoard board;
  CheckpointSlot slot;
  CountingTask counting;
  DeliveryTask delivery;
};

Aggregator::Aggregator(const AggregatorOptions& options, const std::string& topic, EventLog& log,
                       CheckpointStore& store, IdCache& cache, const Clock& clock, Logger& logger)
    : context_{options, topic, log, store, cache, clock, logger},
      places_(log.partitions()),
      counting_(log.partitions(),
                [this](size_t place) { return RunSlice(place, &PartitionTasks::counting); }),
      delivering_(log.partitions(),
                  [this](size_t place) { return RunSlice(place, &PartitionTasks::delivery); }) {
  if (!options.follow_assignment) {
    for (uint32_t i = 0; i < log.partitions(); ++i) Begin(Partition(i));
  }
  counting_.Start(options.counting_threads);
  delivering_.Start(options.delivery_threads);
  watching_ = std::thread([this] { WatchLog(); });
}

Aggregator::~Aggregator() {
  Stop();
}

// A task that ended may come back with its partition, until the process ends.
template <class Task>
TaskPool::Next Aggregator::RunSlice(size_t place, Task PartitionTasks::*task) {
  auto next = TaskPool::Next::Never();
  std::shared_lock lock(places_[place].mutex);
  if (const auto& tasks = places_[place].tasks) next = ((*tasks).*task).RunSlice();
  const bool ended = next.when == TaskPool::Next::When::kNever;
  return ended && context_.mode == RunMode::kRun ? TaskPool::Next::WhenWoken() : next;
}

void Aggregator::Begin(Partition partition) {
  Place& place = places_[partition.value];
  {
    std::unique_lock lock(place.mutex);
    if (place.tasks != nullptr) return;
    place.tasks = std::make_unique<PartitionTasks>(partition, context_, counting_, delivering_);
  }
  counting_.Wake(partition.value);
  delivering_.Wake(partition.value);
}

void Aggregator::GiveUp(Partition partition) {
  Place& place = places_[partition.value];
  {
    std::shared_lock lock(place.mutex);
    if (place.tasks == nullptr) return;
    place.tasks->control.GiveUp();
  }
  {
    std::unique_lock lock(place.mutex);  // waits for its slices
    place.tasks.reset();
  }
  context_.log.StopReading(partition);
}

void Aggregator::SetPartitions(const std::vector<Partition>& partitions) {
  std::lock_guard lock(assigning_);
  for (uint32_t i = 0; i < places_.size(); ++i) {
    const Partition partition(i);
    if (std::find(partitions.begin(), partitions.end(), partition) == partitions.end()) {
      GiveUp(partition);
    } else {
      Begin(partition);
    }
  }
}

void Aggregator::WatchLog() {
  uint64_t seen = 0;
  while (context_.mode == RunMode::kRun) {
    const uint64_t now = context_.log.WaitForAppend(seen, kWatchMs);
    if (now == seen) continue;
    seen = now;
    counting_.WakeAll();
    std::this_thread::sleep_for(kGather);
  }
}

void Aggregator::Drain() {
  context_.mode = RunMode::kDrain;
  counting_.WakeAllNow();
  delivering_.WakeAllNow();
  counting_.WaitUntilDone();
  delivering_.WaitUntilDone();
  Stop();
}

void Aggregator::Stop() {
  context_.mode = RunMode::kStop;
  counting_.Stop();
  delivering_.Stop();
  if (watching_.joinable()) watching_.join();
}

std::vector<PartitionStatus> Aggregator::status() const {
  std::vector<PartitionStatus> status;
  for (const Place& place : places_) {
    std::shared_lock lock(place.mutex);
    if (place.tasks != nullptr) status.push_back(place.tasks->board.status());
  }
  return status;
}

std::vector<std::pair<Partition, Offset>> Aggregator::delivered() const {
  std::vector<std::pair<Partition, Offset>> delivered;
  for (uint32_t i = 0; i < places_.size(); ++i) {
    std::shared_lock lock(places_[i].mutex);
    if (places_[i].tasks == nullptr) continue;
    const auto offset = places_[i].tasks->board.delivered_to();
    if (offset) delivered.emplace_back(Partition(i), *offset);
  }
  return delivered;
}

}  // namespace adtally
