#include "history/history_campaigns.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "generator/random.h"
#include "history/traffic_pattern.h"

namespace adtally {
namespace {

constexpr uint64_t kLifeSalt = 0x6c696665;
constexpr uint64_t kCellSalt = 0x63656c6c;

// Of all campaigns together, at scale 1.
constexpr double kImpressionsPerDay = 10e6;
// How many impressions are drawn to find out which kinds of them a campaign has. So it is a bound
// on the rows that a campaign can have in an hour or a day.
constexpr int kDraws = 250;

constexpr double kAlwaysOn = 0.25;    // share of the campaigns that run throughout
constexpr double kShortestDays = 21;  // of the others
constexpr double kLongestDays = 500;
constexpr double kStartsBeforeDays = 120;  // how long before history the first of them started

constexpr std::array<HistoryZone, 4> kZones = {{
    {"Europe/Berlin", 1, false},
    {"America/New_York", -5, false},
    {"UTC", 0, false},
    {"Asia/Kolkata", 5, true},
}};

std::vector<HistoryCell> MakeCells(const CampaignModel& model, const CampaignProfile& profile,
                                   const HistoryZone& zone, uint64_t seed) {
  Random random(CombineSeeds(CombineSeeds(seed, kCellSalt), profile.id));
  std::map<Dimensions, int> drawn;
  for (int i = 0; i < kDraws; ++i) ++drawn[model.SampleDimensions(profile, random)];
  std::vector<HistoryCell> cells;
  cells.reserve(drawn.size());
  for (const auto& [dimensions, count] : drawn) {
    cells.push_back({dimensions, static_cast<double>(count) / kDraws,
                     HoursEastOfUtc(dimensions.country, zone.hours_east)});
  }
  return cells;
}

std::vector<double> SharesOf(const std::vector<HistoryCell>& cells) {
  std::vector<double> shares;
  shares.reserve(cells.size());
  for (const HistoryCell& cell : cells) shares.push_back(cell.share);
  return shares;
}

// Campaign 1 runs throughout: there is always one to look at.
void SetLife(const HistoryOptions& options, HistoryCampaign& campaign) {
  Random random(CombineSeeds(CombineSeeds(options.seed, kLifeSalt), campaign.profile.id));
  campaign.starts_s = options.from_s();
  campaign.ends_s = options.until_s;
  if (random.Chance(kAlwaysOn) || campaign.profile.id == 1) return;
  const double start_day = random.Between(-kStartsBeforeDays, static_cast<double>(options.days));
  const double days = kShortestDays * std::pow(kLongestDays / kShortestDays, random.Unit());
  const auto hours = [](double d) { return static_cast<int64_t>(d * 24) * 3600; };
  campaign.starts_s += hours(start_day);
  campaign.ends_s = std::min(options.until_s, campaign.starts_s + hours(days));
}

}  // namespace

std::span<const HistoryZone> HistoryZones() {
  return kZones;
}

const HistoryZone& ZoneOfAdvertiser(uint32_t advertiser_id) {
  constexpr std::array<size_t, 10> kOfTen = {0, 1, 2, 0, 1, 3, 0, 1, 2, 0};
  return kZones[kOfTen[(advertiser_id - 1) % kOfTen.size()]];
}

std::vector<HistoryCampaign> MakeHistoryCampaigns(const HistoryOptions& options) {
  const CampaignModel model(options.campaigns, options.zipf, options.seed,
                            options.campaigns_per_advertiser);
  const std::vector<double> weights = ZipfWeights(options.campaigns, options.zipf);
  double sum = 0;
  for (const double weight : weights) sum += weight;

  std::vector<HistoryCampaign> campaigns;
  campaigns.reserve(options.campaigns);
  for (const CampaignProfile& profile : model.campaigns()) {
    const HistoryZone& zone = ZoneOfAdvertiser(profile.advertiser_id);
    std::vector<HistoryCell> cells = MakeCells(model, profile, zone, options.seed);
    AliasTable cell_table(SharesOf(cells));
    const double impressions = kImpressionsPerDay * options.scale * weights[profile.id - 1] / sum;
    campaigns.push_back(
        {profile, &zone, impressions, 0, 0, std::move(cells), std::move(cell_table)});
    SetLife(options, campaigns.back());
  }
  std::ranges::sort(campaigns, {}, [](const HistoryCampaign& c) {
    return std::pair(c.profile.advertiser_id, c.profile.id);
  });
  return campaigns;
}

}  // namespace adtally
