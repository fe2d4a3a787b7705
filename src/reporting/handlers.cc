#include "reporting/handlers.h"

#include "http/etag.h"
#include "reporting/ledger.h"
#include "reporting/parameters.h"
#include "reporting/report.h"
#include "reporting/report_request.h"

namespace adtally {
namespace {

Scope ScopeOf(const http::Principal& caller) {
  if (caller.role == http::Role::kAdmin) return std::nullopt;
  ADTALLY_CHECK(caller.role == http::Role::kAdvertiser && caller.advertiser_id != 0,
                "only admin and advertiser keys read data");
  return caller.advertiser_id;
}

// A failure of the store goes to the operator's log; its text may hold SQL, so the user gets one
// sentence.
http::Response Failed(const ApiContext& context, const http::Request& request, const Error& error) {
  const bool internal = error.code == ErrorCode::kInternal || error.code == ErrorCode::kCorrupt;
  if (!internal && error.code != ErrorCode::kUnavailable) return http::Problem(error);
  context.logger.Error(std::string(request.method) + " " + std::string(request.path) +
                       " failed: " + error.message);
  if (internal) return http::Problem(500, "the request failed inside the server; its log says why");
  return http::Problem(503, "the store does not answer; try again");
}

http::Response Answer(const ApiContext& context, const http::Request& request,
                      Result<std::string> json, int status = 200) {
  if (!json.ok()) return Failed(context, request, json.error());
  return http::Json(std::move(json).value(), status);
}

Result<void> ExpectNoParameters(const http::Request& request) {
  ADTALLY_TRY(Parameters::Parse(request.query, {}));
  return {};
}

Result<ReportAnswer> Report(const ApiContext& context, const http::Request& request,
                            const http::Principal& caller) {
  ADTALLY_ASSIGN(const ReportRequest report, ParseReportRequest(request.query, context.zones));
  // Read before the rows, so that it never promises more than they hold.
  const auto complete_to_ms = CompleteToMs(context.freshness.Read());
  return RunReport({context.store, context.tiers, context.archive}, report, ScopeOf(caller),
                   complete_to_ms);
}

std::string TierNames(const std::vector<Tier>& tiers) {
  std::string names;
  for (const Tier tier : tiers) {
    if (!names.empty()) names += ", ";
    names += TierName(tier);
  }
  return names;
}

http::Response NoMaintenance() {
  return http::Problem(409,
                       "this process has not the role maintenance: ask one that was started with "
                       "--roles api,maintenance");
}

}  // namespace

http::Response GetReport(const ApiContext& context, const http::Request& request,
                         const http::PathParams&, const http::Principal& caller) {
  auto report = Report(context, request, caller);
  if (!report.ok()) {
    http::Response failed = Failed(context, request, report.error());
    // It names the damaged file of the archive.
    return report.error().code == ErrorCode::kCorrupt ? http::Problem(report.error()) : failed;
  }
  http::Response response;
  response.headers.emplace_back("Content-Type", report->media_type);
  if (!report->file_name.empty()) {
    response.headers.emplace_back("Content-Disposition",
                                  "attachment; filename=\"" + std::string(report->file_name) + '"');
    response.headers.emplace_back("Adtally-Tiers", TierNames(report->tiers));
  }
  response.body = std::move(report->body);
  return response;
}

http::Response GetFreshness(const ApiContext& context, const http::Request& request,
                            const http::PathParams&, const http::Principal&) {
  if (auto none = ExpectNoParameters(request); !none.ok()) return http::Problem(none.error());
  return http::Json(RenderFreshness(context.freshness.Read()));
}

http::Response GetLedger(const ApiContext& context, const http::Request& request,
                         const http::PathParams&, const http::Principal&) {
  return Answer(context, request, RunLedger(context.store, request.query));
}

http::Response GetCatalog(const ApiContext& context, const http::Request& request,
                          const http::PathParams&, const http::Principal& caller) {
  if (auto none = ExpectNoParameters(request); !none.ok()) return http::Problem(none.error());
  // No cache keeps it, but a client that has it need not be sent it again.
  return http::WithETag(request, http::Json(context.catalog.Render(ScopeOf(caller))));
}

http::Response PostCatalog(const ApiContext& context, const http::Request& request,
                           const http::PathParams&, const http::Principal&) {
  return Answer(context, request, context.catalog.Upsert(request.body));
}

http::Response GetKeys(const ApiContext& context, const http::Request& request,
                       const http::PathParams&, const http::Principal&) {
  if (auto none = ExpectNoParameters(request); !none.ok()) return http::Problem(none.error());
  return http::Json(context.keys.Render());
}

http::Response PostKey(const ApiContext& context, const http::Request& request,
                       const http::PathParams&, const http::Principal&) {
  return Answer(context, request, context.keys.Create(request.body), 201);
}

http::Response PostRollup(const ApiContext& context, const http::Request& request,
                          const http::PathParams&, const http::Principal&) {
  if (auto none = ExpectNoParameters(request); !none.ok()) return http::Problem(none.error());
  if (context.maintenance == nullptr) return NoMaintenance();
  return Answer(context, request, context.maintenance->RollUp());
}

http::Response PostArchive(const ApiContext& context, const http::Request& request,
                           const http::PathParams&, const http::Principal&) {
  if (auto none = ExpectNoParameters(request); !none.ok()) return http::Problem(none.error());
  if (context.maintenance == nullptr) return NoMaintenance();
  return Answer(context, request, context.maintenance->MoveToArchive());
}

http::Response DeleteKey(const ApiContext& context, const http::Request& request,
                         const http::PathParams& params, const http::Principal&) {
  auto revoked = context.keys.Revoke(params.Get("id"));
  if (!revoked.ok()) return Failed(context, request, revoked.error());
  http::Response response;
  response.status = 204;
  return response;
}

http::Response GetStorage(const ApiContext& context, const http::Request& request,
                          const http::PathParams&, const http::Principal&) {
  if (auto none = ExpectNoParameters(request); !none.ok()) return http::Problem(none.error());
  return Answer(context, request, RunStorage(context.store, context.storage));
}

http::Response GetStatus(const ApiContext& context, const http::Request& request,
                         const http::PathParams&, const http::Principal&) {
  if (auto none = ExpectNoParameters(request); !none.ok()) return http::Problem(none.error());
  return Answer(
      context, request,
      RunStatus(context.store, {context.maintenance, context.rejections}, context.clock.NowMs()));
}

http::Response PostTrackingLinks(const ApiContext& context, const http::Request& request,
                                 const http::PathParams&, const http::Principal&) {
  if (auto none = ExpectNoParameters(request); !none.ok()) return http::Problem(none.error());
  if (context.links == nullptr) {
    return http::Problem(409,
                         "this process has no keys to sign links with: set links.keys and "
                         "links.signing_key as the edge has them, or ask one that is an edge too");
  }
  return Answer(context, request, context.links->MakeLinks(request.body, request.Header("Host")));
}

}  // namespace adtally
