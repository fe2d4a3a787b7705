#include "reporting/catalog_store.h"

#include <algorithm>

#include "store/native_block.h"
#include "store/row_binary_reader.h"
#include "store/statement.h"

namespace adtally {
namespace {

// Reads all rows of a statement without parameters.
template <class Row, class ReadRow>
Result<std::vector<Row>> ReadRows(Store& store, std::string_view sql, ReadRow read_row) {
  ADTALLY_ASSIGN(const std::string bytes, RunStatement(store, {std::string(sql), {}}, "RowBinary"));
  std::vector<Row> rows;
  RowBinaryReader reader(bytes);
  while (!reader.done()) rows.push_back(read_row(reader));
  if (!reader.ok()) return Error{ErrorCode::kInternal, "the catalog's rows cannot be read"};
  return rows;
}

template <class Row>
void AddIds(NativeBlock& block, std::string_view name, const std::vector<Row>& rows,
            uint32_t Row::*id) {
  std::vector<uint32_t> values(rows.size());
  std::transform(rows.begin(), rows.end(), values.begin(), [&](const Row& row) { return row.*id; });
  block.UInt32(name, values);
}

template <class Row>
void AddTexts(NativeBlock& block, std::string_view name, const std::vector<Row>& rows,
              std::string Row::*text) {
  std::vector<std::string_view> values(rows.size());
  std::transform(rows.begin(), rows.end(), values.begin(),
                 [&](const Row& row) { return std::string_view(row.*text); });
  block.String(name, values);
}

Result<void> Finish(Store& store, std::string_view into, NativeBlock& block, size_t rows,
                    uint64_t updated_ms) {
  block.UInt64("updated_ms", std::vector<uint64_t>(rows, updated_ms));
  return store.Insert(into, block.bytes(), "");
}

}  // namespace

Result<std::vector<Advertiser>> ReadAdvertisers(Store& store) {
  return ReadRows<Advertiser>(
      store, "SELECT id, name, time_zone, currency FROM adtally.advertisers FINAL",
      [](RowBinaryReader& in) {
        return Advertiser{in.UInt32(), in.String(), in.String(), in.String()};
      });
}

Result<std::vector<Campaign>> ReadCampaigns(Store& store) {
  return ReadRows<Campaign>(store, "SELECT id, advertiser_id, name FROM adtally.campaigns FINAL",
                            [](RowBinaryReader& in) {
                              return Campaign{in.UInt32(), in.UInt32(), in.String()};
                            });
}

Result<std::vector<AdGroup>> ReadAdGroups(Store& store) {
  return ReadRows<AdGroup>(
      store, "SELECT id, advertiser_id, campaign_id, name FROM adtally.ad_groups FINAL",
      [](RowBinaryReader& in) {
        return AdGroup{in.UInt32(), in.UInt32(), in.UInt32(), in.String()};
      });
}

Result<std::vector<Creative>> ReadCreatives(Store& store) {
  return ReadRows<Creative>(store,
                            "SELECT id, advertiser_id, campaign_id, ad_group_id, name, landing_url "
                            "FROM adtally.creatives FINAL",
                            [](RowBinaryReader& in) {
                              return Creative{in.UInt32(), in.UInt32(), in.UInt32(),
                                              in.UInt32(), in.String(), in.String()};
                            });
}

Result<uint64_t> ReadLastCatalogUpdate(Store& store) {
  ADTALLY_ASSIGN(const std::string row,
                 RunStatement(store,
                              {"SELECT greatest((SELECT max(updated_ms) FROM adtally.advertisers), "
                               "(SELECT max(updated_ms) FROM adtally.campaigns), "
                               "(SELECT max(updated_ms) FROM adtally.ad_groups), "
                               "(SELECT max(updated_ms) FROM adtally.creatives)) "
                               "SETTINGS aggregate_functions_null_for_empty = 0",
                               {}},
                              "TabSeparated"));
  uint64_t last = 0;
  for (const char c : row) {
    if (c >= '0' && c <= '9') last = last * 10 + static_cast<uint64_t>(c - '0');
  }
  return last;
}

// Every change adds a row; merges take some away again.
Result<std::string> ReadCatalogMark(Store& store) {
  return RunStatement(store,
                      {"SELECT (SELECT (count(), sum(updated_ms)) FROM adtally.advertisers), "
                       "(SELECT (count(), sum(updated_ms)) FROM adtally.campaigns), "
                       "(SELECT (count(), sum(updated_ms)) FROM adtally.ad_groups), "
                       "(SELECT (count(), sum(updated_ms)) FROM adtally.creatives)",
                       {}},
                      "TabSeparated");
}

Result<void> InsertAdvertisers(Store& store, const std::vector<Advertiser>& rows,
                               uint64_t updated_ms) {
  NativeBlock block;
  block.Reset(5, rows.size());
  AddIds(block, "id", rows, &Advertiser::id);
  AddTexts(block, "name", rows, &Advertiser::name);
  AddTexts(block, "time_zone", rows, &Advertiser::time_zone);
  AddTexts(block, "currency", rows, &Advertiser::currency);
  return Finish(store, "adtally.advertisers (id, name, time_zone, currency, updated_ms)", block,
                rows.size(), updated_ms);
}

Result<void> InsertCampaigns(Store& store, const std::vector<Campaign>& rows, uint64_t updated_ms) {
  NativeBlock block;
  block.Reset(4, rows.size());
  AddIds(block, "id", rows, &Campaign::id);
  AddIds(block, "advertiser_id", rows, &Campaign::advertiser_id);
  AddTexts(block, "name", rows, &Campaign::name);
  return Finish(store, "adtally.campaigns (id, advertiser_id, name, updated_ms)", block,
                rows.size(), updated_ms);
}

Result<void> InsertAdGroups(Store& store, const std::vector<AdGroup>& rows, uint64_t updated_ms) {
  NativeBlock block;
  block.Reset(5, rows.size());
  AddIds(block, "id", rows, &AdGroup::id);
  AddIds(block, "advertiser_id", rows, &AdGroup::advertiser_id);
  AddIds(block, "campaign_id", rows, &AdGroup::campaign_id);
  AddTexts(block, "name", rows, &AdGroup::name);
  return Finish(store, "adtally.ad_groups (id, advertiser_id, campaign_id, name, updated_ms)",
                block, rows.size(), updated_ms);
}

Result<void> InsertCreatives(Store& store, const std::vector<Creative>& rows, uint64_t updated_ms) {
  NativeBlock block;
  block.Reset(7, rows.size());
  AddIds(block, "id", rows, &Creative::id);
  AddIds(block, "advertiser_id", rows, &Creative::advertiser_id);
  AddIds(block, "campaign_id", rows, &Creative::campaign_id);
  AddIds(block, "ad_group_id", rows, &Creative::ad_group_id);
  AddTexts(block, "name", rows, &Creative::name);
  AddTexts(block, "landing_url", rows, &Creative::landing_url);
  return Finish(store,
                "adtally.creatives (id, advertiser_id, campaign_id, ad_group_id, name, "
                "landing_url, updated_ms)",
                block, rows.size(), updated_ms);
}

}  // namespace adtally
