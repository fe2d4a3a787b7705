// What it costs to read and write one event in each format, and one signed token.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

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
  const JsonEventDecoder::OnEvent on_event = [](int, const Event& event) {
    benchmark::DoNotOptimize(&event);
  };
  const JsonEventDecoder::OnError on_error = [&](int, const Error&) { ++bad; };
  for (const std::string& body : bodies) bytes += body.size();
  for (auto _ : state) {
    for (const std::string& body : bodies) {
      if (!decoder.Decode(body, on_event, on_error).ok()) ++bad;
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
