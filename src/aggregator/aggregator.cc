#include "aggregator/aggregator.h"

#include <chrono>

#include "aggregator/checkpoint_slot.h"
#include "aggregator/counting_task.h"
#include "aggregator/delivery_task.h"
#include "aggregator/partition_board.h"

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
      : board(partition, context.options.counting.max_ids, context.log, context.logger),
        slot([&delivery_pool, partition] { delivery_pool.Wake(partition.value); },
             [&counting_pool, partition] { counting_pool.Wake(partition.value); }),
        counting(partition, context, slot, board),
        delivery(partition, context, slot, board) {}

  PartitionBoard board;
  CheckpointSlot slot;
  CountingTask counting;
  DeliveryTask delivery;
};

Aggregator::Aggregator(const AggregatorOptions& options, const std::string& topic, EventLog& log,
                       CheckpointStore& store, IdCache& cache, const Clock& clock, Logger& logger)
    : context_{options, topic, log, store, cache, clock, logger},
      counting_(log.partitions(), [this](size_t i) { return partitions_[i]->counting.RunSlice(); }),
      delivering_(log.partitions(),
                  [this](size_t i) { return partitions_[i]->delivery.RunSlice(); }) {
  for (uint32_t i = 0; i < log.partitions(); ++i) {
    partitions_.push_back(
        std::make_unique<PartitionTasks>(Partition(i), context_, counting_, delivering_));
  }
  counting_.Start(options.counting_threads);
  delivering_.Start(options.delivery_threads);
  watching_ = std::thread([this] { WatchLog(); });
}

Aggregator::~Aggregator() {
  Stop();
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
  for (const auto& partition : partitions_) status.push_back(partition->board.status());
  return status;
}

}  // namespace adtally
