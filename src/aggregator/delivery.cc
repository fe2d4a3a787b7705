#include "aggregator/delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace adtally {

std::string DeduplicationToken(const std::string& topic, const Checkpoint& checkpoint,
                               uint32_t hour, int retry) {
  std::string token = fmt::format("{}/{}/{}-{}/{}", topic, checkpoint.partition.value,
                                  checkpoint.begin.value, checkpoint.end.value, hour);
  if (retry > 0) token += fmt::format("/{}", retry);
  return token;
}

Delivery::Delivery(const Checkpoint& checkpoint, std::string topic, CheckpointStore& store,
                   IdCache& cache)
    : checkpoint_(checkpoint), topic_(std::move(topic)), store_(store), cache_(cache) {
  const std::vector<MinuteRow>& rows = checkpoint.rows;
  for (size_t first = 0; first < rows.size();) {
    const uint32_t hour = rows[first].key.hour();
    size_t last = first;
    while (last < rows.size() && rows[last].key.hour() == hour) ++last;
    blocks_.push_back({hour, first, last});
    first = last;
  }
}

Result<bool> Delivery::Step() {
  switch (stage_) {
    case Stage::kCheckProgress:
      ADTALLY_TRY(CheckProgress());
      return false;
    case Stage::kReceipts:
      ADTALLY_TRY(AskReceipts());
      return false;
    case Stage::kRows:
      ADTALLY_TRY(InsertNextBlock());
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
  stage_ = delivered ? Stage::kCache : blocks_.empty() ? Stage::kLedger : Stage::kReceipts;
  return {};
}

Result<void> Delivery::AskReceipts() {
  std::vector<uint32_t> hours;
  for (const Block& block : blocks_) hours.push_back(block.hour);
  ADTALLY_ASSIGN(const std::vector<uint32_t> held,
                 store_.ReadReceipts(checkpoint_.partition, checkpoint_.end, hours));
  missing_ = blocks_;
  std::erase_if(missing_, [&](const Block& block) {
    return std::find(held.begin(), held.end(), block.hour) != held.end();
  });
  ask_again_ = store_.MayKeepTokensWithoutRows();
  stage_ = missing_.empty() ? Stage::kLedger : Stage::kRows;
  return {};
}

Result<void> Delivery::InsertNextBlock() {
  const Block& block = missing_.back();
  const std::span<const MinuteRow> rows(checkpoint_.rows.data() + block.first,
                                        block.last - block.first);
  auto inserted =
      store_.InsertMinuteRows(block.hour, rows, checkpoint_.partition, checkpoint_.end,
                              DeduplicationToken(topic_, checkpoint_, block.hour, retry_));
  if (!inserted.ok()) {
    ask_again_ = true;
    return inserted;
  }
  missing_.pop_back();
  if (!missing_.empty()) return {};
  stage_ = ask_again_ ? Stage::kReceipts : Stage::kLedger;
  retry_ += ask_again_;
  return {};
}

}  // namespace adtally
