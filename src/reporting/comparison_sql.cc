#include "reporting/comparison_sql.h"

#include <string>
#include <utility>

#include "reporting/reach_plan.h"
#include "reporting/report_segments.h"

namespace adtally {
namespace {

void ReplaceAll(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The statement as it can stand beside another one: its parameters and its error have other names.
// No text of a user is in a statement, so what looks like a name is one.
Statement AsPrevious(Statement statement) {
  for (SqlParam& param : statement.params) {
    ReplaceAll(statement.sql, "{" + param.name + ":", "{previous_" + param.name + ":");
    param.name = "previous_" + param.name;
  }
  ReplaceAll(statement.sql, std::string(kStraddles), std::string(kPreviousStraddles));
  return statement;
}

// The bucket of the report in which a bucket of the compared range is shown. Where the time on the
// clock does not exist that day, the store takes one before it; of two, the first.
std::string MovedBucket(const ReportRequest& request, bool by_calendar) {
  constexpr std::string_view kFrom = "toDateTime({range_from:UInt32}, {time_zone:String})";
  constexpr std::string_view kPreviousFrom =
      "toDateTime({compared_from:UInt32}, {time_zone:String})";
  const auto difference = [&](const std::string& function) {
    return function + "(" + std::string(kFrom) + ") - " + function + "(" +
           std::string(kPreviousFrom) + ")";
  };
  const std::string days = difference("toDate");
  if (request.granularity == Granularity::kDay) {
    return "toDateTime(toDate(bucket) + (" + days + "), {time_zone:String})";
  }
  const bool hours = request.granularity == Granularity::kHour;
  const std::string moved =
      by_calendar ? "addDays(bucket, " + days + ")"
                  : "addSeconds(bucket, " + difference(hours ? "toStartOfHour" : "") + ")";
  return hours ? "toStartOfHour(" + moved + ")" : moved;
}

std::string SourceColumns(const ReportRequest& request, const std::string& bucket) {
  std::string columns;
  if (request.granularity != Granularity::kTotal) columns += ", " + bucket;
  for (const ReportDimension* group : request.groups) columns += ", " + std::string(group->column);
  for (const std::string_view sum : SumColumns(request)) columns += ", " + std::string(sum);
  if (AsksForReach(request)) columns += ", " + std::string(kSketchColumn);
  return columns;
}

}  // namespace

Statement CompareSources(const ReportRequest& request, const TimeRange& range,
                         const Comparison& comparison, Statement current, Statement previous) {
  previous = AsPrevious(std::move(previous));
  const std::string moved = MovedBucket(request, comparison.by_calendar) + " AS bucket";
  Statement both = std::move(current);
  both.sql = "(SELECT 0 AS " + std::string(kIsPrevious) + SourceColumns(request, "bucket") +
             " FROM " + both.sql + " UNION ALL SELECT 1 AS " + std::string(kIsPrevious) +
             SourceColumns(request, moved) + " FROM " + previous.sql + ")";
  both.params.insert(both.params.end(), previous.params.begin(), previous.params.end());
  if (request.granularity == Granularity::kTotal) return both;
  both.params.push_back({"range_from", std::to_string(range.from_s)});
  both.params.push_back({"compared_from", std::to_string(comparison.range.from_s)});
  return both;
}

}  // namespace adtally
