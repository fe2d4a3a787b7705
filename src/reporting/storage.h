#pragma once

#include <string>

#include "base/result.h"
#include "store/store.h"

namespace adtally {

// Where to look for what is kept.
struct StorageSources {
  std::string database = "adtally";  // that the store's tables are in
  bool cluster = false;              // the tables are spread over a cluster's hosts
  std::string log_folder = {};       // of a log in this process; empty: the log is elsewhere
};

// Bytes of JSON that an event of `adtally generate` takes, its newline included.
inline constexpr double kJsonBytesPerEvent = 250;

// The JSON answer of GET /v1/storage: rows and bytes by tier, and what that is against the events
// as JSON and against keeping their minutes for as long as the tiers reach. Blocks on the store,
// for seconds when there is much. kInvalidArgument for a cluster.
Result<std::string> RunStorage(Store& store, const StorageSources& sources);

}  // namespace adtally
