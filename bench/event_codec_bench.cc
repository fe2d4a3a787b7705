// What it costs to read and write one event in each format, and one signed token.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/rfc3339.h"
#include "event/event_id.h"
#include "event/json_codec.h"
#include "event/protobuf_codec.h"
#include "event/signed_token.h"

namespace adtally {
namespace {

constexpr int kEvents = 1000;
constexpr int64_t kNowMs = 1'790'000'000'000;

// Events as an ad server sends them: UUIDs, ids of several digits, a cost, sometimes a user's hash.
std::vector<Event> MakeEvents(std::vector<std::string>& ids) {
  ids.clear();
  for (int i = 0; i < kEvents; ++i) ids.push_back(NewUuidV7(kNowMs + i));
  std::vector<Event> events;
  for (int i = 0; i < kEvents; ++i) {
    Event event;
    event.event_id = ids[static_cast<size_t>(i)];
    event.type = i % 20 == 0 ? EventType::kClick : EventType::kImpression;
    event.time = EventTime{kNowMs + i * 37};
    const auto n = static_cast<uint32_t>(i);
    event.dimensions = {n % 100 + 1,
                        n % 997 + 1000,
                        n % 4999 + 10'000,
                        n % 9973 + 100'000,
                        static_cast<Device>(i % 5),
                        {},
                        {}};
    event.dimensions.country = *ParseCountry(i % 2 == 0 ? "US" : "DE");
    event.dimensions.region = *ParseRegion(i % 2 == 0 ? "CA" : "BE");
    event.cost_micros = 1000 + i * 251;
    events.push_back(event);
  }
  return events;
}

void ReportPerEvent(benchmark::State& state, size_t bytes) {
  state.SetItemsProcessed(state.iterations() * kEvents);
  state.counters["bytes/event"] = static_cast<double>(bytes) / kEvents;
}

void ProtobufDecode(benchmark::State& state) {
  std::vector<std::string> ids;
  std::string batch;
  for (const Event& event : MakeEvents(ids)) AppendToBatch(event, batch);
  for (auto _ : state) {
    EventBatchReader reader(batch);
    Event event;
    EventField bad;
    while (reader.Next(event, bad)) benchmark::DoNotOptimize(event);
  }
  ReportPerEvent(state, batch.size());
}
BENCHMARK(ProtobufDecode);

// Records of 1000 events over 64 MB: none is in a cache when it is read. Ids and costs of any
// length make the sizes of fields unforeseeable, as real traffic does.
void ProtobufDecodeCold(benchmark::State& state) {
  constexpr size_t kBytes = 64 << 20;
  std::mt19937_64 random(1);
  const auto id = [&] {
    const uint64_t number = random() & UINT32_MAX;
    return std::max(static_cast<uint32_t>(number >> (4 + random() % 24)), 1U);
  };
  std::vector<std::string> ids;
  std::vector<Event> events = MakeEvents(ids);
  std::vector<std::string> batches;
  size_t bytes = 0;
  while (bytes < kBytes) {
    std::string batch;
    for (Event& event : events) {
      Dimensions& d = event.dimensions;
      d.advertiser_id = id();
      d.campaign_id = id();
      d.ad_group_id = id();
      d.creative_id = id();
      event.cost_micros = id() >> 4;
      event.user_hash = random() % 4 == 0 ? random() : 0;
      AppendToBatch(event, batch);
    }
    bytes += batch.size();
    batches.push_back(std::move(batch));
  }
  size_t next = 0;
  for (auto _ : state) {
    EventBatchReader reader(batches[next++ % batches.size()]);
    Event event;
    EventField bad;
    while (reader.Next(event, bad)) benchmark::DoNotOptimize(event);
  }
  ReportPerEvent(state, bytes / batches.size());
}
BENCHMARK(ProtobufDecodeCold);

// The identity of a UUID.
void HashId(benchmark::State& state) {
  std::vector<std::string> ids;
  MakeEvents(ids);
  for (auto _ : state) {
    for (const std::string& id : ids) benchmark::DoNotOptimize(HashBytes(id));
  }
  ReportPerEvent(state, ids.size() * ids[0].size());
}
BENCHMARK(HashId);

void ProtobufEncode(benchmark::State& state) {
  std::vector<std::string> ids;
  const std::vector<Event> events = MakeEvents(ids);
  std::string batch;
  for (auto _ : state) {
    batch.clear();
    for (const Event& event : events) AppendToBatch(event, batch);
    benchmark::DoNotOptimize(batch.data());
  }
  ReportPerEvent(state, batch.size());
}
BENCHMARK(ProtobufEncode);

// A body of `events` in one of the accepted layouts.
std::string JsonBody(const std::vector<Event>& events, bool array) {
  std::string body = array ? "[" : "";
  for (const Event& event : events) {
    if (array && body.size() > 1) body += ",";
    AppendJson(event, body);
    if (!array) body += "\n";
  }
  return body + (array ? "]" : "");
}

void DecodeJson(benchmark::State& state, const std::vector<std::string>& bodies) {
  JsonEventDecoder decoder;
  int bad = 0;
  size_t bytes = 0;
  Event event;
  EventField bad_field;
  for (const std::string& body : bodies) bytes += body.size();
  for (auto _ : state) {
    for (const std::string& body : bodies) {
      if (!decoder.Open(body).ok()) ++bad;
      while (decoder.Next(event, bad_field)) {
        if (bad_field != EventField::kNone) ++bad;
        benchmark::DoNotOptimize(event);
      }
    }
  }
  if (bad != 0) state.SkipWithError("an event was refused");
  ReportPerEvent(state, bytes);
}

void JsonLines(benchmark::State& state) {
  std::vector<std::string> ids;
  DecodeJson(state, {JsonBody(MakeEvents(ids), false)});
}
BENCHMARK(JsonLines);

void JsonArray(benchmark::State& state) {
  std::vector<std::string> ids;
  DecodeJson(state, {JsonBody(MakeEvents(ids), true)});
}
BENCHMARK(JsonArray);

void JsonSingle(benchmark::State& state) {
  std::vector<std::string> ids;
  std::vector<std::string> bodies;
  for (const Event& event : MakeEvents(ids)) bodies.push_back(JsonBody({event}, false));
  DecodeJson(state, bodies);
}
BENCHMARK(JsonSingle);

// Events with what only a real JSON parser can read: an escape.
std::vector<Event> MakeUnusualEvents(std::vector<std::string>& ids) {
  std::vector<Event> events = MakeEvents(ids);
  for (Event& event : events) event.order_id = "Order \"1234\"";
  return events;
}

void JsonLinesUnusual(benchmark::State& state) {
  std::vector<std::string> ids;
  DecodeJson(state, {JsonBody(MakeUnusualEvents(ids), false)});
}
BENCHMARK(JsonLinesUnusual);

void JsonArrayUnusual(benchmark::State& state) {
  std::vector<std::string> ids;
  DecodeJson(state, {JsonBody(MakeUnusualEvents(ids), true)});
}
BENCHMARK(JsonArrayUnusual);

void JsonLinesUtf8(benchmark::State& state) {
  std::vector<std::string> ids;
  std::vector<Event> events = MakeEvents(ids);
  for (Event& event : events) event.order_id = "Bestellung für Müller";
  DecodeJson(state, {JsonBody(events, false)});
}
BENCHMARK(JsonLinesUtf8);

// Times as RFC 3339 text.
void JsonLinesRfc3339(benchmark::State& state) {
  std::vector<std::string> ids;
  std::string body;
  for (const Event& event : MakeEvents(ids)) {
    std::string line = JsonBody({event}, false);
    const std::string number = std::to_string(event.time.value);
    line.replace(line.find(number), number.size(),
                 '"' + FormatRfc3339Millis(event.time.value) + '"');
    body += line;
  }
  DecodeJson(state, {body});
}
BENCHMARK(JsonLinesRfc3339);

TokenClaims Claims() {
  TokenClaims claims;
  claims.impression_id = NewUuidV7(kNowMs);
  claims.dimensions = {17, 4200, 99'000, 1'200'000, Device::kOther, {}, {}};
  claims.click_cost_micros = 250'000;
  claims.time = EventTime{kNowMs};
  claims.expires_ms = kNowMs + 30 * 24 * kMillisPerHour;
  return claims;
}

std::unique_ptr<TokenSigner> Signer() {
  return std::move(TokenSigner::Create({{{1, std::string(32, 's')}}, 1})).value();
}

void TokenSign(benchmark::State& state) {
  const auto signer = Signer();
  const TokenClaims claims = Claims();
  for (auto _ : state) benchmark::DoNotOptimize(signer->Sign(claims));
  state.counters["chars"] = static_cast<double>(signer->Sign(claims).size());
}
BENCHMARK(TokenSign);

void TokenVerify(benchmark::State& state) {
  const auto signer = Signer();
  const std::string token = signer->Sign(Claims());
  for (auto _ : state) {
    auto claims = signer->Verify(token, TokenClaims::Kind::kLink, kNowMs);
    if (!claims.ok()) state.SkipWithError("refused");
    benchmark::DoNotOptimize(claims);
  }
}
BENCHMARK(TokenVerify);

void UuidV7(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(NewUuidV7(kNowMs));
}
BENCHMARK(UuidV7);

void ConversionId(benchmark::State& state) {
  const std::string impression = NewUuidV7(kNowMs);
  for (auto _ : state) benchmark::DoNotOptimize(ConversionEventId(impression, "order-1234"));
}
BENCHMARK(ConversionId);

}  // namespace
}  // namespace adtally
