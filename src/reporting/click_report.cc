#include "reporting/click_report.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/rfc3339.h"
#include "reporting/counted_from.h"
#include "reporting/report_segments.h"
#include "reporting/report_sql.h"

namespace adtally {
namespace {

// "SELECT keys, sum(a) AS a, 0 AS b FROM …": the columns of `own` summed, of the others nothing.
std::string Half(const ReportRequest& request, const std::vector<std::string_view>& own,
                 const Statement& source) {
  const std::string keys = GroupKeys(request);
  std::string sql = "SELECT " + keys;
  bool first = keys.empty();
  for (const std::string_view column : SumColumns(request)) {
    const std::string name(column);
    const bool summed = std::ranges::find(own, column) != own.end();
    sql += (first ? "" : ", ") + (summed ? "sum(" + Summand(column) + ")" : "0") + " AS " + name;
    first = false;
  }
  return sql + " FROM " + source.sql + (keys.empty() ? "" : " GROUP BY " + keys);
}

}  // namespace

Result<void> CheckClicksAreKept(Store& store, ConstantAnswers& known,
                                const PublishedTiers& published, const TimeRange& range) {
  ADTALLY_ASSIGN(const int64_t counted_from_s,
                 CountedFrom(store, known, kClickConversionsMigration));
  // Months are dropped with those of adtally.day.
  const int64_t kept_from_s = std::max(counted_from_s, published.FloorOf(Tier::kDay));
  if (range.from_s >= kept_from_s) return {};
  return Error{
      ErrorCode::kInvalidArgument,
      "from: conversions by click time are kept of clicks from " +
          FormatRfc3339(kept_from_s, std::nullopt) +
          " on; begin there or later, or leave the metrics that end in _by_click_time out"};
}

Statement JoinClicks(const ReportRequest& request, const Statement& sums, const Statement& clicks) {
  Statement joined;
  joined.sql = "(" + Half(request, TierColumns(request), sums) + " UNION ALL " +
               Half(request, ClickColumns(request), clicks) + ")";
  joined.params = sums.params;
  AddMissingParams(joined.params, clicks.params);
  return joined;
}

}  // namespace adtally
