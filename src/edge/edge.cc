#include "edge/edge.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/landing_url.h"
#include "edge/client_info.h"
#include "edge/edge_context.h"
#include "edge/event_appender.h"
#include "edge/ingest_handler.h"
#include "edge/links_handler.h"
#include "edge/tracking_handler.h"

namespace adtally {
namespace {

using http::Request;
using http::Responder;

Error BadOption(std::string_view option, std::string_view expectation) {
  return {ErrorCode::kInvalidArgument,
          std::string(option) + ": expected " + std::string(expectation)};
}

Result<void> CheckOptions(EdgeOptions& options) {
  std::string& url = options.public_url;
  while (url.ends_with('/')) url.pop_back();
  if (!url.empty() && (!IsLandingUrl(url) || url.find_first_of("?#") != std::string::npos)) {
    return BadOption("edge.public_url", "a URL such as \"https://t.example.com\"");
  }
  if (options.dedup_window_ms <= 0)
    return BadOption("aggregator.dedup_window_hours", "a positive number");
  if (options.click_id_expires_ms <= 0)
    return BadOption("edge.click_id_expires_days", "a positive number");
  if (options.ingest_threads < 1) return BadOption("edge.ingest_threads", "at least 1");
  if (options.ingest_queue < 1) return BadOption("edge.ingest_queue", "at least 1");
  if (options.appender.max_in_flight < 1) return BadOption("edge.max_in_flight", "at least 1");
  return {};
}

http::Response MethodNotAllowed(std::string allowed) {
  http::Response response = http::Problem(405, "this address takes " + allowed);
  response.headers.emplace_back("Allow", std::move(allowed));
  return response;
}

http::Response Preflight(std::string_view methods) {
  return {204,
          "",
          {{"Access-Control-Allow-Origin", "*"},
           {"Access-Control-Allow-Methods", std::string(methods)},
           {"Access-Control-Allow-Headers", "Content-Type"},
           {"Access-Control-Max-Age", "86400"}}};
}

bool IsOneOf(std::string_view method, std::initializer_list<std::string_view> methods) {
  for (const std::string_view each : methods) {
    if (method == each) return true;
  }
  return false;
}

// "/i/TOKEN.gif" without prefix and ".gif"; empty when it does not end so.
std::string_view PixelToken(std::string_view path) {
  constexpr std::string_view kSuffix = ".gif";
  path.remove_prefix(3);
  return path.ends_with(kSuffix) ? path.substr(0, path.size() - kSuffix.size())
                                 : std::string_view{};
}

}  // namespace

struct Edge::Impl {
  Impl(EdgeOptions edge_options, RecordSink& log, const TokenSigner& signer,
       const http::Authenticator& authenticator, const LandingPages& landing_pages,
       std::unique_ptr<ClientInspector> inspector, const Clock& clock, Logger& logger)
      : options(std::move(edge_options)),
        clients(std::move(inspector)),
        context{options,  appender, signer, authenticator, landing_pages,
                *clients, clock,    logger, stats},
        appender(log, options.appender, stats),
        tracking(context),
        ingest(context) {}

  void Handle(const Request& request, Responder respond) {
    const std::string_view path = request.path;
    if (path.starts_with("/c/")) return Click(request, std::move(respond));
    if (path.starts_with("/i/") || path.starts_with("/p/"))
      return Pixel(request, std::move(respond));
    if (path == "/v1/conversions") return Conversion(request, std::move(respond));
    if (path == "/v1/events") {
      if (request.method != "POST") return respond(MethodNotAllowed("POST"));
      return ingest.Handle(request, std::move(respond));
    }
    if (path == "/v1/links") {
      if (request.method != "POST") return respond(MethodNotAllowed("POST"));
      return respond(HandleLinks(request, context));
    }
    if (path == "/healthz") {
      if (!IsOneOf(request.method, {"GET", "HEAD"})) return respond(MethodNotAllowed("GET, HEAD"));
      return respond(http::Json("{\"status\":\"ok\"}"));
    }
    respond(http::Problem(404, "there is nothing at this address"));
  }

  void Click(const Request& request, Responder respond) {
    if (!IsOneOf(request.method, {"GET", "HEAD"})) return respond(MethodNotAllowed("GET, HEAD"));
    tracking.Click(request, request.path.substr(3), std::move(respond));
  }

  void Pixel(const Request& request, Responder respond) {
    if (request.method == "OPTIONS") return respond(Preflight("GET, HEAD"));
    if (!IsOneOf(request.method, {"GET", "HEAD"}))
      return respond(MethodNotAllowed("GET, HEAD, OPTIONS"));
    const std::string_view token = PixelToken(request.path);
    if (request.path[1] == 'i') return tracking.Impression(request, token, std::move(respond));
    tracking.ConversionPixel(request, token, std::move(respond));
  }

  void Conversion(const Request& request, Responder respond) {
    if (request.method == "OPTIONS") return respond(Preflight("GET, HEAD, POST"));
    if (!IsOneOf(request.method, {"GET", "HEAD", "POST"})) {
      return respond(MethodNotAllowed("GET, HEAD, POST, OPTIONS"));
    }
    tracking.Conversion(request, std::move(respond));
  }

  // Destroyed from the last to the first: the workers finish into the appender, and the appender
  // answers what it holds, which needs the context.
  EdgeOptions options;
  EdgeStats stats;
  std::unique_ptr<ClientInspector> clients;
  EdgeContext context;
  EventAppender appender;
  TrackingHandler tracking;
  IngestHandler ingest;
};

Edge::Edge(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Edge::~Edge() = default;

Result<std::unique_ptr<Edge>> Edge::Create(EdgeOptions options, RecordSink& log,
                                           const TokenSigner& signer,
                                           const http::Authenticator& authenticator,
                                           const LandingPages& landing_pages, const Clock& clock,
                                           Logger& logger) {
  ADTALLY_TRY(CheckOptions(options));
  ADTALLY_ASSIGN(auto clients, ClientInspector::Create(options.clients));
  return std::unique_ptr<Edge>(
      new Edge(std::make_unique<Impl>(std::move(options), log, signer, authenticator, landing_pages,
                                      std::move(clients), clock, logger)));
}

http::Handler Edge::handler() {
  return [impl = impl_.get()](const Request& request, Responder respond) {
    impl->Handle(request, std::move(respond));
  };
}

const EdgeStats& Edge::stats() const {
  return impl_->stats;
}

}  // namespace adtally
