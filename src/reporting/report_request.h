#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "reporting/civil_time.h"
#include "reporting/report_columns.h"
#include "reporting/scope.h"
#include "reporting/time_zones.h"

namespace adtally {

inline constexpr uint32_t kMaxReportRows = 100'000;  // of JSON; files have no limit
inline constexpr size_t kMaxFilterValues = 1000;
inline constexpr int kMaxMinuteDays = 7;  // the longest range by minute

enum class Granularity : uint8_t { kTotal, kMinute, kHour, kDay };
enum class ReportFormat : uint8_t { kJson, kCsv, kParquet, kArrow };
std::string_view GranularityName(Granularity granularity);

// What the last row of a page has in each column of the total order; nullopt is null. See
// page_token.h.
using PageCursor = std::vector<std::optional<std::string>>;
// Which other range a report is compared with, see ResolveComparison.
enum class CompareTo : uint8_t { kNothing, kPreviousPeriod, kPreviousYear };
std::string_view CompareToName(CompareTo compare_to);  // "" for kNothing

// What a report is asked for: only values of fixed sets and checked ids and codes.
struct ReportRequest {
  struct Filter {
    const ReportDimension* dimension;  // of ReportDimensions(), like all pointers here
    // Ids, device names or place codes, "" for an unknown place. Never empty.
    std::vector<std::string> values;
  };
  struct Order {
    std::string_view column;  // of ColumnNames()
    bool descending = false;
  };

  CivilTime from;
  CivilTime to;
  Granularity granularity = Granularity::kTotal;
  std::string time_zone = "UTC";
  std::vector<const ReportDimension*> groups;
  std::vector<Filter> filters;
  std::vector<const ReportMetric*> metrics;
  std::vector<Order> order;
  // Rows. nullopt: all of them; as JSON an error when there are more than kMaxReportRows.
  std::optional<uint32_t> limit;
  ReportFormat format = ReportFormat::kJson;
  std::optional<PageCursor> after;  // only rows behind it
  std::string identity;             // of the report that pages are of: its parameters
  CompareTo compare_to = CompareTo::kNothing;

  bool compares() const { return compare_to != CompareTo::kNothing; }
  // "time" unless the granularity is total, the groups' columns, the metrics; in a comparison the
  // metrics once more, as PreviousOf names them.
  std::vector<std::string_view> ColumnNames() const;
};

// The advertisers that the report is about; nullopt when it names none.
std::optional<std::vector<uint32_t>> NamedAdvertisers(const ReportRequest& request, Scope scope);

// Reads the query string of GET /v1/report. kInvalidArgument names the parameter and says what was
// expected.
Result<ReportRequest> ParseReportRequest(std::string_view query, const TimeZones& zones);

}  // namespace adtally
