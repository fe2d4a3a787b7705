#pragma once

#include <string>
#include <string_view>

namespace adtally {

// The URL with `click_id=ID` added to its query, before any fragment. The id must need no escaping.
std::string WithClickId(std::string_view url, std::string_view click_id);

}  // namespace adtally
