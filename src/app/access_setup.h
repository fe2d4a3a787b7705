#pragma once

#include <string>

#include "app/config.h"
#include "base/result.h"
#include "reporting/access.h"

namespace adtally {

// The api.* options on who may call. Errors name the option that is wrong. Takes some tens of ms of
// processor time, see SessionSecret.
Result<AccessOptions> AccessOptionsFor(const Config& config, const std::string& admin_key);

}  // namespace adtally
