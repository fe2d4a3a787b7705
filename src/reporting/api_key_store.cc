#include "reporting/api_key_store.h"

#include <array>

#include "store/native_block.h"
#include "store/row_binary_reader.h"
#include "store/statement.h"

namespace adtally {

Result<std::vector<ApiKeyRow>> ReadApiKeys(Store& store) {
  ADTALLY_ASSIGN(
      const std::string bytes,
      RunStatement(store,
                   {"SELECT id, key_hash, toUInt8(role), advertiser_id, label, created_ms, "
                    "toUInt8(revoked), updated_ms FROM adtally.api_keys FINAL "
                    "ORDER BY created_ms, id",
                    {}},
                   "RowBinary"));
  std::vector<ApiKeyRow> rows;
  RowBinaryReader in(bytes);
  while (!in.done()) {
    ApiKeyRow row;
    row.id = in.String();
    row.key_hash = in.String();
    row.role = static_cast<http::Role>(in.UInt8());
    row.advertiser_id = in.UInt32();
    row.label = in.String();
    row.created_ms = in.Int64();
    row.revoked = in.UInt8() != 0;
    row.updated_ms = in.UInt64();
    rows.push_back(std::move(row));
  }
  if (!in.ok()) return Error{ErrorCode::kInternal, "the rows of adtally.api_keys cannot be read"};
  return rows;
}

Result<void> InsertApiKey(Store& store, const ApiKeyRow& row) {
  NativeBlock block;
  block.Reset(8, 1);
  block.String("id", std::array{std::string_view(row.id)});
  block.String("key_hash", std::array{std::string_view(row.key_hash)});
  block.String("role", std::array{RoleName(row.role)});
  block.UInt32("advertiser_id", std::array{row.advertiser_id});
  block.String("label", std::array{std::string_view(row.label)});
  block.Int64("created_ms", std::array{row.created_ms});
  block.UInt8("revoked", std::array<uint8_t, 1>{row.revoked});
  block.UInt64("updated_ms", std::array{row.updated_ms});
  return store.Insert(
      "adtally.api_keys (id, key_hash, role, advertiser_id, label, created_ms, revoked, "
      "updated_ms)",
      block.bytes(), "");
}

std::string_view RoleName(http::Role role) {
  switch (role) {
    case http::Role::kAdmin:
      return "admin";
    case http::Role::kAdvertiser:
      return "advertiser";
    case http::Role::kIngest:
      return "ingest";
  }
  return "";
}

}  // namespace adtally
