#include "reporting/day_choice.h"

#include <algorithm>

#include "reporting/rolled_rows.h"

namespace adtally {
namespace {

using Advertisers = ReportSegment::Advertisers;

constexpr int64_t kSecondsPerDay = 86'400;
// More are not told apart: all are read by the hour then. The list is a parameter of the statement,
// and servers take 128 KiB of one.
constexpr size_t kMaxListed = 10'000;

// A whole day of the range that the day tier holds.
struct TierDay {
  ChosenSlot slot;
  TimeSpan span;
};

std::optional<TierDay> DayOfTier(const ReportTiers& tiers, const TimeRange& range, size_t i) {
  const TimeSpan span{tiers.calendar.starts_s[i], tiers.calendar.starts_s[i + 1]};
  if (span.from_s < range.from_s || span.to_s > range.to_s) return std::nullopt;
  const int64_t day = tiers.calendar.first_day + static_cast<int64_t>(i);
  if (day * kSecondsPerDay < tiers.published->FloorOf(Tier::kDay)) return std::nullopt;
  const uint32_t month = MonthNumber(day * kSecondsPerDay);
  const auto partition = tiers.published->days.find(month);
  if (partition == tiers.published->days.end()) return std::nullopt;
  const auto number = static_cast<uint8_t>(DayNumber(day * kSecondsPerDay) % 100);
  const TierSlot* slot = partition->second.Find(number);
  if (slot == nullptr) return std::nullopt;
  return TierDay{{day, month, slot->generation}, span};
}

std::vector<TierDay> DaysOfTier(const ReportTiers& tiers, const TimeRange& range) {
  std::vector<TierDay> days;
  for (size_t i = 0; i + 1 < tiers.calendar.starts_s.size(); ++i) {
    if (auto day = DayOfTier(tiers, range, i)) days.push_back(*day);
  }
  return days;
}

// What is left of the range.
std::vector<TimeSpan> Around(const std::vector<TierDay>& days, const TimeRange& range) {
  std::vector<TimeSpan> spans;
  int64_t from_s = range.from_s;
  for (const TierDay& day : days) {
    if (from_s < day.span.from_s) spans.push_back({from_s, day.span.from_s});
    from_s = day.span.to_s;
  }
  if (from_s < range.to_s) spans.push_back({from_s, range.to_s});
  return spans;
}

}  // namespace

bool UsesDays(const ReportRequest& request) {
  return request.granularity == Granularity::kDay || request.granularity == Granularity::kTotal;
}

std::optional<int64_t> FirstDayOfTier(const ReportTiers& tiers, const TimeRange& range) {
  for (size_t i = 0; i + 1 < tiers.calendar.starts_s.size(); ++i) {
    if (const auto day = DayOfTier(tiers, range, i)) return day->slot.start;
  }
  return std::nullopt;
}

DayChoice ChooseDays(const ReportTiers& tiers, const ReportRequest& request,
                     const TimeRange& range) {
  DayChoice choice;
  const std::vector<TimeSpan> everything = {{range.from_s, range.to_s}};
  const DayAccounts& accounts = tiers.accounts;
  std::vector<TierDay> days;
  const bool few = accounts.elsewhere == 0 || accounts.fewer.size() <= kMaxListed;
  if (UsesDays(request) && accounts.in_zone > 0 && few) days = DaysOfTier(tiers, range);
  if (days.empty()) {
    choice.finer.push_back({Advertisers::kAll, everything});
    return choice;
  }
  auto by_day = Advertisers::kAll;
  if (accounts.elsewhere > 0) {
    choice.listed = accounts.fewer;
    const bool listed = accounts.in_zone <= accounts.elsewhere;
    by_day = listed ? Advertisers::kListed : Advertisers::kUnlisted;
    choice.finer.push_back({listed ? Advertisers::kUnlisted : Advertisers::kListed, everything});
  }
  std::vector<ChosenSlot> slots;
  for (const TierDay& day : days) slots.push_back(day.slot);
  choice.days = ReportSegment{.tier = Tier::kDay,
                              .advertisers = by_day,
                              .rolled = RowsOf(slots, tiers.published->days, DayGrid())};
  if (auto spans = Around(days, range); !spans.empty()) {
    choice.finer.push_back({by_day, std::move(spans)});
  }
  return choice;
}

}  // namespace adtally
