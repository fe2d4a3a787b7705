#include "history/history_truth.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "base/check.h"
#include "history/sums.h"
#include "store/row_binary_reader.h"
#include "store/statement.h"
#include "tiers/tier.h"

namespace adtally {
namespace {

std::string MonthText(uint32_t month) {
  return fmt::format("{:04}-{:02}-01 00:00:00", month / 100, month % 100);
}

Result<MonthStarts> ReadZone(Store& store, const HistoryOptions& options, std::string_view zone) {
  // A day more on both sides: local months begin up to 14 hours before or after those of UTC.
  const uint32_t last = MonthNumber(options.until_s + kSecondsPerDay);
  MonthStarts starts;
  for (uint32_t month = MonthNumber(options.from_s() - kSecondsPerDay); month <= last;
       month = NextMonth(month)) {
    ADTALLY_ASSIGN(
        const std::string answer,
        RunStatement(store,
                     {"SELECT toUnixTimestamp(toDateTime({time:String}, {time_zone:String}))",
                      {{"time", MonthText(month)}, {"time_zone", std::string(zone)}}},
                     "RowBinary"));
    RowBinaryReader reader(answer);
    starts[month] = reader.UInt32();
    if (!reader.ok()) return Error{ErrorCode::kInternal, "the store's answer cannot be read"};
  }
  return starts;
}

void WriteRow(std::ofstream& out, bool& first, const std::string& row) {
  out << (first ? "\n" : ",\n") << row;
  first = false;
}

}  // namespace

Result<std::map<std::string_view, MonthStarts>> ReadMonthStarts(Store& store,
                                                                const HistoryOptions& options) {
  std::map<std::string_view, MonthStarts> months;
  for (const HistoryZone& zone : HistoryZones()) {
    ADTALLY_ASSIGN(months[zone.name], ReadZone(store, options, zone.name));
  }
  return months;
}

HistoryTruth::HistoryTruth(const std::vector<HistoryCampaign>& campaigns,
                           const std::map<std::string_view, MonthStarts>& months)
    : campaigns_(campaigns), months_(months), sums_(campaigns.size()) {}

HistoryTruth HistoryTruth::Empty() const {
  return {campaigns_, months_};
}

void HistoryTruth::Add(size_t campaign, int64_t at_s, const Measures& measures) {
  if (campaign != last_campaign_ || at_s < last_from_s_ || at_s >= last_to_s_) {
    const MonthStarts& starts = months_.at(campaigns_[campaign].zone->name);
    auto after = starts.begin();
    while (after != starts.end() && after->second <= at_s) ++after;
    ADTALLY_CHECK(after != starts.begin(), "the truth knows the month of every row");
    const auto month = std::prev(after);
    last_campaign_ = campaign;
    last_from_s_ = month->second;
    last_to_s_ = after == starts.end() ? INT64_MAX : after->second;
    last_ = &sums_[campaign][month->first];
  }
  AddMeasures(*last_, measures);
}

void HistoryTruth::Merge(const HistoryTruth& other) {
  for (size_t i = 0; i < sums_.size(); ++i) {
    for (const auto& [month, sums] : other.sums_[i]) AddMeasures(sums_[i][month], sums);
  }
}

Measures HistoryTruth::Totals() const {
  Measures totals;
  for (const auto& months : sums_) {
    for (const auto& [month, sums] : months) AddMeasures(totals, sums);
  }
  return totals;
}

Result<void> HistoryTruth::Write(const std::string& path, const HistoryOptions& options) const {
  const Measures totals = Totals();
  const std::string temporary = path + ".tmp";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out << fmt::format(
      "{{\"format\":2,\"from_s\":{},\"minute_from_s\":{},\"until_s\":{},\"events\":{},\n",
      options.from_s(), options.minute_from_s(), options.until_s, EventsOf(totals));
  out << "\"totals\":[" << SumsText(totals) << "],\n\"campaigns\":[";
  bool first = true;
  for (size_t i = 0; i < sums_.size(); ++i) {
    Measures sums;
    for (const auto& [month, measures] : sums_[i]) AddMeasures(sums, measures);
    const CampaignProfile& c = campaigns_[i].profile;
    WriteRow(out, first, fmt::format("[{},{},{}]", c.advertiser_id, c.id, SumsText(sums)));
  }
  out << "],\n\"months\":[";
  first = true;
  for (size_t i = 0; i < sums_.size(); ++i) {
    const CampaignProfile& c = campaigns_[i].profile;
    for (const auto& [month, sums] : sums_[i]) {
      WriteRow(out, first,
               fmt::format("[{},{},\"{}\",{},{}]", c.advertiser_id, c.id, campaigns_[i].zone->name,
                           month, SumsText(sums)));
    }
  }
  out << "]}\n";
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(temporary, path, error);
  if (!out || error) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("cannot write the truth to {}: {}", path,
                             error ? error.message() : std::strerror(errno))};
  }
  return {};
}

}  // namespace adtally
