#include "reporting/report_request.h"

#include <algorithm>
#include <utility>

#include "http/message.h"
#include "reporting/page_token.h"
#include "reporting/parameters.h"
#include "reporting/reach_plan.h"
#include "reporting/time_bound.h"

namespace adtally {
namespace {

constexpr std::string_view kKnown[] = {
    "from",        "to",          "granularity", "time_zone", "group_by",   "advertiser_id",
    "campaign_id", "ad_group_id", "creative_id", "device",    "country",    "region",
    "metrics",     "order_by",    "limit",       "format",    "compare_to", "page_token"};
constexpr std::string_view kDefaultMetrics = "impressions,clicks,ctr,spend,conversions";

constexpr std::pair<std::string_view, Granularity> kGranularities[] = {
    {"minute", Granularity::kMinute},
    {"hour", Granularity::kHour},
    {"day", Granularity::kDay},
    {"total", Granularity::kTotal}};
constexpr std::pair<std::string_view, ReportFormat> kFormats[] = {
    {"json", ReportFormat::kJson},
    {"csv", ReportFormat::kCsv},
    {"parquet", ReportFormat::kParquet},
    {"arrow", ReportFormat::kArrow}};
constexpr std::pair<std::string_view, CompareTo> kComparisons[] = {
    {"previous_period", CompareTo::kPreviousPeriod}, {"previous_year", CompareTo::kPreviousYear}};

// One of a fixed set of names; the default when the parameter is absent.
template <class Value, size_t N>
Result<Value> ParseChoice(const Parameters& parameters, std::string_view name,
                          const std::pair<std::string_view, Value> (&choices)[N], Value absent) {
  const auto text = parameters.Get(name);
  if (!text) return absent;
  for (const auto& [choice, value] : choices) {
    if (choice == *text) return value;
  }
  return BadParameter(name, Choices(choices, [](const auto& c) { return c.first; }), *text);
}

// A list of names of a fixed table, without repeats.
template <class Item, class Name>
Result<std::vector<const Item*>> ParseNames(std::string_view parameter, std::string_view text,
                                            std::span<const Item> table, Name name) {
  std::vector<const Item*> items;
  for (const std::string& part : SplitList(text)) {
    const auto found = std::find_if(table.begin(), table.end(),
                                    [&](const Item& item) { return name(item) == part; });
    if (found == table.end()) {
      return BadParameter(parameter, "a list of " + Choices(table, name), part);
    }
    if (std::find(items.begin(), items.end(), &*found) != items.end()) {
      return BadParameter(parameter, "each name once", text);
    }
    items.push_back(&*found);
  }
  return items;
}

bool IsCode(std::string_view text, size_t min, size_t max, bool digits) {
  return text.size() >= min && text.size() <= max &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= 'A' && c <= 'Z') || (digits && c >= '0' && c <= '9');
         });
}

std::string_view ExpectedValues(ReportDimension::Kind kind) {
  switch (kind) {
    case ReportDimension::Kind::kId:
      return "a list of ids from 1 to 4294967295";
    case ReportDimension::Kind::kDevice:
      return "a list of other, desktop, mobile, tablet or tv";
    case ReportDimension::Kind::kCountry:
      return "a list of ISO 3166-1 codes of two upper-case letters, or unknown";
    case ReportDimension::Kind::kRegion:
      return "a list of ISO 3166-2 parts of one to three of A-Z and 0-9, or unknown";
  }
  return "";
}

// The value as the store holds it; nullopt when it cannot be one.
std::optional<std::string> FilterValue(ReportDimension::Kind kind, const std::string& text) {
  switch (kind) {
    case ReportDimension::Kind::kId:
      if (const auto id = ParseUInt32(text, 1)) return std::to_string(*id);
      return std::nullopt;
    case ReportDimension::Kind::kDevice:
      if (std::find(kDevices.begin(), kDevices.end(), text) != kDevices.end()) return text;
      return std::nullopt;
    case ReportDimension::Kind::kCountry:
      if (text == kUnknownPlace) return "";
      return IsCode(text, 2, 2, false) ? std::optional(text) : std::nullopt;
    case ReportDimension::Kind::kRegion:
      if (text == kUnknownPlace) return "";
      return IsCode(text, 1, 3, true) ? std::optional(text) : std::nullopt;
  }
  return std::nullopt;
}

Result<std::vector<ReportRequest::Filter>> ParseFilters(const Parameters& parameters) {
  std::vector<ReportRequest::Filter> filters;
  for (const ReportDimension& dimension : ReportDimensions()) {
    const auto text = parameters.Get(dimension.column);
    if (!text) continue;
    ReportRequest::Filter filter{&dimension, {}};
    for (const std::string& part : SplitList(*text)) {
      auto value = FilterValue(dimension.kind, part);
      if (!value) return BadParameter(dimension.column, ExpectedValues(dimension.kind), part);
      filter.values.push_back(*std::move(value));
    }
    if (filter.values.size() > kMaxFilterValues) {
      return BadParameter(dimension.column,
                          "at most " + std::to_string(kMaxFilterValues) + " values",
                          std::to_string(filter.values.size()));
    }
    filters.push_back(std::move(filter));
  }
  return filters;
}

Result<std::vector<ReportRequest::Order>> ParseOrder(const Parameters& parameters,
                                                     const std::vector<std::string_view>& columns) {
  std::vector<ReportRequest::Order> order;
  const auto text = parameters.Get("order_by");
  if (!text) return order;
  for (const std::string& part : SplitList(*text)) {
    const bool descending = part.starts_with('-');
    const std::string_view name = std::string_view(part).substr(descending ? 1 : 0);
    const auto column = std::find(columns.begin(), columns.end(), name);
    if (column == columns.end()) {
      return BadParameter("order_by",
                          "columns of this report, each with '-' before it for descending: " +
                              Choices(columns, [](std::string_view c) { return c; }),
                          part);
    }
    const bool repeated = std::any_of(order.begin(), order.end(),
                                      [&](const auto& other) { return other.column == *column; });
    if (repeated) return BadParameter("order_by", "each column once", *text);
    order.push_back({*column, descending});
  }
  return order;
}

Result<std::optional<uint32_t>> ParseLimit(const Parameters& parameters, ReportFormat format) {
  const auto text = parameters.Get("limit");
  if (!text) return std::optional<uint32_t>();
  const auto limit = ParseUInt32(*text, 1);
  const uint32_t most = format == ReportFormat::kJson ? kMaxReportRows : UINT32_MAX;
  if (!limit || *limit > most) {
    return BadParameter("limit", "a number from 1 to " + std::to_string(most), *text);
  }
  return limit;
}

Result<std::vector<const ReportMetric*>> ParseMetrics(const Parameters& parameters) {
  const std::string_view text = parameters.Get("metrics").value_or(kDefaultMetrics);
  return ParseNames("metrics", text, ReportMetrics(),
                    [](const ReportMetric& metric) { return metric.name; });
}

Result<std::vector<const ReportDimension*>> ParseGroups(const Parameters& parameters) {
  const auto text = parameters.Get("group_by");
  if (!text) return std::vector<const ReportDimension*>();
  return ParseNames("group_by", *text, ReportDimensions(),
                    [](const ReportDimension& dimension) { return dimension.group; });
}

// All parameters but those that may change from page to page, in one order.
std::string IdentityOf(const Parameters& parameters) {
  std::string identity;
  for (const std::string_view name : kKnown) {
    if (name == "limit" || name == "page_token") continue;
    if (const auto value = parameters.Get(name)) {
      identity.append(name).append("=").append(http::UrlEncode(*value)).append("&");
    }
  }
  return identity;
}

Result<void> ParsePage(const Parameters& parameters, ReportRequest& request) {
  request.identity = IdentityOf(parameters);
  const auto token = parameters.Get("page_token");
  if (!token) return {};
  if (request.format != ReportFormat::kJson) {
    return Error{ErrorCode::kInvalidArgument,
                 "page_token: only json has pages; the other formats hold all rows at once"};
  }
  ADTALLY_ASSIGN(request.after, ReadPageToken(*token, request));
  return {};
}

}  // namespace

std::string_view GranularityName(Granularity granularity) {
  for (const auto& [name, value] : kGranularities) {
    if (value == granularity) return name;
  }
  return "";
}

std::string_view CompareToName(CompareTo compare_to) {
  for (const auto& [name, value] : kComparisons) {
    if (value == compare_to) return name;
  }
  return "";
}

std::vector<std::string_view> ReportRequest::ColumnNames() const {
  std::vector<std::string_view> names;
  if (granularity != Granularity::kTotal) names.push_back("time");
  for (const ReportDimension* group : groups) names.push_back(group->column);
  for (const ReportMetric* metric : metrics) names.push_back(metric->name);
  if (!compares()) return names;
  for (const ReportMetric* metric : metrics) names.push_back(PreviousOf(*metric).name);
  return names;
}

std::optional<std::vector<uint32_t>> NamedAdvertisers(const ReportRequest& request, Scope scope) {
  if (scope) return std::vector{*scope};
  for (const ReportRequest::Filter& filter : request.filters) {
    if (filter.dimension->column != "advertiser_id") continue;
    std::vector<uint32_t> ids;
    for (const std::string& value : filter.values) ids.push_back(*ParseUInt32(value, 1));
    return ids;
  }
  return std::nullopt;
}

Result<ReportRequest> ParseReportRequest(std::string_view query, const TimeZones& zones) {
  ADTALLY_ASSIGN(const Parameters parameters, Parameters::Parse(query, kKnown));
  ReportRequest request;
  ADTALLY_ASSIGN(request.from, ParseFrom(parameters));
  ADTALLY_ASSIGN(request.to, ParseTo(parameters));
  ADTALLY_ASSIGN(request.granularity,
                 ParseChoice(parameters, "granularity", kGranularities, Granularity::kTotal));
  ADTALLY_ASSIGN(request.format, ParseChoice(parameters, "format", kFormats, ReportFormat::kJson));
  if (const auto zone = parameters.Get("time_zone")) {
    if (!zones.Contains(*zone)) {
      return BadParameter("time_zone", "an IANA name like Europe/Berlin", *zone);
    }
    request.time_zone = *zone;
  }
  ADTALLY_ASSIGN(request.groups, ParseGroups(parameters));
  ADTALLY_ASSIGN(request.filters, ParseFilters(parameters));
  ADTALLY_ASSIGN(request.metrics, ParseMetrics(parameters));
  ADTALLY_ASSIGN(request.compare_to,
                 ParseChoice(parameters, "compare_to", kComparisons, CompareTo::kNothing));
  ADTALLY_ASSIGN(request.order, ParseOrder(parameters, request.ColumnNames()));
  ADTALLY_ASSIGN(request.limit, ParseLimit(parameters, request.format));
  ADTALLY_TRY(CheckReach(request));
  ADTALLY_TRY(ParsePage(parameters, request));
  return request;
}

}  // namespace adtally
