#include "reporting/report_render.h"

#include "base/ascii.h"
#include "base/json_writer.h"
#include "base/rfc3339.h"
#include "reporting/reach_plan.h"
#include "tiers/reach_sketch.h"

namespace adtally {
namespace {

void WriteNumber(JsonWriter& json, std::string_view field) {
  if (field == "\\N") return json.Null();
  json.Raw(field);
}

void WriteRow(JsonWriter& json, const ReportRequest& request, std::string_view line) {
  json.BeginArray();
  if (request.granularity != Granularity::kTotal) json.String(TakeUntil(line, '\t'));
  for (const ReportDimension* group : request.groups) {
    const std::string_view field = TakeUntil(line, '\t');
    group->kind == ReportDimension::Kind::kId ? json.Raw(field) : json.String(field);
  }
  const size_t numbers = request.metrics.size() * (request.compares() ? 2 : 1);
  for (size_t i = 0; i < numbers; ++i) WriteNumber(json, TakeUntil(line, '\t'));
  json.EndArray();
}

void SkipKeys(const ReportRequest& request, std::string_view& line) {
  const size_t keys = request.groups.size() + (request.granularity != Granularity::kTotal ? 1 : 0);
  for (size_t i = 0; i < keys; ++i) TakeUntil(line, '\t');
}

// Takes a number for each metric from the line.
void WriteTotals(JsonWriter& json, const ReportRequest& request, std::string_view& line) {
  json.BeginObject();
  for (const ReportMetric* metric : request.metrics) {
    json.Key(metric->name);
    WriteNumber(json, TakeUntil(line, '\t'));
  }
  json.EndObject();
}

void WriteTiers(JsonWriter& json, std::span<const Tier> tiers) {
  json.Key("tiers");
  json.BeginArray();
  for (const Tier tier : tiers) json.String(TierName(tier));
  json.EndArray();
}

void WriteBounds(JsonWriter& json, const TimeRange& range) {
  json.Key("from");
  json.String(FormatRfc3339(range.from_s, range.from_offset_s));
  json.Key("to");
  json.String(FormatRfc3339(range.to_s, range.to_offset_s));
}

// `totals`: what is left of their line.
void WriteCompared(JsonWriter& json, const ReportRequest& request, const ComparedRows& compared,
                   std::string_view totals) {
  json.Key("compare_to");
  json.String(CompareToName(request.compare_to));
  json.Key("compared");
  json.BeginObject();
  WriteBounds(json, compared.range);
  json.Key("totals");
  WriteTotals(json, request, totals);
  WriteTiers(json, compared.tiers);
  json.EndObject();
}

// Returns whether rows were left out.
bool WriteRows(JsonWriter& json, const ReportRequest& request, std::string_view rows,
               uint32_t limit) {
  json.BeginArray();
  for (uint32_t i = 0; i < limit && !rows.empty(); ++i)
    WriteRow(json, request, TakeUntil(rows, '\n'));
  json.EndArray();
  return !rows.empty();
}

void WriteHeader(JsonWriter& json, const ReportRequest& request, const TimeRange& range) {
  WriteBounds(json, range);
  json.Key("granularity");
  json.String(GranularityName(request.granularity));
  json.Key("time_zone");
  json.String(request.time_zone);
  json.Key("columns");
  json.BeginArray();
  for (const std::string_view name : request.ColumnNames()) json.String(name);
  json.EndArray();
}

void WriteQuality(JsonWriter& json, const ReportRequest& request, const ReportRows& data) {
  json.Key("freshness");
  data.complete_to_ms ? json.String(FormatRfc3339Millis(*data.complete_to_ms)) : json.Null();
  WriteTiers(json, data.tiers);
  json.Key("exact");
  json.BeginObject();
  for (const ReportMetric* metric : request.metrics) {
    json.Key(metric->name);
    json.Bool(!metric->sketch && (data.has_all_duplicates || !CountsDuplicates(*metric)));
  }
  json.EndObject();
  if (!AsksForReach(request)) return;
  json.Key("error");
  json.BeginObject();
  for (const ReportMetric* metric : request.metrics) {
    if (!metric->sketch) continue;
    json.Key(metric->name);
    json.Double(kReachStandardError);
  }
  json.EndObject();
}

}  // namespace

std::string RenderReport(const ReportRequest& request, const TimeRange& range,
                         const ReportRows& data) {
  const bool grouped = request.granularity != Granularity::kTotal || !request.groups.empty();
  std::string_view rows = data.rows;
  // The totals come first. Without groups they are the only row, and are shown as a row too.
  std::string_view totals = rows.substr(0, rows.find('\n'));
  if (grouped) TakeUntil(rows, '\n');

  JsonWriter json;
  json.BeginObject();
  WriteHeader(json, request, range);
  json.Key("rows");
  const bool truncated = WriteRows(json, request, rows, data.limit);
  json.Key("totals");
  SkipKeys(request, totals);
  WriteTotals(json, request, totals);
  json.Key("truncated");
  json.Bool(truncated);
  json.Key("next_page_token");
  data.next_page_token.empty() ? json.Null() : json.String(data.next_page_token);
  if (data.compared) WriteCompared(json, request, *data.compared, totals);
  WriteQuality(json, request, data);
  json.EndObject();
  return json.Take();
}

}  // namespace adtally
