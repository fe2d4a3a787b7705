#include "reporting/handlers.h"

#include "http/etag.h"
#include "reporting/call_answers.h"
#include "reporting/ledger.h"
#include "reporting/parameters.h"
#include "reporting/report.h"
#include "reporting/report_request.h"
#include "reporting/report_validators.h"

namespace adtally {
namespace {

http::Response Failed(const ApiContext& context, const http::Request& request, const Error& error) {
  return Failed(context.logger, std::string(request.method) + " " + std::string(request.path),
                error);
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

http::Response NoMaintenance() {
  return http::Problem(409,
                       "this process has not the role maintenance: ask one that was started with "
                       "--roles api,maintenance");
}

}  // namespace

http::Response GetReport(const ApiContext& context, const http::Request& request,
                         const http::PathParams&, const http::Principal& caller) {
  auto report = Report(context, request, caller);
  if (!report.ok()) return FailedReport(context.logger, "GET /v1/report", report.error());
  http::Response response = http::Json(std::move(report->body));
  return WithReportValidators(request, *report, std::move(response));
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
