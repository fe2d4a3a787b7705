#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace adtally {

// What a report can be grouped and filtered by. All names in SQL come from these fixed tables.
struct ReportDimension {
  enum class Kind : uint8_t { kId, kDevice, kCountry, kRegion };
  std::string_view group;   // in group_by: "campaign"
  std::string_view column;  // in the table, in the answer and as filter: "campaign_id"
  Kind kind;
};
std::span<const ReportDimension> ReportDimensions();

enum class ValueKind : uint8_t {
  kCount,
  kMoney,  // six decimals, also for roas; null where a denominator is zero
  kRatio,  // a float; null where the denominator is zero
};

// A number of a report: an SQL expression over the sums of table columns, where the sum of `clicks`
// is `sum_clicks`.
struct ReportMetric {
  std::string_view name;
  ValueKind kind;
  bool divides;                          // null when nothing was counted; otherwise zero
  std::array<std::string_view, 3> sums;  // the table columns that it needs; "" for none
  std::string_view expression;
  bool sketch = false;  // counts the union of sketches, `sum_users`: approximate
};
std::span<const ReportMetric> ReportMetrics();

// What is summed of a table column. Micros are summed in 128 bits: totals of money may be more than
// one row can hold.
std::string Summand(std::string_view column);

// A metric over the range that the report is compared with.
struct PreviousColumn {
  std::string name;        // "previous_clicks"
  std::string expression;  // over sums that are named `previous_sum_clicks`
};
// `metric` is one of ReportMetrics(). What is returned lives for ever.
const PreviousColumn& PreviousOf(const ReportMetric& metric);
// Of the columns that metrics sum: those of adtally.click_conversion. All others are in every tier.
inline constexpr std::array<std::string_view, 3> kClickColumns = {
    "click_conversions", "invalid_click_conversions", "click_conversion_value_micros"};

// Whether its value depends on how many events were received again.
bool CountsDuplicates(const ReportMetric& metric);

inline constexpr std::array<std::string_view, 5> kDevices = {"other", "desktop", "mobile", "tablet",
                                                             "tv"};
// In a filter by country or region: traffic whose place is not known, "" in the rows.
inline constexpr std::string_view kUnknownPlace = "unknown";

}  // namespace adtally
