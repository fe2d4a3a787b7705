#include "history/hour_writer.h"

#include <fmt/format.h>

#include <string>

#include "history/sums.h"
#include "tiers/tier_content.h"
#include "tiers/tier_status.h"

namespace adtally {
namespace {

constexpr uint8_t kHours = 24;
constexpr int64_t kSecondsPerHour = 3600;

// Of hours that have rows and never had minutes: as final they are not compared with any.
constexpr uint64_t kHistoryMark = 2;
static_assert(kHistoryMark != kEmptyHourMark);

// That the generation holds so many rows with these sums.
Statement Holds(const std::string& partition_id, uint64_t rows, const Measures& sums) {
  std::string columns = "count()";
  for (std::string_view left = kMeasureColumns; !left.empty();) {
    const std::string_view name = left.substr(0, left.find(','));
    left.remove_prefix(std::min(left.size(), name.size() + 2));
    columns += fmt::format(", sum({})", name);
  }
  return {"(SELECT toString(tuple(" + columns +
              ")) FROM adtally.hour WHERE _partition_id = {partition_id:String}) = {sums:String}",
          {{"partition_id", partition_id}, {"sums", fmt::format("({},{})", rows, SumsText(sums))}}};
}

}  // namespace

Result<uint64_t> HourWriter::WriteDay(int64_t day_s, HistoryTruth& truth) {
  block_.Clear();
  for (size_t i = 0; i < campaigns_.size(); ++i) AddCampaign(i, day_s, truth);
  const Generation generation = NewGeneration();
  if (block_.rows() > 0) {
    ADTALLY_TRY(store_.Insert(HourBlock::into(), block_.Encode(generation), ""));
  }
  ADTALLY_TRY(Publish(day_s, generation));
  return block_.rows();
}

void HourWriter::AddCampaign(size_t campaign, int64_t day_s, HistoryTruth& truth) {
  for (int64_t hour_s = day_s; hour_s < day_s + kSecondsPerDay; hour_s += kSecondsPerHour) {
    if (campaigns_[campaign].zone->by_quarter) {
      AddQuarters(campaign, hour_s, truth);
    } else {
      AddHour(campaign, hour_s, truth);
    }
  }
}

void HourWriter::AddHour(size_t campaign, int64_t hour_s, HistoryTruth& truth) {
  const HistoryCampaign& c = campaigns_[campaign];
  for (const CellHour& hour : sampler_.Sample(c, hour_s)) {
    const Measures sums = hour.Sums();
    block_.Add(hour_s, 60, c.cells[hour.cell].dimensions, sums);
    truth.Add(campaign, hour_s, sums);
  }
}

void HourWriter::AddQuarters(size_t campaign, int64_t hour_s, HistoryTruth& truth) {
  const HistoryCampaign& c = campaigns_[campaign];
  for (auto& quarter : quarters_) quarter.clear();
  std::array<Measures, kQuarters> parts;
  for (const CellHour& hour : sampler_.Sample(c, hour_s)) {
    hour.Scatter(parts, sampler_.random());
    for (size_t i = 0; i < kQuarters; ++i) {
      if (parts[i] != Measures()) quarters_[i].push_back({hour.cell, parts[i]});
    }
  }
  for (size_t i = 0; i < kQuarters; ++i) {
    const int64_t begin_s = hour_s + static_cast<int64_t>(i) * int64_t{kSecondsPerQuarter};
    for (const auto& [cell, measures] : quarters_[i]) {
      block_.Add(begin_s, 15, c.cells[cell].dimensions, measures);
      truth.Add(campaign, begin_s, measures);
    }
  }
}

Result<void> HourWriter::Publish(int64_t day_s, Generation generation) {
  const uint32_t day = DayNumber(day_s);
  const uint64_t mark = block_.rows() > 0 ? kHistoryMark : kEmptyHourMark;
  TierPartition status{.partition = day};
  for (uint8_t hour = 0; hour < kHours; ++hour) {
    status.Set({.slot = hour, .generation = generation, .mark = mark, .final = true});
  }
  ADTALLY_ASSIGN(
      const bool published,
      PublishTierStatus(store_, Tier::kHour, status, clock_.NowMs(),
                        Holds(PartitionId(day, generation), block_.rows(), block_.sums())));
  if (published) return {};
  return Error{ErrorCode::kInternal,
               fmt::format("the store holds other sums for {} than were written", day)};
}

}  // namespace adtally
