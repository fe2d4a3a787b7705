#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "reporting/catalog_entities.h"
#include "store/store.h"

namespace adtally {

// The SQL of the catalog: one statement each. Inserting is upserting: of the rows of one id the one
// with the largest `updated_ms` counts.
Result<std::vector<Advertiser>> ReadAdvertisers(Store& store);
Result<std::vector<Campaign>> ReadCampaigns(Store& store);
Result<std::vector<AdGroup>> ReadAdGroups(Store& store);
Result<std::vector<Creative>> ReadCreatives(Store& store);
// The largest `updated_ms` of the whole catalog; 0 when it is empty.
Result<uint64_t> ReadLastCatalogUpdate(Store& store);
// A text that is another one after the catalog changed, and sometimes when it did not.
Result<std::string> ReadCatalogMark(Store& store);

Result<void> InsertAdvertisers(Store& store, const std::vector<Advertiser>& rows,
                               uint64_t updated_ms);
Result<void> InsertCampaigns(Store& store, const std::vector<Campaign>& rows, uint64_t updated_ms);
Result<void> InsertAdGroups(Store& store, const std::vector<AdGroup>& rows, uint64_t updated_ms);
Result<void> InsertCreatives(Store& store, const std::vector<Creative>& rows, uint64_t updated_ms);

}  // namespace adtally
