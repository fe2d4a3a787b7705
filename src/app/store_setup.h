#pragma once

#include <memory>
#include <string>

#include "aggregator/checkpoint_store.h"
#include "app/config.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "reporting/storage.h"
#include "store/store.h"

namespace adtally {

// The store that store.kind names: the engine in this process on DATA/store, or a server over HTTP,
// which is waited for. `connections`: how many calls at a time it is for, at least.
Result<std::unique_ptr<Store>> OpenStore(const Config& config, const std::string& data_dir,
                                         int connections, const Clock& clock, Logger& logger);

// Makes the tables, or brings them to the newest schema: on all hosts when there is a cluster.
Result<void> MigrateStore(const Config& config, Store& store);

// What deliveries go into: `store`, which must outlive it, or the shards of store.cluster, with
// connections of their own.
Result<std::unique_ptr<CheckpointStore>> OpenCheckpointStore(const Config& config, Store& store,
                                                             int connections, Logger& logger);

// Where the storage report looks.
StorageSources StorageSourcesFor(const Config& config, const std::string& data_dir);

}  // namespace adtally
