#pragma once

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json_writer.h"
#include "base/rfc3339.h"
#include "reporting/report_oracle_test_support.h"

// Compares an answer in JSON with the oracle's, to the last digit.
namespace adtally::report_oracle {

inline bool IsDecimal(std::string_view name) {
  if (name.starts_with("previous_")) name.remove_prefix(9);
  for (const ReportMetric& metric : ReportMetrics()) {
    if (metric.name == name) return metric.kind == ValueKind::kMoney;
  }
  return false;
}

// How the report must write a cell; ratios are compared as numbers instead.
inline std::string TextOf(const Cell& cell, std::string_view column, std::string_view zone) {
  if (std::holds_alternative<std::monostate>(cell)) return "null";
  JsonWriter json;
  if (const auto* text = std::get_if<std::string>(&cell)) {
    json.String(*text);
  } else if (column == "time") {
    const int64_t utc_s = std::get<int64_t>(cell);
    json.String(
        FormatRfc3339(utc_s, zone == "UTC" ? std::nullopt : std::optional(OffsetOf(zone, utc_s))));
  } else if (const auto* number = std::get_if<int64_t>(&cell)) {
    IsDecimal(column) ? json.Micros(*number) : json.Int(*number);
  }
  return json.Take();
}

inline void ExpectCell(simdjson::dom::element actual, std::string_view raw, const Cell& cell,
                       std::string_view column, std::string_view zone) {
  if (const auto* ratio = std::get_if<double>(&cell)) {
    EXPECT_DOUBLE_EQ(actual.get_double().value(), *ratio) << column;
  } else {
    EXPECT_EQ(raw, TextOf(cell, column, zone)) << column;
  }
}

// The values of a flat JSON array or object as they are written.
inline std::vector<std::string> RawValues(std::string_view json, bool object) {
  std::vector<std::string> values;
  std::string value;
  bool quoted = false;
  for (const char c : json.substr(1, json.size() - 2)) {
    if (c == '"') quoted = !quoted;
    if (c == ',' && !quoted) {
      values.push_back(std::exchange(value, ""));
    } else if (c == ':' && !quoted && object) {
      value.clear();
    } else {
      value += c;
    }
  }
  if (!value.empty()) values.push_back(value);
  return values;
}

inline void ExpectTotals(const Question& question, simdjson::dom::element totals,
                         std::string_view text, const Cells& expected) {
  const auto raw = RawValues(text.substr(0, text.find('}') + 1), true);
  ASSERT_EQ(raw.size(), question.metrics.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    ExpectCell(totals[question.metrics[i]], raw[i], expected[i], question.metrics[i],
               question.zone);
  }
}

inline void ExpectCompared(const Question& question, simdjson::dom::element report,
                           std::string_view body, const Expected& expected) {
  if (question.compare_to.empty()) {
    EXPECT_EQ(report["compared"].error(), simdjson::NO_SUCH_FIELD);
    return;
  }
  EXPECT_EQ(report["compare_to"].get_string().value(), question.compare_to);
  const simdjson::dom::element compared = report["compared"];
  for (const auto& [name, utc_s] : {std::pair("from", expected.previous_range.from_s),
                                    std::pair("to", expected.previous_range.to_s)}) {
    JsonWriter json;
    json.String(compared[name].get_string().value());
    EXPECT_EQ(json.Take(), TextOf(Cell(utc_s), "time", question.zone)) << name;
  }
  const size_t at = body.find("\"totals\":", body.find("\"compared\":")) + 9;
  ExpectTotals(question, compared["totals"], body.substr(at), expected.previous_totals);
}

inline void ExpectReport(const Question& question, const std::string& body,
                         const Expected& expected) {
  simdjson::dom::parser parser;
  const simdjson::dom::element report = parser.parse(body);
  std::vector<std::string_view> columns;
  for (const simdjson::dom::element name : report["columns"].get_array()) columns.push_back(name);
  const size_t shown = std::min<size_t>(expected.rows.size(), question.limit.value_or(1'000'000));
  ASSERT_EQ(report["rows"].get_array().size(), shown);
  EXPECT_EQ(report["truncated"].get_bool().value(), shown < expected.rows.size());

  size_t at = body.find("\"rows\":[") + 8;
  size_t row = 0;
  for (const simdjson::dom::element cells : report["rows"].get_array()) {
    const size_t end = body.find(']', at);
    const auto raw = RawValues(std::string_view(body).substr(at, end + 1 - at), false);
    ASSERT_EQ(raw.size(), columns.size());
    size_t column = 0;
    for (const simdjson::dom::element cell : cells.get_array()) {
      ExpectCell(cell, raw[column], expected.rows[row][column], columns[column], question.zone);
      ++column;
    }
    at = end + 2;
    ++row;
  }
  at = body.find("\"totals\":") + 9;
  ExpectTotals(question, report["totals"], std::string_view(body).substr(at), expected.totals);
  ExpectCompared(question, report, body, expected);
}

}  // namespace adtally::report_oracle
