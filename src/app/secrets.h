#pragma once

#include <functional>
#include <string>

#include "app/config.h"
#include "base/result.h"
#include "event/signed_token.h"

namespace adtally {

// Reads a secret from a file, or makes it: `make` gives the text of a new one, which is written
// with mode 0600 and durable when this returns.
Result<std::string> ReadOrMakeSecret(const std::string& path,
                                     const std::function<std::string()>& make);

// The admin's key: the configured one, or that of DATA/admin.key.
Result<std::string> AdminKey(const Config& config, const std::string& data_dir);

// What signs the sessions of the API, made from the admin's key, which every API process has: so
// processes need no further secret, and a new admin key ends all sessions. Made slowly (scrypt),
// since who holds a session's token could try keys against it.
std::string SessionSecret(const std::string& admin_key);

// The password for store.user: store.password, or what store.password_file holds; "" for neither.
Result<std::string> StorePassword(const Config& config);

// The secret for archive.s3_key: archive.s3_secret, or what archive.s3_secret_file holds.
Result<std::string> ArchiveSecret(const Config& config);

// The password of `adtally store` when no users are configured: that of DATA/store.key.
Result<std::string> StoreServerPassword(const std::string& data_dir);

// The keys of tracking links: the configured ones, or the one of DATA/links.key.
Result<TokenKeys> LinkKeys(const Config& config, const std::string& data_dir);

}  // namespace adtally
