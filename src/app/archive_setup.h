#pragma once

#include <string>

#include "app/config.h"
#include "base/result.h"
#include "maintenance/archive_pass.h"
#include "tiers/archive_place.h"

namespace adtally {

// Where the archive is by the [archive] of the configuration. kInvalidArgument when that is not
// possible, with the option in the message.
Result<ArchivePlace> ArchivePlaceFor(const Config& config, const std::string& data_dir);

ArchiveOptions ArchiveOptionsFor(const Config& config);

}  // namespace adtally
