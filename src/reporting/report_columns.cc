#include "reporting/report_columns.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace adtally {
namespace {

using Kind = ReportDimension::Kind;

constexpr ReportDimension kDimensions[] = {
    {"advertiser", "advertiser_id", Kind::kId}, {"campaign", "campaign_id", Kind::kId},
    {"ad_group", "ad_group_id", Kind::kId},     {"creative", "creative_id", Kind::kId},
    {"device", "device", Kind::kDevice},        {"country", "country", Kind::kCountry},
    {"region", "region", Kind::kRegion},
};

// Money is summed in whole micros and becomes a decimal of six digits without passing through a
// float.
#define ADTALLY_MONEY(micros) "toDecimal128(" micros ", 6) / 1000000"
// `micros` per `count` as a decimal, its last digit rounded half up, in whole numbers of 128 bits.
#define ADTALLY_MONEY_PER(micros, count)                                          \
  "if(" count " = 0, NULL, toDecimal128(intDiv(toInt128(" micros ") * 2 + " count \
  ", toInt128(greatest(" count ", 1)) * 2), 6) / 1000000)"
#define ADTALLY_RATIO(top, bottom) "if(" bottom " = 0, NULL, " top " / " bottom ")"

#define ADTALLY_COUNT(column) \
  { column, ValueKind::kCount, false, {column}, "sum_" column }
// All that came in; and the parts of it that are not net.
#define ADTALLY_GROSS_COLUMNS(events) \
  { events, "invalid_" events, "duplicate_" events }
#define ADTALLY_GROSS_SUM(events) \
  "(sum_" events " + sum_invalid_" events " + sum_duplicate_" events ")"
#define ADTALLY_GROSS(events)                                                 \
  {                                                                           \
    "gross_" events, ValueKind::kCount, false, ADTALLY_GROSS_COLUMNS(events), \
        ADTALLY_GROSS_SUM(events)                                             \
  }
#define ADTALLY_SHARE_OF_GROSS(part, event, events)                             \
  {                                                                             \
    part event "_rate", ValueKind::kRatio, true, ADTALLY_GROSS_COLUMNS(events), \
        ADTALLY_RATIO("sum_" part events, ADTALLY_GROSS_SUM(events))            \
  }

constexpr ReportMetric kMetrics[] = {
    ADTALLY_COUNT("impressions"),
    ADTALLY_COUNT("clicks"),
    ADTALLY_COUNT("conversions"),
    ADTALLY_COUNT("invalid_impressions"),
    ADTALLY_COUNT("invalid_clicks"),
    ADTALLY_COUNT("invalid_conversions"),
    ADTALLY_COUNT("duplicate_impressions"),
    ADTALLY_COUNT("duplicate_clicks"),
    ADTALLY_COUNT("duplicate_conversions"),
    ADTALLY_GROSS("impressions"),
    ADTALLY_GROSS("clicks"),
    ADTALLY_GROSS("conversions"),
    ADTALLY_SHARE_OF_GROSS("invalid_", "impression", "impressions"),
    ADTALLY_SHARE_OF_GROSS("invalid_", "click", "clicks"),
    ADTALLY_SHARE_OF_GROSS("duplicate_", "impression", "impressions"),
    ADTALLY_SHARE_OF_GROSS("duplicate_", "click", "clicks"),
    {"spend", ValueKind::kMoney, false, {"spend_micros"}, ADTALLY_MONEY("sum_spend_micros")},
    {"conversion_value",
     ValueKind::kMoney,
     false,
     {"conversion_value_micros"},
     ADTALLY_MONEY("sum_conversion_value_micros")},
    {"ctr",
     ValueKind::kRatio,
     true,
     {"clicks", "impressions"},
     ADTALLY_RATIO("sum_clicks", "sum_impressions")},
    {"cvr",
     ValueKind::kRatio,
     true,
     {"conversions", "clicks"},
     ADTALLY_RATIO("sum_conversions", "sum_clicks")},
    {"roas",
     ValueKind::kMoney,
     true,
     {"conversion_value_micros", "spend_micros"},
     ADTALLY_MONEY_PER("toInt128(sum_conversion_value_micros) * 1000000", "sum_spend_micros")},
    {"cpc",
     ValueKind::kMoney,
     true,
     {"spend_micros", "clicks"},
     ADTALLY_MONEY_PER("sum_spend_micros", "sum_clicks")},
    {"cpm",
     ValueKind::kMoney,
     true,
     {"spend_micros", "impressions"},
     ADTALLY_MONEY_PER("toInt128(sum_spend_micros) * 1000", "sum_impressions")},
    {"cpa",
     ValueKind::kMoney,
     true,
     {"spend_micros", "conversions"},
     ADTALLY_MONEY_PER("sum_spend_micros", "sum_conversions")},
    {"conversions_by_click_time",
     ValueKind::kCount,
     false,
     {"click_conversions"},
     "sum_click_conversions"},
    {"invalid_conversions_by_click_time",
     ValueKind::kCount,
     false,
     {"invalid_click_conversions"},
     "sum_invalid_click_conversions"},
    {"conversion_value_by_click_time",
     ValueKind::kMoney,
     false,
     {"click_conversion_value_micros"},
     ADTALLY_MONEY("sum_click_conversion_value_micros")},
    {"cvr_by_click_time",
     ValueKind::kRatio,
     true,
     {"click_conversions", "clicks"},
     ADTALLY_RATIO("sum_click_conversions", "sum_clicks")},
    {"roas_by_click_time",
     ValueKind::kMoney,
     true,
     {"click_conversion_value_micros", "spend_micros"},
     ADTALLY_MONEY_PER("toInt128(sum_click_conversion_value_micros) * 1000000",
                       "sum_spend_micros")},
    {"cpa_by_click_time",
     ValueKind::kMoney,
     true,
     {"spend_micros", "click_conversions"},
     ADTALLY_MONEY_PER("sum_spend_micros", "sum_click_conversions")},
    {"reach", ValueKind::kCount, false, {}, "sum_users", true},
};

#undef ADTALLY_MONEY
#undef ADTALLY_MONEY_PER
#undef ADTALLY_RATIO
#undef ADTALLY_COUNT
#undef ADTALLY_GROSS
#undef ADTALLY_GROSS_COLUMNS
#undef ADTALLY_GROSS_SUM
#undef ADTALLY_SHARE_OF_GROSS

std::vector<PreviousColumn> PreviousColumns() {
  constexpr std::string_view kSum = "sum_";
  constexpr std::string_view kPreviousSum = "previous_sum_";
  std::vector<PreviousColumn> columns;
  for (const ReportMetric& metric : kMetrics) {
    PreviousColumn column{"previous_" + std::string(metric.name), std::string(metric.expression)};
    std::string& text = column.expression;
    for (size_t at = text.find(kSum); at != std::string::npos;
         at = text.find(kSum, at + kPreviousSum.size())) {
      text.replace(at, kSum.size(), kPreviousSum);
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace

std::span<const ReportDimension> ReportDimensions() {
  return kDimensions;
}

std::span<const ReportMetric> ReportMetrics() {
  return kMetrics;
}

std::string Summand(std::string_view column) {
  std::string text(column);
  return column.ends_with("_micros") ? "toInt128(" + text + ")" : text;
}

bool CountsDuplicates(const ReportMetric& metric) {
  return std::ranges::any_of(
      metric.sums, [](std::string_view column) { return column.starts_with("duplicate_"); });
}

const PreviousColumn& PreviousOf(const ReportMetric& metric) {
  static const std::vector<PreviousColumn> columns = PreviousColumns();
  return columns.at(static_cast<size_t>(&metric - kMetrics));
}

}  // namespace adtally
