#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace adtally {

// "INSERT INTO table (column, …) SETTINGS insert_deduplication_token = 'token'", without the
// setting when the token is empty. A token is made of letters, digits and . _ : / - and anything
// else is kInvalidArgument.
Result<std::string> InsertStatement(std::string_view into, std::string_view deduplication_token);

}  // namespace adtally
