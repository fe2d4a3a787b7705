#include "reporting/report_segments.h"

#include <algorithm>
#include <utility>

#include "store/sql_param.h"

namespace adtally {
namespace {

using Advertisers = ReportSegment::Advertisers;

// Where a row of `hour` or of the archive ends.
constexpr std::string_view kEnd = "hour + hour_minutes * 60";

// The text of an Array(UInt32) parameter; the request holds ids as plain decimal numbers.
std::string IdArray(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) text.append(text.empty() ? "[" : ",").append(id);
  return text + ']';
}

bool IsClickColumn(std::string_view column) {
  return std::ranges::find(kClickColumns, column) != kClickColumns.end();
}

// What is read in the place of minutes and of days.
struct SourceTables {
  std::string minutes;
  std::string minute;  // its column of time
  std::string days;
  std::vector<std::string_view> values;
  std::string prefix;  // of the names of parameters that another source may have too
};

// Builds the statement's text and gives names to the values that only one segment has.
class SourceBuilder {
 public:
  SourceBuilder(const ReportPlan& plan, const ReportRequest& request, Scope scope,
                const Statement& archive, SourceTables tables)
      : request_(request), archive_(archive), tables_(std::move(tables)) {
    BuildFilters(scope);
    source_.params.insert(source_.params.end(), archive.params.begin(), archive.params.end());
    if (request.granularity != Granularity::kTotal) AddParam("time_zone", request.time_zone);
    if (!plan.listed.empty()) AddParam(Listed(), NumberArray(plan.listed));
  }

  void Add(const ReportSegment& segment) {
    source_.sql += (source_.sql.empty() ? "(SELECT " : " UNION ALL SELECT ") + Columns(segment);
    source_.sql += " FROM " + Table(segment.tier) + " WHERE " + Where(segment) + filters_;
    if (segment.advertisers != Advertisers::kAll) {
      const bool in = segment.advertisers == Advertisers::kListed;
      source_.sql += std::string(" AND advertiser_id ") + (in ? "IN {" : "NOT IN {") + Listed() +
                     ":Array(UInt32)}";
    }
  }

  Statement Take() && {
    source_.sql += ')';
    return std::move(source_);
  }

 private:
  void AddParam(std::string name, std::string value) {
    source_.params.push_back({std::move(name), std::move(value)});
  }

  std::string Listed() const { return tables_.prefix + "listed"; }

  std::string Bind(std::string_view type, std::string value) {
    std::string name = tables_.prefix + "p" + std::to_string(bound_++);
    std::string text = "{" + name + ":" + std::string(type) + "}";
    AddParam(std::move(name), std::move(value));
    return text;
  }

  std::string BindTime(int64_t utc_s) {
    return "toDateTime(" + Bind("UInt32", std::to_string(utc_s)) + ", 'UTC')";
  }

  // The conditions of all segments. Receipts have advertiser 0 and are never traffic.
  void BuildFilters(Scope scope) {
    filters_ = " AND advertiser_id != 0";
    if (scope) {
      filters_ += " AND advertiser_id = {own_advertiser_id:UInt32}";
      AddParam("own_advertiser_id", std::to_string(*scope));
    }
    for (const ReportRequest::Filter& filter : request_.filters) {
      const bool ids = filter.dimension->kind == ReportDimension::Kind::kId;
      const std::string name(filter.dimension->column);
      filters_ += " AND " + name + " IN {" + name + (ids ? ":Array(UInt32)}" : ":Array(String)}");
      AddParam(name, ids ? IdArray(filter.values) : StringArray(filter.values));
    }
  }

  std::string Table(Tier tier) const {
    switch (tier) {
      case Tier::kMinute:
        return tables_.minutes;
      case Tier::kHour:
        return "adtally.hour";
      case Tier::kDay:
        return tables_.days;
      case Tier::kArchive:
        return archive_.sql;
      case Tier::kReach:
      case Tier::kClickConversion:
        break;
    }
    ADTALLY_CHECK(false, "a plan names the tiers that it reads, of all numbers as of sums");
  }

  // The start of the bucket that holds a time.
  std::string Bucket(const std::string& time) const {
    switch (request_.granularity) {
      case Granularity::kMinute:
        return "toTimeZone(" + time + ", {time_zone:String})";
      case Granularity::kHour:
        return "toStartOfHour(" + time + ", {time_zone:String})";
      case Granularity::kDay:
        return "toStartOfDay(" + time + ", {time_zone:String})";
      case Granularity::kTotal:
        break;
    }
    return "";
  }

  std::string Columns(const ReportSegment& segment) {
    std::string columns;
    const auto append = [&](const std::string& column) {
      columns += (columns.empty() ? "" : ", ") + column;
    };
    if (request_.granularity != Granularity::kTotal) {
      const bool minutes = segment.tier == Tier::kMinute;
      append(segment.tier == Tier::kDay ? "toDateTime(day, {time_zone:String}) AS bucket"
                                        : Bucket(minutes ? tables_.minute : "hour") + " AS bucket");
    }
    for (const ReportDimension* group : request_.groups) append(std::string(group->column));
    bool check = segment.may_straddle;
    for (const std::string_view name : tables_.values) {
      const std::string sum(name);
      // In a column that is read: it must see the selected rows, and only those.
      append(check ? sum + " + " + StraddleCheck(segment) + " AS " + sum : sum);
      check = false;
    }
    return columns;
  }

  // 0, or an error where the row is not wholly inside of one span and one bucket.
  std::string StraddleCheck(const ReportSegment& segment) {
    const std::string end(kEnd);
    std::string inside;
    for (const TimeSpan& span : segment.spans) {
      inside += (inside.empty() ? "" : " OR ") + ("hour >= " + BindTime(span.from_s)) + " AND " +
                end + " <= " + BindTime(span.to_s);
    }
    std::string straddles = "NOT (" + inside + ")";
    if (request_.granularity != Granularity::kTotal) {
      straddles += " OR " + Bucket("hour") + " != " + Bucket(end + " - 1");
    }
    return "throwIf(" + straddles + ", '" + std::string(kStraddles) + "')";
  }

  std::string Where(const ReportSegment& segment) {
    switch (segment.tier) {
      case Tier::kMinute:
        return InSpans(tables_.minute, tables_.minute, segment.spans);
      case Tier::kHour:
        return (segment.may_straddle ? InSpans("hour", kEnd, segment.spans) + " AND " : "") +
               Rolled(segment.rolled, "hour", "toUInt32(toStartOfHour(hour))",
                      [this](int64_t start) { return BindTime(start); });
      case Tier::kArchive:
        return InSpans("hour", segment.may_straddle ? kEnd : "hour", segment.spans);
      case Tier::kDay:
        return Rolled(segment.rolled, "day", "toUInt32(day)",
                      [this](int64_t day) {
                        return "toDate(" + Bind("UInt16", std::to_string(day)) + ")";
                      }) +
               " AND time_zone = " + Bind("String", request_.time_zone);
      case Tier::kReach:
      case Tier::kClickConversion:
        break;
    }
    ADTALLY_CHECK(false, "a plan names the tiers that it reads, of all numbers as of sums");
  }

  // Rows from `start` to `end`, not included unless it is the start too, that touch a span.
  std::string InSpans(std::string_view start, std::string_view end,
                      const std::vector<TimeSpan>& spans) {
    if (spans.empty()) return "0";
    std::string condition;
    for (const TimeSpan& span : spans) {
      condition += condition.empty() ? "(" : " OR ";
      condition.append(end).append(end == start ? " >= " : " > ").append(BindTime(span.from_s));
      condition.append(" AND ").append(start).append(" < ").append(BindTime(span.to_s));
    }
    return condition + ')';
  }

  template <class BindStart>
  std::string Rolled(const RolledRows& rows, const std::string& time, const std::string& slot,
                     BindStart bind) {
    std::vector<std::string> partitions = rows.whole;
    partitions.insert(partitions.end(), rows.partial.begin(), rows.partial.end());
    std::string condition = "_partition_id IN " + Bind("Array(String)", StringArray(partitions)) +
                            " AND " + time + " >= " + bind(rows.first) + " AND " + time + " < " +
                            bind(rows.last + rows.step);
    if (rows.slots.empty()) return condition;
    const std::string in_slots =
        "(" + slot + ", generation) IN " + Bind("Array(Tuple(UInt32, UInt32))", Slots(rows.slots));
    if (rows.whole.empty()) return condition + " AND " + in_slots;
    return condition + " AND (" + in_slots + " OR _partition_id IN " +
           Bind("Array(String)", StringArray(rows.whole)) + ")";
  }

  static std::string Slots(const std::vector<std::pair<int64_t, Generation>>& slots) {
    std::string text;
    for (const auto& [start, generation] : slots) {
      text += (text.empty() ? "[(" : ",(") + std::to_string(start) + ',' +
              std::to_string(generation) + ')';
    }
    return text + ']';
  }

  const ReportRequest& request_;
  const Statement& archive_;
  const SourceTables tables_;
  Statement source_;
  std::string filters_;
  size_t bound_ = 0;
};

}  // namespace

std::vector<std::string_view> SumColumns(const ReportRequest& request) {
  std::vector<std::string_view> columns;
  for (const ReportMetric* metric : request.metrics) {
    for (const std::string_view sum : metric->sums) {
      if (sum.empty() || std::find(columns.begin(), columns.end(), sum) != columns.end()) continue;
      columns.push_back(sum);
    }
  }
  return columns;
}

std::vector<std::string_view> TierColumns(const ReportRequest& request) {
  std::vector<std::string_view> columns = SumColumns(request);
  std::erase_if(columns, IsClickColumn);
  return columns;
}

std::vector<std::string_view> ClickColumns(const ReportRequest& request) {
  std::vector<std::string_view> columns = SumColumns(request);
  std::erase_if(columns, [](std::string_view column) { return !IsClickColumn(column); });
  return columns;
}

namespace {

Statement Build(const ReportPlan& plan, const ReportRequest& request, Scope scope,
                const Statement& archive, SourceTables tables) {
  SourceBuilder builder(plan, request, scope, archive, std::move(tables));
  for (const ReportSegment& segment : plan.segments) builder.Add(segment);
  // A table of the right columns, without rows.
  if (plan.segments.empty()) builder.Add({.tier = Tier::kMinute});
  return std::move(builder).Take();
}

}  // namespace

Statement BuildSource(const ReportPlan& plan, const ReportRequest& request, Scope scope,
                      const Statement& archive) {
  return Build(plan, request, scope, archive,
               {"adtally.minute", "minute", "adtally.day", TierColumns(request), ""});
}

Statement BuildReachSource(const ReportPlan& plan, const ReportRequest& request, Scope scope) {
  return Build(plan, request, scope, {},
               {"adtally.reach_quarter", "quarter", "adtally.reach", {kSketchColumn}, "reach_"});
}

Statement BuildClickSource(const TimeRange& range, const ReportRequest& request, Scope scope) {
  const ReportPlan plan{
      .segments = {{.tier = Tier::kMinute, .spans = {{range.from_s, range.to_s}}, .rolled = {}}}};
  return Build(plan, request, scope, {},
               {"adtally.click_conversion", "minute", "", ClickColumns(request), "click_"});
}

}  // namespace adtally
