#include "aggregator/delivery.h"

#include <fmt/format.h>

#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace adtally {

std::string DeduplicationToken(const std::string& topic, const Checkpoint& checkpoint,
                               const std::string& block, int retry) {
  std::string token = fmt::format("{}/{}/{}-{}/{}", topic, checkpoint.partition.value,
                                  checkpoint.begin.value, checkpoint.end.value, block);
  if (retry > 0) token += fmt::format("/{}", retry);
  return token;
}

Delivery::Delivery(const Checkpoint& checkpoint, std::string topic, CheckpointStore& store,
                   IdCache& cache)
    : checkpoint_(checkpoint),
      topic_(std::move(topic)),
      store_(store),
      cache_(cache),
      rows_(BlocksOf(checkpoint.rows, [](const MinuteRow& row) { return row.key.hour(); }),
            MinuteCalls(), store.MayKeepTokensWithoutRows()),
      clicks_(BlocksOf(checkpoint.click_conversions,
                       [](const ClickConversionRow& row) { return row.key.month(); }),
              ClickCalls(), store.MayKeepTokensWithoutRows()) {}

BlockInserter::Calls Delivery::MinuteCalls() {
  return {
      [this](std::span<const uint32_t> hours) {
        return store_.ReadReceipts(checkpoint_.partition, checkpoint_.end, hours);
      },
      [this](const BlockInserter::Block& block, int retry) {
        return store_.InsertMinuteRows(
            block.store_partition,
            std::span(checkpoint_.rows).subspan(block.first, block.last - block.first),
            checkpoint_.partition, checkpoint_.end,
            DeduplicationToken(topic_, checkpoint_, std::to_string(block.store_partition), retry));
      }};
}

BlockInserter::Calls Delivery::ClickCalls() {
  return {
      [this](std::span<const uint32_t> months) {
        return store_.ReadClickReceipts(checkpoint_.partition, checkpoint_.end, months);
      },
      [this](const BlockInserter::Block& block, int retry) {
        return store_.InsertClickConversions(
            block.store_partition,
            std::span(checkpoint_.click_conversions).subspan(block.first, block.last - block.first),
            checkpoint_.partition, checkpoint_.end,
            DeduplicationToken(topic_, checkpoint_, fmt::format("clicks-{}", block.store_partition),
                               retry));
      }};
}

Result<bool> Delivery::Step() {
  switch (stage_) {
    case Stage::kCheckProgress:
      ADTALLY_TRY(CheckProgress());
      return false;
    case Stage::kRows:
      ADTALLY_TRY(rows_.Step());
      if (rows_.done()) stage_ = clicks_.done() ? Stage::kLedger : Stage::kClicks;
      return false;
    case Stage::kClicks:
      ADTALLY_TRY(clicks_.Step());
      if (clicks_.done()) stage_ = Stage::kLedger;
      return false;
    case Stage::kLedger:
      ADTALLY_TRY(store_.InsertLedger(checkpoint_.partition, checkpoint_.end, checkpoint_.ledger));
      stage_ = checkpoint_.reach.groups.empty() ? Stage::kProgress : Stage::kReach;
      return false;
    case Stage::kReach:
      ADTALLY_TRY(store_.InsertReach(checkpoint_.partition, checkpoint_.reach));
      stage_ = Stage::kProgress;
      return false;
    case Stage::kProgress:
      ADTALLY_TRY(store_.WriteProgress(checkpoint_.partition,
                                       {checkpoint_.end, checkpoint_.last_append_time}));
      stage_ = Stage::kCache;
      return false;
    case Stage::kCache:
      cache_result_ = cache_.Write(checkpoint_);
      stage_ = Stage::kDone;
      return true;
    case Stage::kDone:
      break;
  }
  return true;
}

Result<void> Delivery::CheckProgress() {
  ADTALLY_ASSIGN(const std::optional<Progress> progress,
                 store_.ReadProgress(checkpoint_.partition));
  const Offset delivered_to = progress ? progress->end : checkpoint_.begin;
  if (delivered_to < checkpoint_.begin) {
    return Error{
        ErrorCode::kInternal,
        fmt::format("partition {} is delivered up to offset {}, so the checkpoint [{}, {}) "
                    "would leave a gap; restart adtally",
                    checkpoint_.partition.value, delivered_to.value, checkpoint_.begin.value,
                    checkpoint_.end.value)};
  }
  const bool delivered = delivered_to >= checkpoint_.end;
  // Every conversion has a minute row too: without rows there are no clicks.
  stage_ = delivered ? Stage::kCache : rows_.done() ? Stage::kLedger : Stage::kRows;
  return {};
}

}  // namespace adtally
