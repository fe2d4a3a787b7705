#include "http/probes.h"

#include <string_view>
#include <utility>

namespace adtally::http {
namespace {

constexpr std::string_view kHealth = "/healthz";
constexpr std::string_view kReadiness = "/readyz";
constexpr std::string_view kMetrics = "/metrics";

Response Text(std::string body, std::string_view media_type) {
  Response response;
  response.body = std::move(body);
  response.headers.emplace_back("Content-Type", media_type);
  return response;
}

Response Readiness(const Probes& probes) {
  const auto reasons = probes.readiness ? probes.readiness() : std::vector<std::string>();
  if (reasons.empty()) return PlainText("ready\n");
  std::string detail = "not ready: ";
  for (const std::string& reason : reasons) {
    if (&reason != &reasons.front()) detail += "; ";
    detail += reason;
  }
  return Problem(503, detail);
}

}  // namespace

Response PlainText(std::string body) {
  return Text(std::move(body), "text/plain; charset=utf-8");
}

void AddProbes(Router& router, const Probes& probes) {
  const auto add = [&](std::string_view path, std::function<Response()> answer) {
    router.Add("GET", path,
               [answer = std::move(answer)](const Request&, const PathParams&, Responder respond) {
                 respond(answer());
               });
  };
  add(kHealth, [] { return PlainText("ok\n"); });
  add(kReadiness, [probes] { return Readiness(probes); });
  add(kMetrics, [probes] {
    return Text(probes.metrics ? probes.metrics() : "", "text/plain; version=0.0.4; charset=utf-8");
  });
}

Handler ProbesOnly(const Probes& probes) {
  Router router;
  AddProbes(router, probes);
  return router.AsHandler();
}

Handler WithProbes(Handler rest, const Probes& probes) {
  return [probe = ProbesOnly(probes), rest = std::move(rest)](const Request& request,
                                                              Responder respond) {
    const std::string_view path = request.path;
    const bool asked = path == kHealth || path == kReadiness || path == kMetrics;
    (asked ? probe : rest)(request, std::move(respond));
  };
}

}  // namespace adtally::http
