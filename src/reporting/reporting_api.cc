#include "reporting/reporting_api.h"

#include <utility>

#include "base/worker_pool.h"
#include "http/etag.h"
#include "http/probes.h"
#include "http/router.h"
#include "http/security_headers.h"
#include "reporting/handlers.h"
#include "reporting/live_reports.h"
#include "reporting/openapi_document.h"
#include "reporting/report_files.h"
#include "reporting/session_calls.h"

namespace adtally {
namespace {

using http::Role;
using Call = http::Response (*)(const ApiContext&, const http::Request&, const http::PathParams&,
                                const http::Principal&);

struct Route {
  std::string_view method;
  std::string_view pattern;
  Call call;                // nullptr: LiveReports
  std::vector<Role> roles;  // who may make it
};

std::vector<Route> Routes() {
  const std::vector<Role> readers = {Role::kAdmin, Role::kAdvertiser};
  const std::vector<Role> admins = {Role::kAdmin};
  return {
      {"GET", "/v1/report", GetReport, readers},
      {"GET", "/v1/report/live", nullptr, readers},
      {"GET", "/v1/freshness", GetFreshness, readers},
      {"GET", "/v1/ledger", GetLedger, admins},
      {"GET", "/v1/catalog", GetCatalog, readers},
      {"POST", "/v1/catalog", PostCatalog, admins},
      {"GET", "/v1/keys", GetKeys, admins},
      {"POST", "/v1/keys", PostKey, admins},
      {"DELETE", "/v1/keys/{id}", DeleteKey, admins},
      {"POST", "/v1/maintenance/rollup", PostRollup, admins},
      {"POST", "/v1/maintenance/archive", PostArchive, admins},
      {"GET", "/v1/storage", GetStorage, admins},
      {"GET", "/v1/status", GetStatus, admins},
      {"POST", "/v1/tracking-links", PostTrackingLinks, admins},
  };
}

LiveReportOptions WithClock(LiveReportOptions options, const Clock& clock) {
  options.clock = &clock;
  return options;
}

}  // namespace

struct ReportingApi::Impl {
  Impl(ReportingApiOptions given, Store& store, const TimeZones& zones, Catalog& catalog,
       ApiKeys& keys, const FreshnessSource& freshness, Logger& logger)
      : options(std::move(given)),
        context{store,
                zones,
                catalog,
                keys,
                freshness,
                logger,
                tiers,
                options.archive,
                options.maintenance,
                options.storage,
                options.rejections,
                options.links,
                *options.access.clock},
        sessions({options.access.session_secret, options.access.public_url,
                  options.access.trusted_proxies},
                 context.keys, *options.access.clock),
        access(options.access, context.keys, sessions),
        session_calls(options.access, access, sessions, context.keys),
        files(context, options.files),
        live(context, WithClock(options.live, *options.access.clock)),
        pool(static_cast<int>(options.workers), options.max_waiting) {}

  const ReportingApiOptions options;
  TierCache tiers{options.answer_cache_bytes};
  const ApiContext context;
  const Sessions sessions;
  Access access;
  SessionCalls session_calls;
  ReportFiles files;
  LiveReports live;
  WorkerPool pool;

  void Serve(const Route& route, const http::Request& request, const http::PathParams& params,
             http::Responder respond);
  void AddCalls(http::Router& router);
  void AddSessionCalls(http::Router& router);
  void AddProbes(http::Router& router) const;
  void AddDashboard(http::Router& router) const;
};

void ReportingApi::Impl::Serve(const Route& route, const http::Request& request,
                               const http::PathParams& params, http::Responder respond) {
  Admission admission = access.Admit(request, route.roles);
  if (!admission.caller) return respond(std::move(admission.refusal));
  if (route.call == GetReport && ReportFiles::Asks(request)) {
    return files.Answer(request, std::move(admission), std::move(respond));
  }
  // The request's views live until the responder is called; the path parameters do not.
  const bool taken = pool.TryPost(
      [this, call = route.call, request, params, admission = std::move(admission), respond] {
        if (call == nullptr) return live.Answer(request, admission, respond);
        http::Response response = call(context, request, params, *admission.caller);
        response.headers.insert(response.headers.end(), admission.headers.begin(),
                                admission.headers.end());
        respond(std::move(response));
      });
  if (!taken) respond(http::Problem(503, "too many requests are waiting; try again"));
}

void ReportingApi::Impl::AddCalls(http::Router& router) {
  for (const Route& route : Routes()) {
    router.Add(route.method, route.pattern,
               [this, route](const http::Request& request, const http::PathParams& params,
                             http::Responder respond) {
                 Serve(route, request, params, std::move(respond));
               });
  }
}

void ReportingApi::Impl::AddSessionCalls(http::Router& router) {
  const auto add = [&](std::string_view method, auto call) {
    router.Add(method, "/v1/session",
               [this, call](const http::Request& request, const http::PathParams&,
                            http::Responder respond) { respond((session_calls.*call)(request)); });
  };
  add("GET", &SessionCalls::Get);
  add("POST", &SessionCalls::Post);
  add("DELETE", &SessionCalls::Delete);
}

void ReportingApi::Impl::AddProbes(http::Router& router) const {
  http::AddProbes(router, options.probes);
  router.Add("GET", "/v1/openapi.json",
             [](const http::Request& request, const http::PathParams&, http::Responder respond) {
               http::Response document = http::Json(std::string(OpenApiDocument()));
               document.headers.emplace_back("Cache-Control", "no-cache");
               respond(http::WithETag(request, std::move(document)));
             });
}

void ReportingApi::Impl::AddDashboard(http::Router& router) const {
  router.Reserve("/v1/");
  const bool built = options.dashboard.has_value();
  router.Add(
      "GET", built ? "/{path*}" : "/",
      [this](const http::Request& request, const http::PathParams&, http::Responder respond) {
        if (options.dashboard) return respond(options.dashboard->Get(request));
        respond(
            http::PlainText("The dashboard is not built: run scripts/build and start again.\n"));
      });
}

ReportingApi::ReportingApi(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ReportingApi::~ReportingApi() = default;

std::unique_ptr<ReportingApi> ReportingApi::Create(ReportingApiOptions options, Store& store,
                                                   const TimeZones& zones, Catalog& catalog,
                                                   ApiKeys& keys, const FreshnessSource& freshness,
                                                   Logger& logger) {
  return std::unique_ptr<ReportingApi>(new ReportingApi(
      std::make_unique<Impl>(std::move(options), store, zones, catalog, keys, freshness, logger)));
}

http::Handler ReportingApi::handler() const {
  http::Router router;
  impl_->AddCalls(router);
  impl_->AddSessionCalls(router);
  impl_->AddProbes(router);
  impl_->AddDashboard(router);
  return http::WithSecurityHeaders(router.AsHandler());
}

}  // namespace adtally
