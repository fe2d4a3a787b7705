#include "reporting/session_token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>

#include "base/base64url.h"
#include "base/check.h"

namespace adtally {
namespace {

constexpr std::string_view kVersion = "1.";
constexpr size_t kMinSecretBytes = 16;
constexpr size_t kMaxTokenChars = 256;

// Before the MAC and its dot; empty when there is no dot.
std::string_view PayloadOf(std::string_view token) {
  const size_t dot = token.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : token.substr(0, dot);
}

bool IsKeyId(std::string_view text) {
  return !text.empty() && text.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
                              "WXYZ0123456789-_") == std::string_view::npos;
}

}  // namespace

SessionTokens::SessionTokens(std::string secret) : secret_(std::move(secret)) {
  ADTALLY_CHECK(secret_.size() >= kMinSecretBytes, "the session secret is too short");
}

std::string SessionTokens::Mac(std::string_view payload, std::string_view key_hash) const {
  std::string message = "adtally session\n";
  message.append(payload).append("\n").append(key_hash);
  unsigned char tag[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  ADTALLY_CHECK(HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), bytes,
                     message.size(), tag, &size) != nullptr,
                "OpenSSL failed to compute an HMAC");
  return EncodeBase64Url({reinterpret_cast<const char*>(tag), size});
}

std::string SessionTokens::Sign(const SessionClaims& claims, std::string_view key_hash) const {
  ADTALLY_CHECK(IsKeyId(claims.key_id), "a key's id that a token cannot hold");
  std::string token(kVersion);
  token.append(std::to_string(claims.expires_s)).append(".").append(claims.key_id);
  const std::string mac = Mac(token, key_hash);
  return token.append(".").append(mac);
}

std::optional<SessionClaims> SessionTokens::Read(std::string_view token) {
  std::string_view payload = PayloadOf(token);
  if (token.size() > kMaxTokenChars || !payload.starts_with(kVersion)) return std::nullopt;
  payload.remove_prefix(kVersion.size());
  const size_t dot = payload.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  SessionClaims claims;
  const char* end = payload.data() + dot;
  const auto [stop, error] = std::from_chars(payload.data(), end, claims.expires_s);
  claims.key_id = payload.substr(dot + 1);
  if (error != std::errc() || stop != end || !IsKeyId(claims.key_id)) return std::nullopt;
  return claims;
}

bool SessionTokens::IsGenuine(std::string_view token, std::string_view key_hash) const {
  const std::string_view payload = PayloadOf(token);
  if (payload.empty()) return false;
  const std::string_view given = token.substr(payload.size() + 1);
  const std::string mac = Mac(payload, key_hash);
  return given.size() == mac.size() && CRYPTO_memcmp(given.data(), mac.data(), mac.size()) == 0;
}

}  // namespace adtally
