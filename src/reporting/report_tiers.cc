#include "reporting/report_tiers.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "reporting/day_choice.h"
#include "reporting/report_problems.h"
#include "store/row_binary_reader.h"
#include "store/sql_param.h"
#include "store/statement.h"

namespace adtally {
namespace {

constexpr int64_t kHourS = 3600;
constexpr int64_t kDayS = 86'400;

Error Unreadable(std::string_view what) {
  return {ErrorCode::kInternal,
          "the store's answer about " + std::string(what) + " cannot be read"};
}

Result<Calendar> ReadCalendar(Store& store, ConstantAnswers& known, const TimeRange& range,
                              const std::string& time_zone) {
  Calendar calendar{.first_day = (range.from_s + range.from_offset_s.value_or(0)) / kDayS,
                    .starts_s = {}};
  const int64_t last_day = (range.to_s + range.to_offset_s.value_or(0)) / kDayS + 1;
  if (time_zone == "UTC") {
    for (int64_t day = calendar.first_day; day <= last_day; ++day) {
      calendar.starts_s.push_back(day * kDayS);
    }
    return calendar;
  }
  ADTALLY_ASSIGN(
      const std::string answer,
      known.Run(store, {"SELECT toUInt32(toDateTime(toDate(number), {time_zone:String})) FROM "
                        "numbers({first:UInt64}, {count:UInt64}) ORDER BY number",
                        {{"time_zone", time_zone},
                         {"first", std::to_string(calendar.first_day)},
                         {"count", std::to_string(last_day + 1 - calendar.first_day)}}}));
  RowBinaryReader reader(answer);
  while (!reader.done()) calendar.starts_s.push_back(reader.UInt32());
  if (!reader.ok()) return Unreadable("the days of " + time_zone);
  return calendar;
}

// Of all advertisers, or of those that the report names.
DayAccounts AccountsOf(const PublishedTiers& tiers, const ReportRequest& request, Scope scope,
                       int64_t first_day) {
  std::vector<uint32_t> in_zone;
  std::vector<uint32_t> elsewhere;
  const auto add = [&](const DayAccount& account) {
    const bool same = tiers.zones[account.zone] == request.time_zone &&
                      std::cmp_less_equal(account.from_day, first_day);
    (same ? in_zone : elsewhere).push_back(account.advertiser_id);
  };
  if (const auto named = NamedAdvertisers(request, scope)) {
    for (const uint32_t id : std::set(named->begin(), named->end())) {
      const auto place =
          std::ranges::lower_bound(tiers.accounts, id, {}, &DayAccount::advertiser_id);
      if (place != tiers.accounts.end() && place->advertiser_id == id) add(*place);
    }
  } else {
    std::ranges::for_each(tiers.accounts, add);
  }
  DayAccounts accounts{.in_zone = in_zone.size(), .elsewhere = elsewhere.size(), .fewer = {}};
  accounts.fewer = std::move(in_zone.size() <= elsewhere.size() ? in_zone : elsewhere);
  return accounts;
}

// The hours of these spans that may have changed since they were rolled up: from the first to the
// end of the last; nothing when there is none.
TimeSpan HoursToCompare(const std::vector<TimeSpan>& spans, const PublishedTiers& tiers) {
  TimeSpan hull{INT64_MAX, 0};
  for (const TimeSpan& span : spans) {
    const auto end = tiers.hours.upper_bound(DayNumber(span.to_s - 1));
    for (auto day = tiers.hours.lower_bound(DayNumber(span.from_s)); day != end; ++day) {
      for (const TierSlot& slot : day->second.slots) {
        const int64_t hour_s = DayStart(day->first) + slot.slot * kHourS;
        const bool inside = span.from_s <= hour_s && hour_s + kHourS <= span.to_s;
        if (slot.final || !inside || hour_s < MinutesKeptFrom(tiers)) continue;
        hull = {std::min(hull.from_s, hour_s), std::max(hull.to_s, hour_s + kHourS)};
      }
    }
  }
  return hull;
}

}  // namespace

Result<ReportTiers> ReadReportTiers(Store& store, TierCache& cache, const ReportRequest& request,
                                    const TimeRange& range, Scope scope) {
  ReportTiers tiers;
  ADTALLY_ASSIGN(tiers.published, cache.Published(store));
  if (request.granularity == Granularity::kMinute) return tiers;
  ADTALLY_ASSIGN(tiers.calendar, ReadCalendar(store, cache.constants(), range, request.time_zone));
  if (const auto first = UsesDays(request) ? FirstDayOfTier(tiers, range) : std::nullopt) {
    tiers.accounts = AccountsOf(*tiers.published, request, scope, *first);
  }
  const DayChoice choice = ChooseDays(tiers, request, range);
  if (choice.finer.empty()) return tiers;
  const TimeSpan hours = HoursToCompare(choice.finer.front().spans, *tiers.published);
  if (hours.from_s < hours.to_s) {
    ADTALLY_ASSIGN(tiers.marks, cache.Marks(store, hours.from_s, hours.to_s));
  }
  return tiers;
}

Result<ReportTiers> ReadReachTiers(Store& store, TierCache& cache, const ReportRequest& request,
                                   const TimeRange& range, Scope scope) {
  ADTALLY_ASSIGN(const auto all, cache.Published(store));
  PublishedTiers published{.floors = all->floors, .zones = all->zones, .accounts = all->accounts};
  if (UsesDays(request)) published.days = all->reach;
  ReportTiers tiers{.published = std::make_shared<PublishedTiers>(std::move(published))};
  if (!UsesDays(request)) return tiers;
  ADTALLY_ASSIGN(tiers.calendar, ReadCalendar(store, cache.constants(), range, request.time_zone));
  if (const auto first = FirstDayOfTier(tiers, range)) {
    tiers.accounts = AccountsOf(*tiers.published, request, scope, *first);
  }
  return tiers;
}

}  // namespace adtally
