#include "reporting/api_keys.h"

#include <simdjson.h>

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "base/rfc3339.h"
#include "reporting/api_key_store.h"
#include "reporting/json_fields.h"
#include "reporting/key_secret.h"

namespace adtally {
namespace {

constexpr std::string_view kAdminKeyId = "admin";
constexpr size_t kMaxLabelBytes = 256;
constexpr http::Role kRoles[] = {http::Role::kAdmin, http::Role::kAdvertiser, http::Role::kIngest};

// Reads role, advertiser_id and label.
Result<ApiKeyRow> ParseKeyRequest(std::string_view body) {
  simdjson::dom::parser parser;
  ADTALLY_ASSIGN(const simdjson::dom::element document, ParseJson(parser, body));
  JsonFields fields(document, "", {"role", "advertiser_id", "label"});
  ApiKeyRow row;
  const std::string role = fields.Text("role", 32);
  const auto found = std::find_if(std::begin(kRoles), std::end(kRoles),
                                  [&](http::Role known) { return RoleName(known) == role; });
  if (found == std::end(kRoles)) {
    fields.Fail("role", "expected admin, advertiser or ingest");
  } else {
    row.role = *found;
  }
  const auto advertiser_id = fields.OptionalId("advertiser_id");
  if (row.role == http::Role::kAdvertiser && !advertiser_id) {
    fields.Fail("advertiser_id", "required for the role advertiser");
  }
  if (row.role != http::Role::kAdvertiser && advertiser_id) {
    fields.Fail("advertiser_id", "only for the role advertiser");
  }
  row.advertiser_id = advertiser_id.value_or(0);
  row.label = fields.OptionalText("label", kMaxLabelBytes);
  if (fields.error()) return *fields.error();
  return row;
}

// The fields of a key that are not secret.
void WriteKey(JsonWriter& json, const ApiKeyRow& row) {
  json.Key("id");
  json.String(row.id);
  json.Key("role");
  json.String(RoleName(row.role));
  json.Key("advertiser_id");
  row.advertiser_id == 0 ? json.Null() : json.UInt(row.advertiser_id);
  json.Key("label");
  json.String(row.label);
  json.Key("created_at");
  json.String(FormatRfc3339Millis(row.created_ms));
}

// The valid keys, the admin key among them.
struct ValidKeys {
  std::unordered_map<std::string, KnownKey> by_id;
  std::unordered_map<std::string, std::string> id_by_hash;

  ValidKeys(const std::vector<ApiKeyRow>& rows, const std::string& admin_hash) {
    for (const ApiKeyRow& row : rows) {
      if (!row.revoked) Add(row);
    }
    ApiKeyRow admin;
    admin.id = kAdminKeyId;
    admin.key_hash = admin_hash;
    admin.role = http::Role::kAdmin;
    Add(admin);
  }

  void Add(const ApiKeyRow& row) {
    id_by_hash[row.key_hash] = row.id;
    KnownKey& key = by_id[row.id];
    key.principal = {row.role, row.advertiser_id, row.id};
    key.label = row.label;
    key.hash = row.key_hash;
  }
};

}  // namespace

struct ApiKeys::Impl {
  Store& store;
  const Clock& clock;
  const std::string admin_hash;

  std::mutex write_mutex;  // one change at a time; taken before `mutex`

  mutable std::shared_mutex mutex;
  std::vector<ApiKeyRow> rows;  // guarded by mutex; changed only under write_mutex too
  ValidKeys valid{{}, ""};      // guarded by mutex: the valid ones of `rows`

  void Show(std::vector<ApiKeyRow> new_rows) {
    ValidKeys new_valid(new_rows, admin_hash);
    std::unique_lock lock(mutex);
    rows = std::move(new_rows);
    valid = std::move(new_valid);
  }
};

ApiKeys::ApiKeys(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ApiKeys::~ApiKeys() = default;

Result<std::unique_ptr<ApiKeys>> ApiKeys::Create(Store& store, const Clock& clock,
                                                 std::string_view admin_key) {
  ADTALLY_ASSIGN(auto rows, ReadApiKeys(store));
  std::unique_ptr<Impl> impl(new Impl{store, clock, HashApiKey(admin_key), {}, {}, {}});
  impl->Show(std::move(rows));
  return std::unique_ptr<ApiKeys>(new ApiKeys(std::move(impl)));
}

std::optional<http::Principal> ApiKeys::Authenticate(std::string_view key) const {
  if (key.empty()) return std::nullopt;
  const std::string hash = HashApiKey(key);
  std::shared_lock lock(impl_->mutex);
  const auto id = impl_->valid.id_by_hash.find(hash);
  if (id == impl_->valid.id_by_hash.end()) return std::nullopt;
  return impl_->valid.by_id.at(id->second).principal;
}

std::optional<KnownKey> ApiKeys::Find(std::string_view id) const {
  std::shared_lock lock(impl_->mutex);
  const auto found = impl_->valid.by_id.find(std::string(id));
  if (found == impl_->valid.by_id.end()) return std::nullopt;
  return found->second;
}

Result<std::string> ApiKeys::Create(std::string_view body) {
  ADTALLY_ASSIGN(ApiKeyRow row, ParseKeyRequest(body));
  const std::string key = NewApiKey();
  row.id = NewKeyId();
  row.key_hash = HashApiKey(key);
  row.created_ms = impl_->clock.NowMs();
  row.updated_ms = static_cast<uint64_t>(row.created_ms);

  std::lock_guard write_lock(impl_->write_mutex);
  ADTALLY_TRY(InsertApiKey(impl_->store, row));
  std::vector<ApiKeyRow> rows = impl_->rows;
  rows.push_back(row);
  impl_->Show(std::move(rows));

  JsonWriter json;
  json.BeginObject();
  WriteKey(json, row);
  json.Key("key");
  json.String(key);
  json.EndObject();
  return json.Take();
}

Result<void> ApiKeys::Refresh() {
  std::lock_guard write_lock(impl_->write_mutex);
  ADTALLY_ASSIGN(auto rows, ReadApiKeys(impl_->store));
  impl_->Show(std::move(rows));
  return {};
}

std::string ApiKeys::Render() const {
  std::shared_lock lock(impl_->mutex);
  JsonWriter json;
  json.BeginObject();
  json.Key("keys");
  json.BeginArray();
  for (const ApiKeyRow& row : impl_->rows) {
    if (row.revoked) continue;
    json.BeginObject();
    WriteKey(json, row);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return json.Take();
}

Result<void> ApiKeys::Revoke(std::string_view id) {
  if (id == kAdminKeyId) {
    return Error{ErrorCode::kConflict,
                 "the admin key is the option auth.admin_key: change it there and restart"};
  }
  std::lock_guard write_lock(impl_->write_mutex);
  std::vector<ApiKeyRow> rows = impl_->rows;
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const ApiKeyRow& candidate) {
    return candidate.id == id && !candidate.revoked;
  });
  if (row == rows.end()) return Error{ErrorCode::kNotFound, "there is no key with this id"};
  row->revoked = true;
  // The newer row wins even if the machine's clock was set back.
  row->updated_ms = std::max(row->updated_ms + 1, static_cast<uint64_t>(impl_->clock.NowMs()));
  ADTALLY_TRY(InsertApiKey(impl_->store, *row));
  impl_->Show(std::move(rows));
  return {};
}

}  // namespace adtally
