#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/auth.h"
#include "store/store.h"

namespace adtally {

// A valid key, without the key itself.
struct KnownKey {
  http::Principal principal;
  std::string label;
  std::string hash;  // as HashApiKey makes it
};

// The API keys: the store's table and a copy in memory, by hash, that authenticates without the
// store. Thread-safe. The store and clock must outlive it.
class ApiKeys final : public http::Authenticator {
 public:
  // Reads the store's keys; the table must exist. `admin_key` is the configured key, which is
  // always valid, has the id "admin" and cannot be revoked here; it is not stored.
  static Result<std::unique_ptr<ApiKeys>> Create(Store& store, const Clock& clock,
                                                 std::string_view admin_key);
  ~ApiKeys() override;

  std::optional<http::Principal> Authenticate(std::string_view key) const override;

  // The valid key with this id; nullopt when there is none, or when it was revoked.
  std::optional<KnownKey> Find(std::string_view id) const;

  // Makes a key from a body of POST /v1/keys, {"role":"advertiser","advertiser_id":1,"label":"…"},
  // and returns the JSON answer, the only place where the key is ever shown. Durable and valid here
  // when it returns. Blocks on the store.
  Result<std::string> Create(std::string_view json);

  // Takes over what other processes changed in the store. Blocks on the store.
  Result<void> Refresh();

  // The JSON answer of GET /v1/keys: the keys that are not revoked, oldest first.
  std::string Render() const;

  // Revokes the key. It is refused here from the moment this returns, after a restart too, and in
  // other processes once they refreshed. kNotFound when there is none. Blocks on the store.
  Result<void> Revoke(std::string_view id);

 private:
  struct Impl;
  explicit ApiKeys(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace adtally
