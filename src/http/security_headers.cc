#include "http/security_headers.h"

#include <utility>

namespace adtally::http {
namespace {

constexpr std::pair<std::string_view, std::string_view> kHeaders[] = {
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

void AddMissing(Response& response) {
  for (const auto& [name, value] : kHeaders) {
    if (response.Header(name).empty()) response.headers.emplace_back(name, value);
  }
}

}  // namespace

Handler WithSecurityHeaders(Handler handler) {
  return [handler = std::move(handler)](const Request& request, Responder respond) {
    handler(request, [respond = std::move(respond)](Response response) {
      AddMissing(response);
      respond(std::move(response));
    });
  };
}

}  // namespace adtally::http
