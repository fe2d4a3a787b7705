#pragma once

#include <string>
#include <string_view>

#include "event/event.h"

namespace adtally {

// JSON text as an error message shows it: the first 40 bytes, control characters and invalid UTF-8
// as \xHH, objects and arrays by name.
std::string ShownJson(std::string_view token);

// `country: expected two letters, got "USA"`, for a field whose value is the JSON text `token`.
std::string WrongFieldMessage(EventField field, std::string_view token);

}  // namespace adtally
