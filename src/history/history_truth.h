#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "counting/checkpoint.h"
#include "history/history_campaigns.h"
#include "history/history_options.h"
#include "store/store.h"

namespace adtally {

// When the months of a time zone begin, seconds since the epoch, by number (202611), from the month
// that holds `from_s` to the one that holds `until_s`.
using MonthStarts = std::map<uint32_t, int64_t>;
// Asks the store, which knows the zones. One for each zone of ZoneOfAdvertiser, by name.
Result<std::map<std::string_view, MonthStarts>> ReadMonthStarts(Store& store,
                                                                const HistoryOptions& options);

// What history adds up to, summed as it is drawn and without the tiers. Not thread-safe: one for
// each thread, merged at the end.
//
// The file is one JSON document with a row of each list on a line of its own; "sums" are
// impressions, clicks, conversions, the same three of invalid traffic and of duplicates,
// spend_micros and conversion_value_micros:
//   {"format":2,"from_s":…,"minute_from_s":…,"until_s":…,"events":…,
//    "totals":[sums],
//    "campaigns":[
//    [advertiser_id,campaign_id, sums],…],
//    "months":[
//    [advertiser_id,campaign_id,"Europe/Berlin",202611, sums],…]}
// Months are those of the advertiser's time zone. Lists are sorted by their key columns.
class HistoryTruth {
 public:
  // They outlive it.
  HistoryTruth(const std::vector<HistoryCampaign>& campaigns,
               const std::map<std::string_view, MonthStarts>& months);
  HistoryTruth(HistoryTruth&&) = default;

  // Another one of the same campaigns, with nothing in it.
  HistoryTruth Empty() const;

  // `campaign`: index into the campaigns. `at_s`: any time of what is added, all of one month.
  void Add(size_t campaign, int64_t at_s, const Measures& measures);
  void Merge(const HistoryTruth& other);

  Measures Totals() const;
  // Replaces the file as a whole, or leaves the old one. kUnavailable when it cannot be written.
  Result<void> Write(const std::string& path, const HistoryOptions& options) const;

 private:
  const std::vector<HistoryCampaign>& campaigns_;
  const std::map<std::string_view, MonthStarts>& months_;  // by time zone
  std::vector<std::map<uint32_t, Measures>> sums_;         // by campaign and month
  // Of the last Add: mostly the next one is of the same campaign and month.
  size_t last_campaign_ = SIZE_MAX;
  int64_t last_from_s_ = 0, last_to_s_ = 0;
  Measures* last_ = nullptr;
};

}  // namespace adtally
