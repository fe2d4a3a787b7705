#pragma once

#include <string_view>

#include "base/result.h"

namespace adtally {

// Turns the text of a ClickHouse exception into an Error: the first sentence without version and
// stack trace, with the exception's name kept ("... (UNKNOWN_TABLE)"), and a code that says whether
// a retry may help.
Error ClickHouseError(std::string_view text);

}  // namespace adtally
