#pragma once

#include <memory>
#include <string>

#include "app/config.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "store/store.h"

namespace adtally {

// The store that store.kind names: the engine in this process on DATA/store, or a server over HTTP,
// which is waited for. `connections`: how many calls at a time it is for, at least.
Result<std::unique_ptr<Store>> OpenStore(const Config& config, const std::string& data_dir,
                                         int connections, const Clock& clock, Logger& logger);

// See CheckpointStore::MayKeepTokensWithoutRows.
bool StoreMayKeepTokens(const Config& config);

}  // namespace adtally
