#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reporting/report_request.h"
#include "reporting/time_zones.h"
#include "tiers/tier.h"

namespace adtally {

// The range that a report is compared with.
struct ComparedRows {
  TimeRange range;
  std::vector<Tier> tiers;  // what its numbers were read from
};

struct ReportRows {
  // TabSeparated, in the columns of the request, the totals first when there are groups.
  std::string_view rows;
  uint32_t limit = 0;  // rows to show; one more in `rows` means that the report was cut
  // Every event appended up to here is in the rows, ms since the epoch; nullopt when unknown.
  std::optional<int64_t> complete_to_ms;
  std::span<const Tier> tiers;  // what they were read from, the compared ones not included
  // Whether all duplicates of the range, and of the compared one, are in them.
  bool has_all_duplicates = true;
  std::optional<ComparedRows> compared = {};  // when the request compares
  std::string next_page_token = {};           // "" when these are the last rows
};

// The JSON answer of GET /v1/report. Money and counts are written from the store's decimal text,
// never as floats.
std::string RenderReport(const ReportRequest& request, const TimeRange& range,
                         const ReportRows& data);

}  // namespace adtally
