#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/auth.h"
#include "store/store.h"

namespace adtally {

// A row of adtally.api_keys. The key itself is never stored.
struct ApiKeyRow {
  std::string id;
  std::string key_hash;  // SHA-256, 64 lower-case hex digits
  http::Role role = http::Role::kIngest;
  uint32_t advertiser_id = 0;  // of role advertiser; 0 otherwise
  std::string label;
  int64_t created_ms = 0;  // since the epoch
  bool revoked = false;
  uint64_t updated_ms = 0;  // since the epoch; the row with the largest one counts
};

// All keys, the revoked ones too, oldest first.
Result<std::vector<ApiKeyRow>> ReadApiKeys(Store& store);
// Adds the row, or replaces the one with its id.
Result<void> InsertApiKey(Store& store, const ApiKeyRow& row);

std::string_view RoleName(http::Role role);  // "admin", "advertiser", "ingest"

}  // namespace adtally
