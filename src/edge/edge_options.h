#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/recent_rejections.h"
#include "base/strong.h"
#include "edge/partitioner.h"

namespace adtally {

// How the edge reads the client of a request.
struct ClientInfoOptions {
  // Addresses and CIDR ranges ("10.0.0.0/8", "::1") of proxies in front of the edge. Only what they
  // send in the headers below and in X-Forwarded-For is believed.
  std::vector<std::string> trusted_proxies;
  std::string country_header;  // e.g. "CF-IPCountry"; empty: none
  std::string region_header;   // e.g. "CF-Region-Code"; empty: none
  std::string country_file;    // a MaxMind-format (mmdb) file; empty: none
};

// How events are gathered on their way into the log.
struct EventAppenderOptions {
  size_t max_record_bytes = 64 << 10;  // of one log record
  size_t max_group_bytes = 1 << 20;    // of one append to the log
  size_t max_queue_bytes = 64 << 20;   // waiting and under way together; beyond: 429
  int max_in_flight = 2;               // appends to the log at a time
  PartitionKey partition_key;
};

struct EdgeOptions {
  // What links start with: "https://t.example.com". Empty: "http://" and the Host of the request
  // that asks for a link.
  std::string public_url;
  // Must equal the aggregator's deduplication window: an older event goes to the late ledger, and
  // its sender is told.
  int64_t dedup_window_ms = 24 * kMillisPerHour;
  // For how long after its click a conversion is taken.
  int64_t click_id_expires_ms = 30 * 24 * kMillisPerHour;

  size_t inline_body_bytes = 256 << 10;  // a larger body of events is decoded by the worker pool
  int ingest_threads = 2;                // of the worker pool
  size_t ingest_queue = 16;              // bodies that wait for a worker; beyond: 429

  // The log is a Spool: what it refuses found the spool without room.
  bool has_spool = false;

  // Is shown what /v1/events refuses; nullptr: nobody wants to know. Outlives the edge.
  RecentRejections* rejections = nullptr;

  EventAppenderOptions appender;
  ClientInfoOptions clients;
};

}  // namespace adtally
