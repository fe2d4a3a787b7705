#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace adtally::http {

enum class Role : uint8_t { kAdmin = 1, kAdvertiser = 2, kIngest = 3 };

// Who a key belongs to.
struct Principal {
  Role role = Role::kIngest;
  uint32_t advertiser_id = 0;  // kAdvertiser only
  std::string key_id;
};

// Knows the API keys. Thread-safe; does not block.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // nullopt for an unknown or revoked key.
  virtual std::optional<Principal> Authenticate(std::string_view key) const = 0;
};

}  // namespace adtally::http
