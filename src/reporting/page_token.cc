#include "reporting/page_token.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/ascii.h"
#include "base/base64url.h"
#include "base/hash.h"
#include "base/rfc3339.h"
#include "reporting/parameters.h"

namespace adtally {
namespace {

constexpr std::string_view kVersion = "1";
constexpr std::string_view kNull = "\\N";
constexpr std::string_view kPrevious = "previous_";
constexpr size_t kMaxTokenBytes = 4096;

std::string HashText(std::string_view text) {
  char digits[17];
  std::snprintf(digits, sizeof(digits), "%016llx",
                static_cast<unsigned long long>(HashBytes(text).low));
  return digits;
}

bool IsDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "-12.345600"
bool IsDecimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::string_view whole = TakeUntil(text, '.');
  return IsDigits(whole) && whole.size() <= 30 && (text.empty() || IsDigits(text)) &&
         text.size() <= 6;
}

bool IsNumber(std::string_view text) {
  double number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  return end.ec == std::errc() && end.ptr == text.data() + text.size() && std::isfinite(number);
}

bool Fits(CursorKind kind, std::string_view value) {
  uint64_t count = 0;
  switch (kind) {
    case CursorKind::kTime:
      return ParseRfc3339(value).has_value();
    case CursorKind::kId:
      return ParseUInt32(value, 0).has_value();
    case CursorKind::kText:
      return value.find('\\') == std::string_view::npos;
    case CursorKind::kCount:
      return IsDigits(value) &&
             std::from_chars(value.data(), value.data() + value.size(), count).ec == std::errc();
    case CursorKind::kDecimal:
      return IsDecimal(value);
    case CursorKind::kRatio:
      return IsNumber(value);
  }
  return false;
}

Error Damaged() {
  return {ErrorCode::kInvalidArgument,
          "page_token: this is not the whole next_page_token of an answer; send it as it came, or "
          "leave it out for the first page"};
}

Error OfAnotherReport() {
  return {ErrorCode::kInvalidArgument,
          "page_token: it is of a report with other parameters; from page to page only limit may "
          "change"};
}

}  // namespace

std::vector<ReportRequest::Order> TotalOrder(const ReportRequest& request) {
  std::vector<ReportRequest::Order> order = request.order;
  const auto add = [&](std::string_view column) {
    const bool known = std::ranges::any_of(
        order, [&](const ReportRequest::Order& term) { return term.column == column; });
    if (!known) order.push_back({column, false});
  };
  if (request.granularity != Granularity::kTotal) add("time");
  for (const ReportDimension* group : request.groups) add(group->column);
  return order;
}

CursorKind CursorKindOf(std::string_view column) {
  if (column == "time") return CursorKind::kTime;
  for (const ReportDimension& dimension : ReportDimensions()) {
    if (dimension.column != column) continue;
    return dimension.kind == ReportDimension::Kind::kId ? CursorKind::kId : CursorKind::kText;
  }
  if (column.starts_with(kPrevious)) column.remove_prefix(kPrevious.size());
  const auto metrics = ReportMetrics();
  const auto metric = std::ranges::find(metrics, column, &ReportMetric::name);
  ADTALLY_CHECK(metric != metrics.end(), "a report is ordered by its columns");
  switch (metric->kind) {
    case ValueKind::kCount:
      return CursorKind::kCount;
    case ValueKind::kMoney:
      return CursorKind::kDecimal;
    case ValueKind::kRatio:
      return CursorKind::kRatio;
  }
  return CursorKind::kCount;
}

std::string WritePageToken(const ReportRequest& request, std::string_view row) {
  const std::vector<std::string_view> columns = request.ColumnNames();
  std::vector<std::string_view> fields;
  for (size_t i = 0; i < columns.size(); ++i) fields.push_back(TakeUntil(row, '\t'));
  std::string text(kVersion);
  text.append("\n").append(HashText(request.identity));
  for (const ReportRequest::Order& term : TotalOrder(request)) {
    const auto place = std::ranges::find(columns, term.column) - columns.begin();
    text.append("\n").append(fields[static_cast<size_t>(place)]);
  }
  return EncodeBase64Url(text + "\n" + HashText(text));
}

Result<PageCursor> ReadPageToken(std::string_view token, const ReportRequest& request) {
  if (token.size() > kMaxTokenBytes) return Damaged();
  const auto text = DecodeBase64Url(token);
  if (!text) return Damaged();
  const size_t end = text->rfind('\n');
  if (end == std::string::npos || text->substr(end + 1) != HashText(text->substr(0, end))) {
    return Damaged();
  }
  std::string_view left = std::string_view(*text).substr(0, end);
  if (TakeUntil(left, '\n') != kVersion) return Damaged();
  if (TakeUntil(left, '\n') != HashText(request.identity)) return OfAnotherReport();
  PageCursor cursor;
  const std::vector<ReportRequest::Order> order = TotalOrder(request);
  for (const ReportRequest::Order& term : order) {
    const std::string_view value = TakeUntil(left, '\n');
    if (value == kNull) {
      cursor.emplace_back(std::nullopt);
    } else if (Fits(CursorKindOf(term.column), value)) {
      cursor.emplace_back(value);
    } else {
      return Damaged();
    }
  }
  if (!left.empty() || order.empty()) return Damaged();
  return cursor;
}

}  // namespace adtally
