#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "edge/edge_context.h"
#include "edge/tracked_event.h"
#include "http/message.h"
#include "http/server.h"

namespace adtally {

// What browsers call: clicks, pixels and conversions. Answers when the event is durable. HEAD and
// prefetch requests get the same answer without being counted, since nobody has seen or clicked
// anything yet. Thread-safe.
class TrackingHandler {
 public:
  // The context must outlive the handler.
  explicit TrackingHandler(EdgeContext& edge) : edge_(edge) {}

  // GET /c/{token}
  void Click(const http::Request& request, std::string_view token, http::Responder respond);
  // GET /i/{token}.gif
  void Impression(const http::Request& request, std::string_view token, http::Responder respond);
  // GET /p/{click_id}.gif: a browser that shows the shop's page, so a bot's is marked as such.
  void ConversionPixel(const http::Request& request, std::string_view click_id,
                       http::Responder respond);
  // GET or POST /v1/conversions: often the shop's server, whose User-Agent says nothing about the
  // buyer.
  void Conversion(const http::Request& request, http::Responder respond);

 private:
  // What the link says; nullopt, and counted, when it is forged, altered or expired.
  std::optional<TokenClaims> ReadLink(std::string_view token, int64_t now_ms);
  // Where its click goes; nullopt, counted and logged, when nobody knows.
  std::optional<std::string> LandingUrl(const TokenClaims& link);
  void Convert(const http::Request& request, const ConversionParameters& parameters,
               bool from_browser, http::Response answer, http::Responder respond);
  // Answers `answer` once `event` is durable, and counts it in `counter`.
  void Record(const TrackedEvent& event, Counter& counter, http::Response answer,
              http::Responder respond);

  EdgeContext& edge_;
  WarningLimit missing_page_warning_;
};

// Whether the request is HEAD, or a browser's guess at what its user may want next.
bool IsUncounted(const http::Request& request);

}  // namespace adtally
