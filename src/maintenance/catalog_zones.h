#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace adtally {

// The time zone of advertisers that the catalog does not have, or whose zone the store does not
// know.
inline constexpr std::string_view kDefaultZone = "UTC";

// The zones of the catalog's advertisers that the store knows, and kDefaultZone; sorted, each once.
Result<std::vector<std::string>> CatalogZones(Store& store);

// Which of `zones` are not whole hours from UTC throughout an hour, by the hour's start; hours of
// [from_s, to_s), seconds since the epoch, without any are left out. Days and hours of such a zone
// begin within hours of UTC.
Result<std::map<int64_t, std::vector<std::string>>> BrokenHourZones(
    Store& store, const std::vector<std::string>& zones, int64_t from_s, int64_t to_s);

}  // namespace adtally
