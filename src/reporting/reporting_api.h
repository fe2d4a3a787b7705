#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/logger.h"
#include "base/recent_rejections.h"
#include "http/probes.h"
#include "http/server.h"
#include "http/static_files.h"
#include "reporting/access.h"
#include "reporting/api_keys.h"
#include "reporting/catalog.h"
#include "reporting/freshness.h"
#include "reporting/link_calls.h"
#include "reporting/live_reports.h"
#include "reporting/maintenance_calls.h"
#include "reporting/storage.h"
#include "reporting/stream_slots.h"
#include "reporting/tier_cache.h"
#include "reporting/time_zones.h"
#include "store/store.h"
#include "tiers/archive_reader.h"

namespace adtally {

struct ReportingApiOptions {
  size_t workers = 4;                               // calls that run at a time
  size_t max_waiting = 64;                          // calls that wait for a worker; more get 503
  StreamLimits files = {.total = 4, .per_key = 2};  // reports in other formats than JSON
  LiveReportOptions live;                           // its clock is that of `access`
  AccessOptions access;
  http::Probes probes;
  size_t answer_cache_bytes = kDefaultAnswerBytes;
  ArchiveReader* archive = nullptr;  // of old hours, for reports; nullptr: there is none
  // What is served at /. Absent: / says how to build it.
  std::optional<http::StaticFiles> dashboard;
  // Null in a process without the maintenance role. Outlives the API.
  MaintenanceCalls* maintenance = nullptr;
  StorageSources storage;
  // What was not taken lately; null: nobody notes it. Both outlive the API.
  const RecentRejections* rejections = nullptr;
  // Null in a process that cannot sign links.
  const LinkCalls* links = nullptr;
};

// The calls of the API listener: reports, freshness, the ledger, the catalog, keys, and what
// operators probe. Calls that may block run on workers of its own. Everything given to Create must
// outlive it.
class ReportingApi {
 public:
  static std::unique_ptr<ReportingApi> Create(ReportingApiOptions options, Store& store,
                                              const TimeZones& zones, Catalog& catalog,
                                              ApiKeys& keys, const FreshnessSource& freshness,
                                              Logger& logger);
  // Waits for calls under way. The server that uses the handler must have stopped.
  ~ReportingApi();

  // Valid while this object lives. Every answer has the headers of http/security_headers.h.
  http::Handler handler() const;

 private:
  struct Impl;
  explicit ReportingApi(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace adtally
