#include "generator/truth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/strong.h"
#include "generator/random.h"

namespace adtally {
namespace {

using CampaignSums = std::map<std::pair<uint32_t, uint32_t>, Truth::Sums>;

template <class Chars>
uint64_t PlaceBits(const Chars& chars) {
  uint64_t bits = 0;
  for (char c : chars) bits = bits << 8 | static_cast<unsigned char>(c);
  return bits;
}

std::string Numbers(const Truth::Sums& s) {
  return fmt::format("{},{},{},{},{}", s.impressions, s.clicks, s.conversions, s.spend_micros,
                     s.conversion_value_micros);
}

// "minute and the seven dimensions,".
std::string KeyText(const Truth::Key& key) {
  const Dimensions& d = key.dimensions;
  return fmt::format(R"({},{},{},{},{},"{}","{}","{}",)", key.minute, d.advertiser_id,
                     d.campaign_id, d.ad_group_id, d.creative_id, DeviceName(d.device),
                     d.country.view(), d.region.view());
}

void WriteRow(std::ofstream& out, bool& first, const std::string& row) {
  out << (first ? "\n" : ",\n") << row;
  first = false;
}

}  // namespace

void Truth::Sums::Add(const Sums& other) {
  impressions += other.impressions;
  clicks += other.clicks;
  conversions += other.conversions;
  spend_micros += other.spend_micros;
  conversion_value_micros += other.conversion_value_micros;
}

size_t Truth::KeyHash::operator()(const Key& key) const {
  const Dimensions& d = key.dimensions;
  // The creative's id implies the other ids in generated traffic.
  const uint64_t place = PlaceBits(d.country.chars) << 32 | PlaceBits(d.region.chars) << 8 |
                         static_cast<uint64_t>(d.device);
  return CombineSeeds(static_cast<uint64_t>(key.minute) << 32 ^ d.creative_id, place);
}

void Truth::Add(const GeneratedEvent& event) {
  Sums& sums = rows_[{event.time_ms / kMillisPerMinute, event.dimensions}];
  switch (event.type) {
    case EventType::kImpression:
      ++sums.impressions;
      break;
    case EventType::kClick:
      ++sums.clicks;
      break;
    case EventType::kConversion:
      ++sums.conversions;
      sums.conversion_value_micros += event.value_micros;
      AddClick(event);
      break;
  }
  sums.spend_micros += event.cost_micros;
}

void Truth::AddRepeat(const GeneratedEvent& event) {
  Repeats& repeats = repeats_[{event.time_ms / kMillisPerMinute, event.dimensions}];
  repeats.impressions += event.type == EventType::kImpression ? 1 : 0;
  repeats.clicks += event.type == EventType::kClick ? 1 : 0;
  repeats.conversions += event.type == EventType::kConversion ? 1 : 0;
}

void Truth::AddClick(const GeneratedEvent& conversion) {
  const bool known = conversion.click_time_ms != 0;
  const int64_t time_ms = known ? conversion.click_time_ms : conversion.time_ms;
  ClickSums& sums = clicks_[{time_ms / kMillisPerMinute, conversion.dimensions}];
  ++sums.conversions;
  sums.conversion_value_micros += conversion.value_micros;
}

void Truth::Merge(const Truth& other) {
  for (const auto& [key, sums] : other.rows_) rows_[key].Add(sums);
  for (const auto& [key, sums] : other.clicks_) {
    clicks_[key].conversions += sums.conversions;
    clicks_[key].conversion_value_micros += sums.conversion_value_micros;
  }
  for (const auto& [key, repeats] : other.repeats_) {
    repeats_[key].impressions += repeats.impressions;
    repeats_[key].clicks += repeats.clicks;
    repeats_[key].conversions += repeats.conversions;
  }
}

Truth::Sums Truth::Totals() const {
  Sums totals;
  for (const auto& [key, sums] : rows_) totals.Add(sums);
  return totals;
}

Result<void> Truth::Write(const std::string& path, const GeneratorSummary& summary,
                          bool complete) const {
  std::vector<const Rows::value_type*> sorted;
  sorted.reserve(rows_.size());
  CampaignSums campaigns;
  for (const auto& row : rows_) {
    sorted.push_back(&row);
    const Dimensions& d = row.first.dimensions;
    campaigns[{d.advertiser_id, d.campaign_id}].Add(row.second);
  }
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->first < b->first; });
  const int64_t from = sorted.empty() ? 0 : sorted.front()->first.minute * kMillisPerMinute;
  const int64_t to = sorted.empty() ? 0 : (sorted.back()->first.minute + 1) * kMillisPerMinute;

  const std::string temporary = path + ".tmp";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out << fmt::format(R"({{"format":1,"events":{},"duplicates":{},"complete":{},)", summary.events,
                     summary.duplicates, complete);
  out << fmt::format(R"("from_ms":{},"to_ms":{},"totals":[{}],)", from, to, Numbers(Totals()));
  out << "\n\"campaigns\":[";
  bool first = true;
  for (const auto& [ids, sums] : campaigns) {
    WriteRow(out, first, fmt::format("[{},{},{}]", ids.first, ids.second, Numbers(sums)));
  }
  out << "],\n\"minutes\":[";
  first = true;
  for (const Rows::value_type* row : sorted) {
    WriteRow(out, first, "[" + KeyText(row->first) + Numbers(row->second) + "]");
  }
  out << "],\n\"click_minutes\":[";
  first = true;
  for (const auto& [key, sums] : clicks_) {
    WriteRow(
        out, first,
        fmt::format("[{}{},{}]", KeyText(key), sums.conversions, sums.conversion_value_micros));
  }
  out << "],\n\"duplicate_minutes\":[";
  first = true;
  for (const auto& [key, repeats] : repeats_) {
    WriteRow(out, first,
             fmt::format("[{}{},{},{}]", KeyText(key), repeats.impressions, repeats.clicks,
                         repeats.conversions));
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
