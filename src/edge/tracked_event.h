#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "edge/client_info.h"
#include "event/event.h"
#include "event/signed_token.h"

namespace adtally {

// An event that the edge made itself, with the strings that it needs.
struct TrackedEvent {
  std::string event_id;
  std::string order_id;
  Event fields;  // without its views

  // Valid while this object stays where it is.
  Event View() const&;
  Event View() && = delete;
};

// The click or impression of a link. The token's device, country and region stand where it has
// them; the request's fill the rest (its region only within the token's country). A bot's event is
// marked invalid. The ids derive from the link's impression id: however often it is called
// within the deduplication window, it is one event. A call long after is another.
TrackedEvent ClickOf(const TokenClaims& link, const ClientInfo& client, int64_t now_ms);
TrackedEvent ImpressionOf(const TokenClaims& link, const ClientInfo& client, int64_t now_ms);

// What the landing page gets as its click_id: the click's dimensions and time.
TokenClaims ClickIdClaims(const TokenClaims& link, const TrackedEvent& click,
                          int64_t expires_in_ms);

struct ConversionParameters {
  std::string click_id;
  std::string order_id;  // empty: the click has at most one conversion
  std::string value;     // "12.34"; empty: 0
};

// The conversion of a click, with dimensions and click time from its click id. kInvalidArgument
// with the reason.
Result<TrackedEvent> ConversionOf(const ConversionParameters& parameters, const TokenSigner& signer,
                                  int64_t now_ms);

// Resolves the click id of a conversion that somebody else made: dimensions and click time become
// the click's. kInvalidArgument when it is forged, altered or expired.
Result<void> ResolveClickId(Event& conversion, const TokenSigner& signer, int64_t now_ms);

}  // namespace adtally
