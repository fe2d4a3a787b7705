#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace adtally {

// What a session says: who signed in, by the id of the key, and until when.
struct SessionClaims {
  std::string key_id;
  int64_t expires_s = 0;  // since the Unix epoch; over from then on
};

// Makes and checks the tokens of sign-in sessions: "1.EXPIRES.KEY_ID.MAC", the MAC an HMAC-SHA256
// in base64url over the rest and the hash of the key that signed in. So a token needs no table, any
// process that has the secret believes it, and it dies with its key, also when a key with the same
// id, like "admin", takes its place. Thread-safe.
class SessionTokens {
 public:
  // At least 16 bytes, the same in all processes.
  explicit SessionTokens(std::string secret);

  // The key's id has letters, digits, '-' and '_' only.
  std::string Sign(const SessionClaims& claims, std::string_view key_hash) const;

  // What the token claims, not proven yet; nullopt for what Sign never writes.
  static std::optional<SessionClaims> Read(std::string_view token);
  // Whether the token was signed with this secret for the key with this hash.
  bool IsGenuine(std::string_view token, std::string_view key_hash) const;

 private:
  std::string Mac(std::string_view payload, std::string_view key_hash) const;
  const std::string secret_;
};

}  // namespace adtally
