#include "reporting/tier_state.h"

#include <algorithm>
#include <optional>
#include <string>

#include "reporting/day_choice.h"
#include "reporting/report_problems.h"
#include "store/row_binary_reader.h"
#include "store/sql_param.h"
#include "store/statement.h"
#include "tiers/tier_content.h"

namespace adtally {
namespace {

constexpr int64_t kHourS = 3600;
constexpr int64_t kDayS = 86'400;

Error Unreadable(std::string_view what) {
  return {ErrorCode::kInternal,
          "the store's answer about " + std::string(what) + " cannot be read"};
}

Result<Calendar> ReadCalendar(Store& store, const TimeRange& range, const std::string& time_zone) {
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
      RunStatement(store,
                   {"SELECT toUInt32(toDateTime(toDate(number), {time_zone:String})) FROM "
                    "numbers({first:UInt64}, {count:UInt64}) ORDER BY number",
                    {{"time_zone", time_zone},
                     {"first", std::to_string(calendar.first_day)},
                     {"count", std::to_string(last_day + 1 - calendar.first_day)}}},
                   "RowBinary"));
  RowBinaryReader reader(answer);
  while (!reader.done()) calendar.starts_s.push_back(reader.UInt32());
  if (!reader.ok()) return Unreadable("the days of " + time_zone);
  return calendar;
}

Result<DayAccounts> ReadDayAccounts(Store& store, const ReportRequest& request, Scope scope,
                                    int64_t first_day) {
  Statement statement;
  statement.sql =
      "SELECT countIf(same), countIf(NOT same), if(countIf(same) <= countIf(NOT same), "
      "groupArrayIf(advertiser_id, same), groupArrayIf(advertiser_id, NOT same)) FROM (SELECT "
      "advertiser_id, argMax(time_zone, version) = {time_zone:String} AND argMax(from_day, "
      "version) "
      "<= toDate({first_day:UInt16}) AS same FROM adtally.day_accounts";
  statement.params = {{"time_zone", request.time_zone}, {"first_day", std::to_string(first_day)}};
  if (const auto named = NamedAdvertisers(request, scope)) {
    statement.sql += " WHERE advertiser_id IN {advertisers:Array(UInt32)}";
    statement.params.push_back({"advertisers", NumberArray(*named)});
  }
  statement.sql += " GROUP BY advertiser_id)";
  ADTALLY_ASSIGN(const std::string answer, RunStatement(store, statement, "RowBinary"));
  DayAccounts accounts;
  RowBinaryReader reader(answer);
  accounts.in_zone = reader.UInt64();
  accounts.elsewhere = reader.UInt64();
  accounts.fewer.resize(reader.Size());
  for (uint32_t& id : accounts.fewer) id = reader.UInt32();
  if (!reader.ok()) return Unreadable("adtally.day_accounts");
  return accounts;
}

Result<void> ReadDays(Store& store, const ReportRequest& request, const TimeRange& range,
                      Scope scope, TierState& state) {
  const int64_t last_day =
      state.calendar.first_day + static_cast<int64_t>(state.calendar.starts_s.size()) - 1;
  ADTALLY_ASSIGN(state.days,
                 ReadTierStatus(store, Tier::kDay, MonthNumber(state.calendar.first_day * kDayS),
                                MonthNumber(last_day * kDayS)));
  const auto first_day = FirstDayOfTier(state, range);
  if (!first_day) return {};
  ADTALLY_ASSIGN(state.accounts, ReadDayAccounts(store, request, scope, *first_day));
  return {};
}

// The statuses of the UTC days of all spans. Few spans are read one by one: there may be years
// between them.
Result<void> ReadHours(Store& store, const std::vector<TimeSpan>& spans, TierState& state) {
  constexpr size_t kFewSpans = 2;
  std::vector<TimeSpan> reads = spans;
  if (spans.size() > kFewSpans) reads = {{spans.front().from_s, spans.back().to_s}};
  for (const TimeSpan& span : reads) {
    ADTALLY_ASSIGN(auto read, ReadTierStatus(store, Tier::kHour, DayNumber(span.from_s),
                                             DayNumber(span.to_s - 1)));
    state.hours.merge(read);
  }
  return {};
}

// Days of which no hours are there are worth a look into the archive: before the minutes begin, and
// before days that have hours.
Result<void> ReadArchive(Store& store, const std::vector<TimeSpan>& spans, TierState& state) {
  int64_t before_s = MinutesKeptFrom(state);
  for (const auto& [day, partition] : state.hours) {
    if (!partition.slots.empty()) before_s = std::max(before_s, DayStart(day));
  }
  std::optional<uint32_t> first;
  uint32_t last = 0;
  for (const TimeSpan& span : spans) {
    const int64_t end_s = std::min(span.to_s, before_s);
    for (int64_t at_s = span.from_s / kDayS * kDayS; at_s < end_s; at_s += kDayS) {
      const auto hot = state.hours.find(DayNumber(at_s));
      if (hot != state.hours.end() && !hot->second.slots.empty()) continue;
      if (!first) first = MonthNumber(at_s);
      last = MonthNumber(at_s);
    }
  }
  if (!first) return {};
  ADTALLY_ASSIGN(state.archive, ReadTierStatus(store, Tier::kArchive, *first, last));
  return {};
}

// Of the hours that may have changed since they were rolled up.
Result<void> ReadMarks(Store& store, const std::vector<TimeSpan>& spans, TierState& state) {
  int64_t first_s = INT64_MAX;
  int64_t last_s = 0;
  for (const auto& [day, partition] : state.hours) {
    for (const TierSlot& slot : partition.slots) {
      const int64_t hour_s = DayStart(day) + slot.slot * kHourS;
      const bool asked = std::any_of(spans.begin(), spans.end(), [&](const TimeSpan& span) {
        return span.from_s <= hour_s && hour_s + kHourS <= span.to_s;
      });
      if (slot.final || !asked || hour_s < MinutesKeptFrom(state)) continue;
      first_s = std::min(first_s, hour_s);
      last_s = std::max(last_s, hour_s);
    }
  }
  if (first_s > last_s) return {};
  ADTALLY_ASSIGN(state.marks, HourMarks(store, first_s, last_s + kHourS));
  return {};
}

}  // namespace

int64_t TierState::FloorOf(Tier tier) const {
  const auto floor = floors.find(tier);
  return floor == floors.end() ? INT64_MIN : floor->second;
}

Result<TierState> ReadTierState(Store& store, const ReportRequest& request, const TimeRange& range,
                                Scope scope) {
  TierState state;
  ADTALLY_ASSIGN(state.floors, ReadTierFloors(store));
  if (request.granularity == Granularity::kMinute) return state;
  ADTALLY_ASSIGN(state.calendar, ReadCalendar(store, range, request.time_zone));
  if (UsesDays(request)) ADTALLY_TRY(ReadDays(store, request, range, scope, state));
  const DayChoice choice = ChooseDays(state, request, range);
  if (choice.finer.empty()) return state;
  const std::vector<TimeSpan>& spans = choice.finer.front().spans;
  ADTALLY_TRY(ReadHours(store, spans, state));
  ADTALLY_TRY(ReadArchive(store, spans, state));
  ADTALLY_TRY(ReadMarks(store, spans, state));
  return state;
}

}  // namespace adtally
