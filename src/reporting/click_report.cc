#include "reporting/click_report.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/rfc3339.h"
#include "reporting/report_segments.h"
#include "reporting/report_sql.h"
#include "store/row_binary_reader.h"

namespace adtally {
namespace {

// The first click that the table has counted the conversions of, seconds since the epoch. A store
// that was there before the table was, migration 9, has counted conversions without it: it begins
// with the second whole hour after, since processes of the version before may have counted on for
// some time. 0 for others.
constexpr std::string_view kCountedFrom =
    "SELECT toUInt64(if(added > created + 600, intDiv(added, 3600) * 3600 + 7200, 0)) FROM (SELECT "
    "toUInt32(minIf(applied_at, number = 9)) AS added, toUInt32(minIf(applied_at, number = 1)) AS "
    "created FROM adtally.schema_migrations)";

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
  ADTALLY_ASSIGN(const std::string answer, known.Run(store, {std::string(kCountedFrom), {}}));
  RowBinaryReader reader(answer);
  const auto counted_from_s = static_cast<int64_t>(reader.UInt64());
  if (!reader.ok()) {
    return Error{ErrorCode::kInternal,
                 "the store's answer about adtally.schema_migrations cannot be read"};
  }
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
