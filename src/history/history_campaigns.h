#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "event/event.h"
#include "generator/alias_table.h"
#include "generator/campaign_model.h"
#include "history/history_options.h"

namespace adtally {

// The time zone of an advertiser.
struct HistoryZone {
  std::string_view name;  // IANA
  int hours_east;         // of UTC, in winter, rounded down
  bool by_quarter;        // not whole hours from UTC: its hours are kept in quarters
};
std::span<const HistoryZone> HistoryZones();
// By advertiser: four in ten are in Berlin, three in New York, two in UTC, one in India.
const HistoryZone& ZoneOfAdvertiser(uint32_t advertiser_id);

// One kind of impression of a campaign: which creative, on which device, where.
struct HistoryCell {
  Dimensions dimensions;
  double share;    // of the campaign's impressions
  int hours_east;  // of UTC, of the wall clock of those who see it
};

struct HistoryCampaign {
  CampaignProfile profile;
  const HistoryZone* zone;
  double impressions_per_day;  // at the beginning, on an average day while it runs
  int64_t starts_s;            // it runs in [starts_s, ends_s)
  int64_t ends_s;
  std::vector<HistoryCell> cells;  // sorted by dimensions
  AliasTable cell_table;           // draws one of them by its share
};

// The campaigns of the generator's CampaignModel with the parts of its Audience that they reach,
// when they run, and how much they have. Sorted by advertiser and campaign, as the tables of the
// store are.
std::vector<HistoryCampaign> MakeHistoryCampaigns(const HistoryOptions& options);

}  // namespace adtally
