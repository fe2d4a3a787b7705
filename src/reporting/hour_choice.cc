#include "reporting/hour_choice.h"

#include <algorithm>

#include "reporting/report_problems.h"
#include "reporting/rolled_rows.h"
#include "tiers/tier_content.h"

namespace adtally {
namespace {

constexpr int64_t kHourS = 3600;
constexpr int64_t kDayS = 86'400;
constexpr int64_t kQuarterS = 900;  // the shortest time of a row that is rolled up

int64_t FloorTo(int64_t time_s, int64_t step_s) {
  return time_s - time_s % step_s;
}

void Append(const TimeSpan& span, std::vector<TimeSpan>& spans) {
  if (!spans.empty() && spans.back().to_s == span.from_s) {
    spans.back().to_s = span.to_s;
  } else {
    spans.push_back(span);
  }
}

// The days whose offset from UTC, at their beginning or end, is not whole hours.
std::vector<TimeSpan> DaysOffTheHour(const Calendar& calendar) {
  std::vector<TimeSpan> spans;
  for (size_t i = 0; i + 1 < calendar.starts_s.size(); ++i) {
    const TimeSpan day{calendar.starts_s[i], calendar.starts_s[i + 1]};
    if (day.from_s % kHourS != 0 || day.to_s % kHourS != 0) Append(day, spans);
  }
  return spans;
}

}  // namespace

struct HourChoice::Sources {
  ReportSegment minutes{.tier = Tier::kMinute};
  ReportSegment hours{.tier = Tier::kHour};
  ReportSegment archive{.tier = Tier::kArchive};
  std::vector<ChosenSlot> slots;  // of hours
};

HourChoice::HourChoice(const ReportTiers& tiers, const ReportRequest& request,
                       const TimeRange& range)
    : tiers_(*tiers.published),
      marks_(tiers.marks),
      request_(request),
      range_(range),
      minute_floor_s_(MinutesKeptFrom(*tiers.published)) {
  if (request.granularity == Granularity::kHour || request.granularity == Granularity::kDay) {
    borders_inside_ = DaysOffTheHour(tiers.calendar);
  }
}

Result<void> HourChoice::Add(const FinerPart& part, ReportPlan& plan) {
  Sources chosen;
  for (const TimeSpan& span : part.spans) ADTALLY_TRY(AddSpan(span, chosen));
  if (!chosen.slots.empty()) {
    chosen.hours.rolled = RowsOf(chosen.slots, tiers_.hours, HourGrid());
  }
  for (ReportSegment* segment : {&chosen.minutes, &chosen.hours, &chosen.archive}) {
    if (segment->spans.empty()) continue;
    segment->advertisers = part.advertisers;
    plan.segments.push_back(std::move(*segment));
  }
  plan.archived.insert(archived_.begin(), archived_.end());
  return {};
}

Result<void> HourChoice::AddSpan(const TimeSpan& span, Sources& chosen) {
  if (request_.granularity == Granularity::kMinute) {
    if (span.from_s < minute_floor_s_) return MinutesAreGone(tiers_, range_);
    Append(span, chosen.minutes.spans);
    return {};
  }
  for (int64_t day_s = FloorTo(span.from_s, kDayS); day_s < span.to_s; day_s += kDayS) {
    const TimeSpan piece{std::max(day_s, span.from_s), std::min(day_s + kDayS, span.to_s)};
    ADTALLY_TRY(AddDay(piece, DayNumber(day_s), chosen));
  }
  return {};
}

Result<void> HourChoice::AddDay(const TimeSpan& piece, uint32_t day, Sources& chosen) {
  const TierPartition* hot = Hot(day);
  const Generation archived = hot == nullptr ? Archived(day) : 0;
  if (hot == nullptr && archived == 0) {
    const int64_t floor_s = std::clamp(minute_floor_s_, piece.from_s, piece.to_s);
    if (piece.from_s < floor_s) ADTALLY_TRY(AddUnrolled({piece.from_s, floor_s}, chosen));
    if (floor_s < piece.to_s) Append({floor_s, piece.to_s}, chosen.minutes.spans);
    return {};
  }
  if (archived != 0) archived_[day / 100] = archived;
  for (int64_t hour_s = FloorTo(piece.from_s, kHourS); hour_s < piece.to_s; hour_s += kHourS) {
    const TimeSpan part{std::max(hour_s, piece.from_s), std::min(hour_s + kHourS, piece.to_s)};
    ADTALLY_TRY(AddHour(hour_s, part, hot, archived, chosen));
  }
  return {};
}

Result<void> HourChoice::AddHour(int64_t hour_s, const TimeSpan& piece, const TierPartition* hot,
                                 Generation archived, Sources& chosen) const {
  const TierSlot* slot = Clean(hot, hour_s);
  const bool rolled = slot != nullptr || archived != 0;
  const bool cut = Cut(hour_s, piece);
  if (!rolled || (cut && hour_s >= minute_floor_s_)) return AddUnrolled(piece, chosen);
  if (piece.from_s % kQuarterS != 0 || piece.to_s % kQuarterS != 0) {
    return BoundIsInsideHour(tiers_, range_);
  }
  ReportSegment& segment = slot != nullptr ? chosen.hours : chosen.archive;
  Append(piece, segment.spans);
  segment.may_straddle |= cut;
  if (slot != nullptr) {
    chosen.slots.push_back({hour_s, DayNumber(hour_s), slot->generation});
  }
  return {};
}

// What is not rolled up is in the minutes, or never was: minutes go when their rollup is there.
Result<void> HourChoice::AddUnrolled(const TimeSpan& piece, Sources& chosen) const {
  if (FloorTo(piece.from_s, kHourS) >= minute_floor_s_) {
    Append(piece, chosen.minutes.spans);
    return {};
  }
  const int64_t kept_from_s = std::max(tiers_.FloorOf(Tier::kHour), tiers_.FloorOf(Tier::kArchive));
  if (piece.from_s < kept_from_s) return HoursAreGone(tiers_, request_);
  return {};
}

const TierPartition* HourChoice::Hot(uint32_t day) const {
  const auto found = tiers_.hours.find(day);
  if (found == tiers_.hours.end() || found->second.slots.empty()) return nullptr;
  return DayStart(day) < tiers_.FloorOf(Tier::kHour) ? nullptr : &found->second;
}

Generation HourChoice::Archived(uint32_t day) const {
  const auto found = tiers_.archive.find(day / 100);
  if (found == tiers_.archive.end() || DayStart(day) < tiers_.FloorOf(Tier::kArchive)) return 0;
  const TierSlot* slot = found->second.Find(static_cast<uint8_t>(day % 100));
  return slot == nullptr ? 0 : slot->generation;
}

// The hour's slot, if its rows still are those of the minutes. Where minutes must not be read any
// more, it is all that there is, and what came later are duplicates.
const TierSlot* HourChoice::Clean(const TierPartition* hot, int64_t hour_s) const {
  if (hot == nullptr) return nullptr;
  const TierSlot* slot = hot->Find(static_cast<uint8_t>(hour_s % kDayS / kHourS));
  if (slot == nullptr || slot->final || hour_s < minute_floor_s_) return slot;
  const auto mark = marks_.find(hour_s);
  return slot->mark == (mark == marks_.end() ? kEmptyHourMark : mark->second) ? slot : nullptr;
}

bool HourChoice::Cut(int64_t hour_s, const TimeSpan& piece) const {
  return piece.to_s - piece.from_s < kHourS || BordersInside(hour_s);
}

bool HourChoice::BordersInside(int64_t hour_s) const {
  return std::any_of(borders_inside_.begin(), borders_inside_.end(), [&](const TimeSpan& span) {
    return hour_s < span.to_s && hour_s + kHourS > span.from_s;
  });
}

}  // namespace adtally
