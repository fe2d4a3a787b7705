#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json_writer.h"
#include "base/rfc3339.h"
#include "reporting/oracle_calendar_test_support.h"
#include "reporting/report.h"
#include "store/chdb_test_support.h"
#include "store/native_block.h"

// Rows of the minute table, questions about them, and an oracle that answers by adding up the rows
// one by one.
namespace adtally::report_oracle {

struct Row {
  int64_t minute_s = 0;
  std::array<uint32_t, 4> ids{};     // advertiser, campaign, ad group, creative
  std::array<std::string, 3> texts;  // device, country, region
  // Impressions, clicks, conversions; the invalid ones; the duplicates.
  std::array<uint64_t, 9> counts{};
  std::array<int64_t, 2> micros{};  // spend, conversion value
  // A row of adtally.click_conversion: of its numbers only those of conversions.
  bool by_click = false;
};

inline std::vector<Row> RandomRows(std::mt19937& random, size_t count) {
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  std::vector<Row> rows(count);
  for (Row& row : rows) {
    const int64_t day_s = below(2) == 0 ? kSpring : kAutumn;
    row.minute_s = day_s - 86'400 + int64_t{below(below(3) == 0 ? 4320 : 1440 + 300)} * 60;
    const uint32_t advertiser = 1 + below(3);
    const uint32_t campaign = advertiser * 10 + below(3);
    const uint32_t ad_group = campaign * 10 + below(2);
    row.ids = {advertiser, campaign, ad_group, ad_group * 10 + below(2)};
    row.texts = {std::string(kDevices[below(5)]), std::array{"DE", "US", ""}[below(3)],
                 std::array{"BY", "CA", "9", ""}[below(4)]};
    if (below(20) == 0) row.ids = {0, 1, 2, 3};  // a receipt; its numbers must not be seen
    for (uint64_t& value : row.counts) value = below(4) == 0 ? 0 : below(1000);
    for (int64_t& value : row.micros) value = below(4) == 0 ? 0 : int64_t{below(1u << 31)} * 3;
  }
  return rows;
}

// The same of adtally.click_conversion.
inline std::vector<Row> RandomClickRows(std::mt19937& random, size_t count) {
  std::vector<Row> rows = RandomRows(random, count);
  for (Row& row : rows) row.by_click = true;
  return rows;
}

template <class Value, class Get>
inline std::vector<Value> Column(std::span<const Row> rows, Get get) {
  std::vector<Value> values;
  for (const Row& row : rows) values.push_back(get(row));
  return values;
}

// Rows of one of the two tables.
inline void InsertRows(std::span<const Row> rows) {
  constexpr std::string_view kIds[] = {"advertiser_id", "campaign_id", "ad_group_id",
                                       "creative_id"};
  constexpr std::string_view kTexts[] = {"device", "country", "region"};
  constexpr std::string_view kCounts[] = {
      "impressions",           "clicks",           "conversions",
      "invalid_impressions",   "invalid_clicks",   "invalid_conversions",
      "duplicate_impressions", "duplicate_clicks", "duplicate_conversions"};
  constexpr std::string_view kMicros[] = {"spend_micros", "conversion_value_micros"};
  const bool by_click = rows.front().by_click;
  NativeBlock block;
  block.Reset(by_click ? 11 : 19, rows.size());
  block.DateTime("minute", Column<uint32_t>(rows, [](const Row& row) {
                   return static_cast<uint32_t>(row.minute_s);
                 }));
  for (size_t i = 0; i < 4; ++i) {
    block.UInt32(kIds[i], Column<uint32_t>(rows, [&](const Row& row) { return row.ids[i]; }));
  }
  for (size_t i = 0; i < 3; ++i) {
    block.String(kTexts[i], Column<std::string_view>(rows, [&](const Row& row) {
                   return std::string_view(row.texts[i]);
                 }));
  }
  if (by_click) {
    block.UInt64("click_conversions",
                 Column<uint64_t>(rows, [](const Row& row) { return row.counts[2]; }));
    block.UInt64("invalid_click_conversions",
                 Column<uint64_t>(rows, [](const Row& row) { return row.counts[5]; }));
    block.Int64("click_conversion_value_micros",
                Column<int64_t>(rows, [](const Row& row) { return row.micros[1]; }));
    const auto inserted = ChdbTestStore::Get().Insert(
        "adtally.click_conversion (minute, advertiser_id, campaign_id, ad_group_id, creative_id, "
        "device, country, region, click_conversions, invalid_click_conversions, "
        "click_conversion_value_micros)",
        block.bytes(), "");
    ASSERT_TRUE(inserted.ok()) << inserted.error().message;
    return;
  }
  for (size_t i = 0; i < 9; ++i) {
    block.UInt64(kCounts[i], Column<uint64_t>(rows, [&](const Row& row) { return row.counts[i]; }));
  }
  for (size_t i = 0; i < 2; ++i) {
    block.Int64(kMicros[i], Column<int64_t>(rows, [&](const Row& row) { return row.micros[i]; }));
  }
  const auto inserted = ChdbTestStore::Get().Insert(
      "adtally.minute (minute, advertiser_id, campaign_id, ad_group_id, creative_id, device, "
      "country, region, impressions, clicks, conversions, invalid_impressions, invalid_clicks, "
      "invalid_conversions, duplicate_impressions, duplicate_clicks, duplicate_conversions, "
      "spend_micros, conversion_value_micros)",
      block.bytes(), "");
  ASSERT_TRUE(inserted.ok()) << inserted.error().message;
}

using Cell =
    std::variant<std::monostate, int64_t, double, std::string>;  // null, exact, ratio, text
using Cells = std::vector<Cell>;

struct Sums {
  std::array<int64_t, 9> counts{};
  std::array<int64_t, 2> micros{};
  std::array<int64_t, 3> clicks{};  // conversions by click, invalid ones, their value
  void Add(const Row& row) {
    if (row.by_click) {
      clicks[0] += static_cast<int64_t>(row.counts[2]);
      clicks[1] += static_cast<int64_t>(row.counts[5]);
      clicks[2] += row.micros[1];
      return;
    }
    for (size_t i = 0; i < 9; ++i) counts[i] += static_cast<int64_t>(row.counts[i]);
    for (size_t i = 0; i < 2; ++i) micros[i] += row.micros[i];
  }
};

__extension__ using Int128 = __int128;

// Money and roas are in millionths.
inline Cell Metric(const Sums& s, std::string_view name) {
  const auto ratio = [](int64_t top, int64_t bottom) -> Cell {
    if (bottom == 0) return {};
    return static_cast<double>(top) / static_cast<double>(bottom);
  };
  const auto per = [](int64_t micros, int64_t times, int64_t parts) -> Cell {
    if (parts == 0) return {};
    const Int128 all = Int128{micros} * times;
    const auto whole = static_cast<int64_t>(all / parts);
    return all % parts * 2 >= parts ? whole + 1 : whole;
  };
  const auto& [impressions, clicks, conversions, bad_impressions, bad_clicks, bad_conversions,
               repeated_impressions, repeated_clicks, repeated_conversions] = s.counts;
  const int64_t all_impressions = impressions + bad_impressions + repeated_impressions;
  const int64_t all_clicks = clicks + bad_clicks + repeated_clicks;
  const auto& [spend, value] = s.micros;
  if (name == "impressions") return impressions;
  if (name == "clicks") return clicks;
  if (name == "conversions") return conversions;
  if (name == "invalid_impressions") return bad_impressions;
  if (name == "invalid_clicks") return bad_clicks;
  if (name == "invalid_conversions") return bad_conversions;
  if (name == "duplicate_impressions") return repeated_impressions;
  if (name == "duplicate_clicks") return repeated_clicks;
  if (name == "duplicate_conversions") return repeated_conversions;
  if (name == "gross_impressions") return all_impressions;
  if (name == "gross_clicks") return all_clicks;
  if (name == "gross_conversions") return conversions + bad_conversions + repeated_conversions;
  if (name == "invalid_impression_rate") return ratio(bad_impressions, all_impressions);
  if (name == "invalid_click_rate") return ratio(bad_clicks, all_clicks);
  if (name == "duplicate_impression_rate") return ratio(repeated_impressions, all_impressions);
  if (name == "duplicate_click_rate") return ratio(repeated_clicks, all_clicks);
  if (name == "spend") return spend;
  if (name == "conversion_value") return value;
  if (name == "ctr") return ratio(clicks, impressions);
  if (name == "cvr") return ratio(conversions, clicks);
  if (name == "roas") return per(value, 1'000'000, spend);
  if (name == "cpc") return per(spend, 1, clicks);
  if (name == "cpm") return per(spend, 1000, impressions);
  if (name == "cpa") return per(spend, 1, conversions);
  const auto& [click_conversions, bad_click_conversions, click_value] = s.clicks;
  if (name == "conversions_by_click_time") return click_conversions;
  if (name == "invalid_conversions_by_click_time") return bad_click_conversions;
  if (name == "conversion_value_by_click_time") return click_value;
  if (name == "cvr_by_click_time") return ratio(click_conversions, clicks);
  if (name == "roas_by_click_time") return per(click_value, 1'000'000, spend);
  if (name == "cpa_by_click_time") return per(spend, 1, click_conversions);
  ADD_FAILURE() << "the oracle does not know " << name;
  return {};
}

// What a report asks for, in the oracle's terms.
struct Question {
  Granularity granularity = Granularity::kTotal;
  std::string zone = "UTC";
  int64_t from_s = kSpring - 2 * 86'400;
  int64_t to_s = kAutumn + 4 * 86'400;
  std::vector<size_t> groups{};                       // places in ReportDimensions()
  std::map<size_t, std::set<std::string>> filters{};  // by place; "" for unknown
  std::vector<std::string> metrics{};
  std::optional<uint32_t> limit{};
  std::string order_metric{};  // descending
  std::string compare_to{};    // "" for nothing
};

inline std::string ValueOf(const Row& row, size_t dimension) {
  return dimension < 4 ? std::to_string(row.ids[dimension]) : row.texts[dimension - 4];
}

// Whether a metric of the question needs the row's table: rates by click time need both.
inline bool IsAskedFor(const Question& question, const Row& row) {
  return std::ranges::any_of(question.metrics, [&](std::string_view name) {
    const bool by_click = name.ends_with("_by_click_time");
    const bool rate = name.find("conversion") == std::string_view::npos;
    return by_click == row.by_click || (by_click && rate);
  });
}

inline bool Selected(const Question& question, const Row& row) {
  if (!IsAskedFor(question, row) || row.ids[0] == 0 || row.minute_s < question.from_s ||
      row.minute_s >= question.to_s) {
    return false;
  }
  return std::all_of(question.filters.begin(), question.filters.end(), [&](const auto& filter) {
    return filter.second.contains(ValueOf(row, filter.first));
  });
}

inline Cells Keys(const Question& question, const Row& row) {
  Cells keys;
  if (question.granularity != Granularity::kTotal) {
    keys.emplace_back(BucketStart(question.granularity, question.zone, row.minute_s));
  }
  for (const size_t group : question.groups) {
    group < 4 ? keys.emplace_back(int64_t{row.ids[group]})
              : keys.emplace_back(row.texts[group - 4]);
  }
  return keys;
}

struct Expected {
  std::vector<Cells> rows;
  Cells totals;
  // Of a comparison.
  Cells previous_totals = {};
  TimeRange previous_range = {};
};

// The metrics' columns, of both ranges in a comparison.
inline std::vector<std::string> NumberColumns(const Question& question) {
  std::vector<std::string> columns = question.metrics;
  if (question.compare_to.empty()) return columns;
  for (const std::string& metric : question.metrics) columns.push_back("previous_" + metric);
  return columns;
}

inline void AddMetrics(const Question& question, const Sums& sums, Cells& cells) {
  for (const std::string& metric : question.metrics) cells.push_back(Metric(sums, metric));
}

// By the column that the question names, the others staying in order.
inline void Sort(const Question& question, std::vector<Cells>& rows) {
  const std::vector<std::string> columns = NumberColumns(question);
  const auto order = std::find(columns.begin(), columns.end(), question.order_metric);
  if (order == columns.end()) return;
  const size_t from_end = static_cast<size_t>(columns.end() - order);
  std::stable_sort(rows.begin(), rows.end(), [&](const Cells& a, const Cells& b) {
    return a[a.size() - from_end] > b[b.size() - from_end];  // null is the least: last
  });
}

inline Expected Answer(const Question& question, std::span<const Row> rows) {
  std::map<Cells, Sums> sums;
  Sums totals;
  if (question.granularity == Granularity::kTotal && question.groups.empty()) sums[{}] = {};
  for (const Row& row : rows) {
    if (!Selected(question, row)) continue;
    sums[Keys(question, row)].Add(row);
    totals.Add(row);
  }
  Expected expected;
  for (const auto& [keys, sum] : sums) {
    expected.rows.push_back(keys);
    AddMetrics(question, sum, expected.rows.back());
  }
  AddMetrics(question, totals, expected.totals);
  Sort(question, expected.rows);
  return expected;
}

inline std::string QueryOf(const Question& question) {
  std::string query = "from=" + FormatRfc3339(question.from_s, std::nullopt) +
                      "&to=" + FormatRfc3339(question.to_s, std::nullopt) +
                      "&granularity=" + std::string(GranularityName(question.granularity)) +
                      "&time_zone=" + question.zone + "&metrics=";
  for (const std::string& metric : question.metrics) query += metric + ',';
  query.pop_back();
  for (const size_t group : question.groups) {
    query += (group == question.groups.front() ? "&group_by=" : ",");
    query += ReportDimensions()[group].group;
  }
  for (const auto& [dimension, values] : question.filters) {
    query += "&" + std::string(ReportDimensions()[dimension].column) + "=";
    for (const std::string& value : values) query += (value.empty() ? "unknown" : value) + ',';
    query.pop_back();
  }
  if (question.limit) query += "&limit=" + std::to_string(*question.limit);
  if (!question.order_metric.empty()) query += "&order_by=-" + question.order_metric;
  if (!question.compare_to.empty()) query += "&compare_to=" + question.compare_to;
  return query;
}

}  // namespace adtally::report_oracle
