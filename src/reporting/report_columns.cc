#include "reporting/report_columns.h"

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

// What came in once, valid or not; and the invalid part of it.
#define ADTALLY_GROSS(events)                                               \
  {                                                                         \
    "gross_" events, ValueKind::kCount, false, {events, "invalid_" events}, \
        "sum_" events " + sum_invalid_" events                              \
  }
#define ADTALLY_INVALID_RATE(event, events)                                               \
  {                                                                                       \
    "invalid_" event "_rate", ValueKind::kRatio, true, {events, "invalid_" events},       \
        ADTALLY_RATIO("sum_invalid_" events, "(sum_" events " + sum_invalid_" events ")") \
  }

constexpr ReportMetric kMetrics[] = {
    {"impressions", ValueKind::kCount, false, {"impressions"}, "sum_impressions"},
    {"clicks", ValueKind::kCount, false, {"clicks"}, "sum_clicks"},
    {"conversions", ValueKind::kCount, false, {"conversions"}, "sum_conversions"},
    {"invalid_impressions",
     ValueKind::kCount,
     false,
     {"invalid_impressions"},
     "sum_invalid_impressions"},
    {"invalid_clicks", ValueKind::kCount, false, {"invalid_clicks"}, "sum_invalid_clicks"},
    {"invalid_conversions",
     ValueKind::kCount,
     false,
     {"invalid_conversions"},
     "sum_invalid_conversions"},
    ADTALLY_GROSS("impressions"),
    ADTALLY_GROSS("clicks"),
    ADTALLY_GROSS("conversions"),
    ADTALLY_INVALID_RATE("impression", "impressions"),
    ADTALLY_INVALID_RATE("click", "clicks"),
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
    {"reach", ValueKind::kCount, false, {}, "sum_users", true},
};

#undef ADTALLY_MONEY
#undef ADTALLY_MONEY_PER
#undef ADTALLY_RATIO
#undef ADTALLY_GROSS
#undef ADTALLY_INVALID_RATE

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

const PreviousColumn& PreviousOf(const ReportMetric& metric) {
  static const std::vector<PreviousColumn> columns = PreviousColumns();
  return columns.at(static_cast<size_t>(&metric - kMetrics));
}

}  // namespace adtally
