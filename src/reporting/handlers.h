#pragma once

#include "base/clock.h"
#include "base/logger.h"
#include "http/auth.h"
#include "http/message.h"
#include "http/router.h"
#include "reporting/api_keys.h"
#include "reporting/catalog.h"
#include "reporting/freshness.h"
#include "reporting/link_calls.h"
#include "reporting/maintenance_calls.h"
#include "reporting/status.h"
#include "reporting/storage.h"
#include "reporting/tier_cache.h"
#include "reporting/time_zones.h"
#include "store/store.h"
#include "tiers/archive_reader.h"

namespace adtally {

// What the calls of the API work on. Everything outlives it.
struct ApiContext {
  Store& store;
  const TimeZones& zones;
  Catalog& catalog;
  ApiKeys& keys;
  const FreshnessSource& freshness;
  Logger& logger;
  TierCache& tiers;
  ArchiveReader* archive = nullptr;         // nullptr: there is none
  MaintenanceCalls* maintenance = nullptr;  // nullptr when this process does none
  StorageSources storage;
  const RecentRejections* rejections = nullptr;  // nullptr: none are kept
  const LinkCalls* links = nullptr;              // nullptr when this process cannot make any
  const Clock& clock = SystemClock();
};

// One function per call: it reads the request, asks the logic and renders the answer. `caller` is
// known and has a role that may make the call; what of the data it may see is decided here. They
// block on the store.
http::Response GetReport(const ApiContext& context, const http::Request& request,
                         const http::PathParams& params, const http::Principal& caller);
http::Response GetFreshness(const ApiContext& context, const http::Request& request,
                            const http::PathParams& params, const http::Principal& caller);
http::Response GetLedger(const ApiContext& context, const http::Request& request,
                         const http::PathParams& params, const http::Principal& caller);
http::Response GetCatalog(const ApiContext& context, const http::Request& request,
                          const http::PathParams& params, const http::Principal& caller);
http::Response PostCatalog(const ApiContext& context, const http::Request& request,
                           const http::PathParams& params, const http::Principal& caller);
http::Response GetKeys(const ApiContext& context, const http::Request& request,
                       const http::PathParams& params, const http::Principal& caller);
http::Response PostKey(const ApiContext& context, const http::Request& request,
                       const http::PathParams& params, const http::Principal& caller);
http::Response DeleteKey(const ApiContext& context, const http::Request& request,
                         const http::PathParams& params, const http::Principal& caller);
http::Response PostRollup(const ApiContext& context, const http::Request& request,
                          const http::PathParams& params, const http::Principal& caller);
http::Response PostArchive(const ApiContext& context, const http::Request& request,
                           const http::PathParams& params, const http::Principal& caller);
http::Response GetStorage(const ApiContext& context, const http::Request& request,
                          const http::PathParams& params, const http::Principal& caller);
http::Response GetStatus(const ApiContext& context, const http::Request& request,
                         const http::PathParams& params, const http::Principal& caller);
http::Response PostTrackingLinks(const ApiContext& context, const http::Request& request,
                                 const http::PathParams& params, const http::Principal& caller);

}  // namespace adtally
