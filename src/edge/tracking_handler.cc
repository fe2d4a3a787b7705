#include "edge/tracking_handler.h"

#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/landing_url.h"
#include "edge/click_id_url.h"

namespace adtally {
namespace {

// The smallest transparent GIF: 1x1, 43 bytes.
constexpr std::string_view kPixel(
    "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    "\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00;",
    43);

// Readable by scripts of any page: the answers hold nothing of the user's.
http::Response WithCors(http::Response response) {
  response.headers.emplace_back("Access-Control-Allow-Origin", "*");
  return response;
}

http::Response Pixel() {
  return WithCors(
      {200, std::string(kPixel), {{"Content-Type", "image/gif"}, {"Cache-Control", "no-store"}}});
}

http::Response NoContent() {
  return WithCors({204, "", {{"Cache-Control", "no-store"}}});
}

http::Response Redirect(std::string location) {
  return {302, "", {{"Location", std::move(location)}, {"Cache-Control", "no-store"}}};
}

// The same for every reason, so that nobody learns how close a forgery came.
http::Response UnknownLink() {
  http::Response response = http::Problem(404, "this link is unknown or has expired");
  response.headers.emplace_back("Cache-Control", "no-store");
  return WithCors(std::move(response));
}

// The first of that name wins.
void ReadParameters(std::string_view query, ConversionParameters& parameters) {
  for (auto& [name, value] : http::ParseQuery(query)) {
    std::string* target = name == "click_id"   ? &parameters.click_id
                          : name == "order_id" ? &parameters.order_id
                          : name == "value"    ? &parameters.value
                                               : nullptr;
    if (target != nullptr && target->empty()) *target = std::move(value);
  }
}

// Forms, and what beacons send when they say nothing better.
bool IsForm(std::string_view content_type) {
  return content_type.empty() ||
         ContainsIgnoreCase(content_type, "application/x-www-form-urlencoded") ||
         ContainsIgnoreCase(content_type, "text/plain");
}

}  // namespace

bool IsUncounted(const http::Request& request) {
  if (request.method == "HEAD") return true;
  for (const std::string_view header : {"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"}) {
    const std::string_view value = request.Header(header);
    if (ContainsIgnoreCase(value, "prefetch") || ContainsIgnoreCase(value, "preview")) return true;
  }
  return false;
}

std::optional<TokenClaims> TrackingHandler::ReadLink(std::string_view token, int64_t now_ms) {
  auto link = edge_.signer.Verify(token, TokenClaims::Kind::kLink, now_ms);
  if (link.ok()) return std::move(link).value();
  edge_.stats.invalid_tokens.Add();
  return std::nullopt;
}

std::optional<std::string> TrackingHandler::LandingUrl(const TokenClaims& link) {
  std::optional<std::string> url;
  if (link.landing_url.empty()) {
    url = edge_.landing_pages.Find(link.dimensions.creative_id);
  } else {
    url = link.landing_url;
  }
  // Checked here too, wherever it comes from: a line break would let it write headers.
  if (url && IsLandingUrl(*url)) return url;
  edge_.stats.missing_landing_pages.Add();
  if (missing_page_warning_.Allows(edge_.clock)) {
    edge_.logger.Warning("edge: clicks are answered 404 because creative " +
                         std::to_string(link.dimensions.creative_id) +
                         " has no landing page; add its landing_url to the catalog");
  }
  return std::nullopt;
}

void TrackingHandler::Click(const http::Request& request, std::string_view token,
                            http::Responder respond) {
  const int64_t now_ms = edge_.clock.NowMs();
  const std::optional<TokenClaims> link = ReadLink(token, now_ms);
  if (!link) return respond(UnknownLink());
  const std::optional<std::string> url = LandingUrl(*link);
  if (!url) return respond(UnknownLink());

  const TrackedEvent click = ClickOf(*link, edge_.clients.Inspect(request), now_ms);
  const std::string click_id =
      edge_.signer.Sign(ClickIdClaims(*link, click, edge_.options.click_id_expires_ms));
  http::Response redirect = Redirect(WithClickId(*url, click_id));
  if (IsUncounted(request)) {
    edge_.stats.uncounted_requests.Add();
    return respond(std::move(redirect));
  }
  Record(click, edge_.stats.clicks, std::move(redirect), std::move(respond));
}

void TrackingHandler::Impression(const http::Request& request, std::string_view token,
                                 http::Responder respond) {
  const int64_t now_ms = edge_.clock.NowMs();
  const std::optional<TokenClaims> link = ReadLink(token, now_ms);
  if (!link) return respond(UnknownLink());
  if (IsUncounted(request)) {
    edge_.stats.uncounted_requests.Add();
    return respond(Pixel());
  }
  Record(ImpressionOf(*link, edge_.clients.Inspect(request), now_ms), edge_.stats.impressions,
         Pixel(), std::move(respond));
}

void TrackingHandler::ConversionPixel(const http::Request& request, std::string_view click_id,
                                      http::Responder respond) {
  ConversionParameters parameters;
  parameters.click_id = click_id;
  ReadParameters(request.query, parameters);
  Convert(request, parameters, true, Pixel(), std::move(respond));
}

void TrackingHandler::Conversion(const http::Request& request, http::Responder respond) {
  ConversionParameters parameters;
  ReadParameters(request.query, parameters);
  if (request.method == "POST" && !request.body.empty()) {
    if (!IsForm(request.Header("Content-Type"))) {
      edge_.stats.bad_conversions.Add();
      return respond(WithCors(http::Problem(400,
                                            "the body: expected application/x-www-form-urlencoded "
                                            "with click_id, order_id and value")));
    }
    ReadParameters(request.body, parameters);
  }
  Convert(request, parameters, false, NoContent(), std::move(respond));
}

void TrackingHandler::Convert(const http::Request& request, const ConversionParameters& parameters,
                              bool from_browser, http::Response answer, http::Responder respond) {
  auto conversion = ConversionOf(parameters, edge_.signer, edge_.clock.NowMs());
  if (!conversion.ok()) {
    edge_.stats.bad_conversions.Add();
    return respond(WithCors(http::Problem(conversion.error())));
  }
  if (IsUncounted(request)) {
    edge_.stats.uncounted_requests.Add();
    return respond(std::move(answer));
  }
  if (from_browser && edge_.clients.Inspect(request).bot) {
    conversion->fields.invalid_reason = InvalidReason::kBot;
  }
  Record(*conversion, edge_.stats.conversions, std::move(answer), std::move(respond));
}

void TrackingHandler::Record(const TrackedEvent& event, Counter& counter, http::Response answer,
                             http::Responder respond) {
  const bool bot = event.fields.invalid_reason == InvalidReason::kBot;
  edge_.appender.Append(event.View(), [&edge = edge_, &counter, bot, answer = std::move(answer),
                                       respond = std::move(respond)](Result<void> durable) mutable {
    if (!durable.ok()) return respond(WithCors(NotAppended(durable.error(), edge)));
    counter.Add();
    if (bot) edge.stats.bot_events.Add();
    respond(std::move(answer));
  });
}

}  // namespace adtally
