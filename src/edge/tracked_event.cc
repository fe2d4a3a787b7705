#include "edge/tracked_event.h"

#include <utility>

#include "edge/decimal.h"
#include "event/event_id.h"

namespace adtally {
namespace {

Error NotAClickId() {
  return {ErrorCode::kInvalidArgument, "click_id: not a valid click id"};
}

Dimensions Recorded(const Dimensions& token, const ClientInfo& client) {
  Dimensions recorded = token;
  if (token.device == Device::kOther) recorded.device = client.device;
  if (token.country.empty()) recorded.country = client.country;
  if (token.region.empty() && recorded.country == client.country) recorded.region = client.region;
  return recorded;
}

TrackedEvent FromLink(EventType type, const TokenClaims& link, const ClientInfo& client,
                      int64_t now_ms) {
  TrackedEvent event;
  event.fields.type = type;
  event.fields.time = EventTime(now_ms);
  event.fields.dimensions = Recorded(link.dimensions, client);
  event.fields.invalid_reason = client.bot ? InvalidReason::kBot : InvalidReason::kNone;
  return event;
}

std::string Quoted(std::string_view text) {
  constexpr size_t kShown = 40;
  return '"' + std::string(text.substr(0, kShown)) + (text.size() > kShown ? "...\"" : "\"");
}

}  // namespace

Event TrackedEvent::View() const& {
  Event event = fields;
  event.event_id = event_id;
  event.order_id = order_id;
  return event;
}

TrackedEvent ClickOf(const TokenClaims& link, const ClientInfo& client, int64_t now_ms) {
  TrackedEvent event = FromLink(EventType::kClick, link, client, now_ms);
  event.event_id = ClickEventId(link.impression_id);
  event.fields.cost_micros = link.click_cost_micros;
  return event;
}

TrackedEvent ImpressionOf(const TokenClaims& link, const ClientInfo& client, int64_t now_ms) {
  TrackedEvent event = FromLink(EventType::kImpression, link, client, now_ms);
  event.event_id = ImpressionEventId(link.impression_id);
  event.fields.cost_micros = link.impression_cost_micros;
  return event;
}

TokenClaims ClickIdClaims(const TokenClaims& link, const TrackedEvent& click,
                          int64_t expires_in_ms) {
  TokenClaims claims;
  claims.kind = TokenClaims::Kind::kClick;
  claims.impression_id = link.impression_id;
  claims.dimensions = click.fields.dimensions;
  claims.time = click.fields.time;
  claims.expires_ms = click.fields.time.value + expires_in_ms;
  return claims;
}

Result<TrackedEvent> ConversionOf(const ConversionParameters& parameters, const TokenSigner& signer,
                                  int64_t now_ms) {
  if (parameters.click_id.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "click_id: missing; it is what the landing page got in its query"};
  }
  const auto claims = signer.Verify(parameters.click_id, TokenClaims::Kind::kClick, now_ms);
  if (!claims.ok()) return NotAClickId();

  TrackedEvent event;
  event.fields.type = EventType::kConversion;
  event.fields.time = EventTime(now_ms);
  event.fields.dimensions = claims->dimensions;
  event.fields.click_time = claims->time;
  if (!parameters.value.empty()) {
    const auto micros = ParseDecimalMicros(parameters.value, kMaxMicrosPerEvent);
    if (!micros) {
      return Error{ErrorCode::kInvalidArgument,
                   "value: expected a number such as 12.34, at most 1000000 and with at most 6 "
                   "decimals, got " +
                       Quoted(parameters.value)};
    }
    event.fields.value_micros = *micros;
  }
  event.event_id = ConversionEventId(claims->impression_id, parameters.order_id);
  event.order_id = parameters.order_id;
  if (event.order_id.size() > kMaxOrderIdBytes) {
    return Error{ErrorCode::kInvalidArgument,
                 "order_id: longer than " + std::to_string(kMaxOrderIdBytes) + " bytes"};
  }
  if (const EventField field = FirstInvalidField(event.View()); field != EventField::kNone) {
    return Error{ErrorCode::kInvalidArgument,
                 std::string(EventFieldName(field)) + ": not a valid value"};
  }
  return event;
}

Result<void> ResolveClickId(Event& conversion, const TokenSigner& signer, int64_t now_ms) {
  const auto claims = signer.Verify(conversion.click_id, TokenClaims::Kind::kClick, now_ms);
  if (!claims.ok()) return NotAClickId();
  conversion.dimensions = claims->dimensions;
  conversion.click_time = claims->time;
  return {};
}

}  // namespace adtally
