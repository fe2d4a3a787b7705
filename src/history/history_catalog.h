#pragma once

#include <string>
#include <vector>

#include "history/history_campaigns.h"

namespace adtally {

// Names, time zones and landing pages of everything that the campaigns have, as a body for POST
// /v1/catalog.
std::string HistoryCatalogJson(const std::vector<HistoryCampaign>& campaigns);

}  // namespace adtally
