#include "bench/workload.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "event/json_codec.h"
#include "event/protobuf_codec.h"
#include "generator/random.h"

namespace adtally::bench {
namespace {

constexpr uint32_t kCampaignsPerAdvertiser = 20;
constexpr uint32_t kDevices = 4;
constexpr std::array<std::array<std::string_view, 2>, 16> kPlaces = {{{"US", "CA"},
                                                                      {"US", "NY"},
                                                                      {"US", "TX"},
                                                                      {"US", "FL"},
                                                                      {"DE", "BE"},
                                                                      {"DE", "BY"},
                                                                      {"GB", "ENG"},
                                                                      {"GB", "SCT"},
                                                                      {"FR", "IDF"},
                                                                      {"IN", "MH"},
                                                                      {"IN", "KA"},
                                                                      {"BR", "SP"},
                                                                      {"BR", "RJ"},
                                                                      {"JP", "13"},
                                                                      {"MX", "JAL"},
                                                                      {"CA", "ON"}}};

struct Place {
  CountryCode country;
  RegionCode region;
};

std::array<Place, kPlaces.size()> ParsePlaces() {
  std::array<Place, kPlaces.size()> places;
  for (size_t i = 0; i < places.size(); ++i) {
    places[i] = {*ParseCountry(kPlaces[i][0]), *ParseRegion(kPlaces[i][1])};
  }
  return places;
}

struct HexPairs {
  std::array<std::array<char, 2>, 256> pairs;
  constexpr HexPairs() : pairs() {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kDigits[i >> 4], kDigits[i & 15]};
  }
};
constexpr HexPairs kHex;

// 128 bits as 8-4-4-4-12 hex digits.
void WriteUuid(uint64_t high, uint64_t low, WorkloadId& id) {
  constexpr std::array<uint8_t, 16> kAt = {0,  2,  4,  6,  9,  11, 14, 16,
                                           19, 21, 24, 26, 28, 30, 32, 34};
  for (size_t i = 0; i < kAt.size(); ++i) {
    const uint64_t word = i < 8 ? high : low;
    const auto& pair = kHex.pairs[(word >> (8 * (7 - i % 8))) & 255];
    id[kAt[i]] = pair[0];
    id[kAt[i] + 1U] = pair[1];
  }
  for (const size_t dash : {8, 13, 18, 23}) id[dash] = '-';
}

// How many different rows `events` draws are expected to hit: each campaign has `slices` rows.
double ExpectedRows(const std::vector<double>& weights, double slices, double events) {
  double sum = 0;
  for (const double weight : weights) sum += weight;
  double rows = 0;
  for (const double weight : weights) {
    rows += slices * (1 - std::exp(-events * weight / sum / slices));
  }
  return rows;
}

// The slices per campaign with which a checkpoint has the wanted number of rows.
uint64_t SolveSlices(const WorkloadOptions& options, const std::vector<double>& weights) {
  if (options.events_per_row <= 1) return 1;  // not used
  const double events = static_cast<double>(options.events_per_checkpoint);
  const double wanted = events / options.events_per_row;
  double low = 1, high = 1;
  while (ExpectedRows(weights, high, events) < wanted && high < events) high *= 2;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (ExpectedRows(weights, middle, events) < wanted ? low : high) = middle;
  }
  return static_cast<uint64_t>(std::llround(low));
}

// Few enough that every campaign can have several rows: otherwise they cannot be made fewer than
// the campaigns.
WorkloadOptions Bounded(WorkloadOptions options) {
  if (options.events_per_row == kOneRow) {
    options.campaigns = 1;
  } else {
    const auto rows = static_cast<uint64_t>(static_cast<double>(options.events_per_checkpoint) /
                                            options.events_per_row);
    options.campaigns = static_cast<uint32_t>(
        std::clamp<uint64_t>(rows / 10, 1, std::max<uint32_t>(options.campaigns, 1)));
  }
  return options;
}

uint64_t OutOfTwo64(double share) {
  return static_cast<uint64_t>(std::clamp(share, 0.0, 0.99) * 0x1.0p64);
}

}  // namespace

void Truth::Add(const Event& event) {
  ++counted;
  impressions += event.type == EventType::kImpression;
  clicks += event.type == EventType::kClick;
  conversions += event.type == EventType::kConversion;
  spend_micros += event.cost_micros;
  value_micros += event.value_micros;
  checksum += int64_t{event.dimensions.campaign_id} * (1 + event.cost_micros + event.value_micros);
}

Workload::Workload(const WorkloadOptions& options)
    : options_(Bounded(options)),
      weights_(ZipfWeights(options_.campaigns, options_.zipf)),
      campaigns_(weights_),
      duplicate_below_(OutOfTwo64(options_.duplicates)),
      slices_(SolveSlices(options_, weights_)) {
  ADTALLY_CHECK(options_.events_per_row == kOneRow || options_.events_per_row >= 1,
                "events per row are at least 1");
  ADTALLY_CHECK(options_.duplicate_distance > 0, "a duplicate has something to repeat");
}

bool Workload::IsDuplicate(uint64_t n) const {
  return n > 0 && MixBits(CombineSeeds(options_.seed, ~n)) < duplicate_below_;
}

uint64_t Workload::OriginalOf(uint64_t n) const {
  while (IsDuplicate(n)) {
    const uint64_t back = std::min(n, options_.duplicate_distance);
    n -= 1 + CombineSeeds(options_.seed + 1, n) % back;
  }
  return n;
}

uint64_t Workload::SliceOf(uint64_t n, uint64_t random) const {
  if (options_.events_per_row == kOneRow) return 0;
  return options_.events_per_row == 1 ? n : random % slices_;
}

Event Workload::Original(uint64_t n, WorkloadId& id) const {
  static const std::array<Place, kPlaces.size()> places = ParsePlaces();
  Random random(CombineSeeds(options_.seed, n));
  // MixBits is a bijection: n-th ids of one seed differ in their first half.
  WriteUuid(MixBits(n ^ MixBits(options_.seed)), random.Next(), id);
  const uint32_t campaign = campaigns_.Sample(random);
  const uint64_t slice = SliceOf(n, random.Next() >> 1);
  const uint64_t draw = random.Next();

  Event event;
  event.event_id = {id.data(), id.size()};
  event.time = options_.first_time +
               static_cast<int64_t>(n * uint64_t{kMillisPerSecond} / options_.events_per_second);
  Dimensions& d = event.dimensions;
  d.advertiser_id = campaign / kCampaignsPerAdvertiser + 1;
  d.campaign_id = campaign + 1;
  d.device = static_cast<Device>(slice % kDevices + 1);
  const Place& place = places[slice / kDevices % places.size()];
  d.country = place.country;
  d.region = place.region;
  const auto creative = static_cast<uint32_t>(slice / kDevices / places.size());
  d.ad_group_id = 10'000 + campaign * 4 + creative % 4;
  d.creative_id = 1'000'000 + campaign * 16 + creative;

  if (options_.users > 0) event.user_hash = MixBits(random.Next() % options_.users + 1);

  const auto percent = static_cast<uint32_t>(draw % 1000);
  if (percent < 950 || options_.events_per_row == kOneRow) {
    event.type = EventType::kImpression;
    event.cost_micros = 1500 + static_cast<int64_t>(draw >> 32) % 2000;
  } else if (percent < 995) {
    event.type = EventType::kClick;
    event.cost_micros = 150'000 + static_cast<int64_t>(draw >> 32) % 200'000;
  } else {
    event.type = EventType::kConversion;
    event.value_micros = 20'000'000 + static_cast<int64_t>(draw >> 32) % 80'000'000;
    event.click_time = event.time - 60'000;
  }
  return event;
}

Event Workload::At(uint64_t n, WorkloadId& id) const {
  return Original(OriginalOf(n), id);
}

void Records::Clear() {
  bytes.clear();
  ends.clear();
  events = 0;
}

std::string_view Records::operator[](size_t i) const {
  const size_t begin = i == 0 ? 0 : ends[i - 1];
  return std::string_view(bytes).substr(begin, ends[i] - begin);
}

void AppendEvent(const Event& event, Encoding encoding, std::string& out) {
  if (encoding == Encoding::kProtobuf) {
    AppendToBatch(event, out);
  } else {
    AppendJson(event, out);
    out += '\n';
  }
}

void Encode(const Workload& workload, uint64_t first, uint64_t count, uint64_t events_per_record,
            Encoding encoding, Records& records, Truth& truth) {
  records.Clear();
  records.events = count;
  WorkloadId id;
  for (uint64_t n = first; n < first + count; ++n) {
    const Event event = workload.At(n, id);
    AppendEvent(event, encoding, records.bytes);
    ++truth.received;
    if (!workload.IsDuplicate(n)) truth.Add(event);
    if ((n - first + 1) % events_per_record == 0) records.ends.push_back(records.bytes.size());
  }
  if (records.ends.empty() || records.ends.back() != records.bytes.size()) {
    records.ends.push_back(records.bytes.size());
  }
}

}  // namespace adtally::bench
