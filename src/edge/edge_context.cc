#include "edge/edge_context.h"

#include <string>

namespace adtally {

std::optional<http::Response> RefuseKey(const http::Request& request, const EdgeContext& edge) {
  const std::string_view key = request.BearerKey();
  const auto principal = key.empty() ? std::nullopt : edge.authenticator.Authenticate(key);
  if (principal && principal->role != http::Role::kAdvertiser) return std::nullopt;

  edge.stats.refused_keys.Add();
  if (principal)
    return http::Problem(403, "this key may only read reports; use an ingest or admin key");
  return http::Problem(401, key.empty()
                                ? "send an ingest or admin key as \"Authorization: Bearer KEY\""
                                : "unknown or revoked key");
}

http::Response NotAppended(const Error& error, EdgeContext& edge) {
  if (error.code == ErrorCode::kResourceExhausted) {
    edge.stats.overloaded.Add();
    return http::Problem(
        429, "too many events are waiting for the event log; send this request again later");
  }
  edge.stats.unavailable.Add();
  if (edge.append_warning.Allows(edge.clock)) {
    edge.logger.Warning(
        "edge: events could not be appended to the event log and were answered 503: " +
        error.message);
  }
  return http::Problem(503, edge.options.has_spool
                                ? "the event log cannot be reached and the edge's spool cannot "
                                  "take more; send this request again later"
                                : "the event log cannot be reached; send this request again later");
}

}  // namespace adtally
