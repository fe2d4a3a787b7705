#include "reporting/page_sql.h"

#include <bit>
#include <charconv>
#include <string>
#include <utility>

#include "base/rfc3339.h"
#include "reporting/page_token.h"

namespace adtally {
namespace {

struct Operand {
  std::string sql;    // {name} stands for the parameter's name
  std::string value;  // of the parameter
};

// A float's text may not be read as the float that it was written for: its bits are.
std::string BitsOf(const std::string& number) {
  double value = 0;
  std::from_chars(number.data(), number.data() + number.size(), value);
  return std::to_string(std::bit_cast<uint64_t>(value));
}

Operand OperandOf(CursorKind kind, const std::string& name, const std::string& value) {
  switch (kind) {
    case CursorKind::kTime:
      return {"toDateTime({" + name + ":UInt32}, 'UTC')",
              std::to_string(*ParseRfc3339(value) / 1000)};
    case CursorKind::kId:
      return {"{" + name + ":UInt32}", value};
    case CursorKind::kText:
      return {"{" + name + ":String}", value};
    case CursorKind::kCount:
      return {"{" + name + ":UInt64}", value};
    case CursorKind::kDecimal:
      return {"toDecimal128({" + name + ":String}, 6)", value};
    case CursorKind::kRatio:
      return {"reinterpretAsFloat64({" + name + ":UInt64})", BitsOf(value)};
  }
  return {};
}

}  // namespace

// From the last column to the first: behind it, or equal to it and behind in those after it.
void AppendBehindCursor(const ReportRequest& request, Statement& statement) {
  const std::vector<ReportRequest::Order> order = TotalOrder(request);
  std::string condition = "0";
  for (size_t i = order.size(); i-- > 0;) {
    const std::string column(order[i].column == "time" ? "bucket" : order[i].column);
    const std::optional<std::string>& value = (*request.after)[i];
    if (!value) {
      condition = "isNull(" + column + ") AND (" + condition + ")";
      continue;
    }
    const std::string name = "cursor_" + std::to_string(i);
    Operand operand = OperandOf(CursorKindOf(order[i].column), name, *value);
    const std::string behind = column + (order[i].descending ? " < " : " > ") + operand.sql;
    condition = "isNull(" + column + ") OR " + behind + " OR (" + column + " = " + operand.sql +
                " AND (" + condition + "))";
    statement.params.push_back({name, std::move(operand.value)});
  }
  statement.sql += condition;
}

}  // namespace adtally
