#include "history/minute_writer.h"

#include <limits>

namespace adtally {
namespace {

constexpr Partition kHistoryPartition{std::numeric_limits<uint32_t>::max()};

}  // namespace

Result<uint64_t> MinuteWriter::WriteHour(int64_t hour_s, HistoryTruth& truth) {
  rows_.clear();
  for (size_t i = 0; i < campaigns_.size(); ++i) AddCampaign(i, hour_s, truth);
  if (rows_.empty()) return 0;
  const auto hour = static_cast<uint32_t>(hour_s / 3600);
  ADTALLY_TRY(store_.Insert(MinuteBlock::into(),
                            block_.Encode(hour, rows_, kHistoryPartition, Offset(hour)), ""));
  return rows_.size();
}

void MinuteWriter::AddCampaign(size_t campaign, int64_t hour_s, HistoryTruth& truth) {
  const HistoryCampaign& c = campaigns_[campaign];
  const auto first_minute = static_cast<uint32_t>(hour_s / kSecondsPerMinute);
  std::array<Measures, kMinutesPerHour> parts;
  for (auto& minute : minutes_) minute.clear();
  for (const CellHour& hour : sampler_.Sample(c, hour_s)) {
    hour.Scatter(parts, sampler_.random());
    for (uint32_t i = 0; i < kMinutesPerHour; ++i) {
      if (parts[i] == Measures()) continue;
      minutes_[i].push_back({{Minute(first_minute + i), c.cells[hour.cell].dimensions}, parts[i]});
    }
  }
  for (const auto& minute : minutes_) {
    for (const MinuteRow& row : minute) {
      truth.Add(campaign, int64_t{row.key.minute.value} * kSecondsPerMinute, row.measures);
      rows_.push_back(row);
    }
  }
}

}  // namespace adtally
