#pragma once

#include <memory>
#include <string>

#include "app/config.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/result.h"
#include "edge/partitioner.h"
#include "edge/spool.h"
#include "log/record_sink.h"

namespace adtally {

PartitionKey PartitionKeyFor(const Config& config);

// Whether what the log does not acknowledge is spooled. A log in the process needs none.
bool UsesSpool(const Config& config);

// The spool in DATA/spool. Where none is used it is only drained, if an earlier configuration left
// one; else nullptr. Everything passed by reference outlives it.
Result<std::unique_ptr<Spool>> OpenSpool(const Config& config, const std::string& data_dir,
                                         RecordSink& log, const Clock& clock, Logger& logger);

}  // namespace adtally
