#include "event/signed_token.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <atomic>
#include <utility>
#include <vector>

#include "base/base64url.h"
#include "base/landing_url.h"
#include "event/token_claims.h"

namespace adtally {
namespace {

constexpr size_t kTagBytes = 16;
constexpr size_t kMinSecretBytes = 16;
// Nothing that Sign makes from claims that pass CheckClaims is longer.
constexpr size_t kMaxTokenChars = (kMaxLandingUrlBytes + 256) * 4 / 3;

using MacTag = std::array<char, kTagBytes>;

struct MacContextDeleter {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, MacContextDeleter>;

MacContext MakeKeyedContext(std::string_view secret) {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  MacContext context(EVP_MAC_CTX_new(mac));
  EVP_MAC_free(mac);
  std::string digest = "SHA256";
  const std::array<OSSL_PARAM, 2> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  const int keyed = EVP_MAC_init(context.get(), reinterpret_cast<const uint8_t*>(secret.data()),
                                 secret.size(), params.data());
  ADTALLY_CHECK(keyed == 1, "OpenSSL refuses HMAC-SHA256");
  return context;
}

// This thread's keyed contexts, of the signers and keys that it used last. Bounded, since signers
// come and go while threads stay.
class ThreadContexts {
 public:
  EVP_MAC_CTX* Get(uint64_t signer, uint32_t key_id, std::string_view secret) {
    for (const Entry& entry : entries_) {
      if (entry.signer == signer && entry.key_id == key_id) return entry.context.get();
    }
    Entry& entry = entries_[next_];
    next_ = (next_ + 1) % entries_.size();
    entry = {signer, key_id, MakeKeyedContext(secret)};
    return entry.context.get();
  }

 private:
  struct Entry {
    uint64_t signer = 0;  // signers count from 1
    uint32_t key_id = 0;
    MacContext context;
  };
  std::array<Entry, 8> entries_;
  size_t next_ = 0;
};

Error Refused(std::string_view why) {
  return {ErrorCode::kNotFound, "the token is " + std::string(why)};
}

Error WrongClaim(std::string_view field, std::string_view expected) {
  return {ErrorCode::kInvalidArgument, std::string(field) + ": expected " + std::string(expected)};
}

}  // namespace

Result<void> CheckClaims(const TokenClaims& claims) {
  if (claims.kind != TokenClaims::Kind::kLink && claims.kind != TokenClaims::Kind::kClick) {
    return WrongClaim("kind", "a link or a click");
  }
  const std::string& id = claims.impression_id;
  if (id.size() > kMaxImpressionIdBytes || !IsValidEventId(id)) {
    return WrongClaim("impression_id", "1 to 48 bytes without control characters");
  }
  Event event;
  event.event_id = id;
  event.type = EventType::kClick;
  event.time = claims.time;
  event.dimensions = claims.dimensions;
  const EventField bad = FirstInvalidField(event);
  if (bad == EventField::kTimestamp) return WrongClaim("time", "a time from 2000 to 2099");
  if (bad == EventField::kDevice || bad == EventField::kCountry || bad == EventField::kRegion) {
    return WrongClaim(EventFieldName(bad), "a known value");
  }
  if (bad != EventField::kNone) {
    return WrongClaim(EventFieldName(bad), "a whole number from 1 to 4294967295");
  }
  if (!IsValidMicros(claims.click_cost_micros)) {
    return WrongClaim("click_cost_micros", "0 to 1000000000000");
  }
  if (!IsValidMicros(claims.impression_cost_micros)) {
    return WrongClaim("impression_cost_micros", "0 to 1000000000000");
  }
  if (!claims.landing_url.empty() && !IsLandingUrl(claims.landing_url)) {
    return WrongClaim("landing_url", kLandingUrlRule);
  }
  if (claims.expires_ms <= claims.time.value) {
    return WrongClaim("expires_ms", "a time after the token's own");
  }
  return {};
}

struct TokenSigner::Impl {
  TokenKeys keys;
  // Tells signers apart in the threads' caches, where an address could turn up again.
  uint64_t serial = 0;

  MacTag Mac(uint32_t key_id, std::string_view secret, std::string_view bytes) const {
    thread_local ThreadContexts contexts;
    EVP_MAC_CTX* context = contexts.Get(serial, key_id, secret);
    std::array<uint8_t, EVP_MAX_MD_SIZE> digest;
    size_t size = 0;
    // Without a key, init starts a new message under the key that the context holds.
    const bool done = EVP_MAC_init(context, nullptr, 0, nullptr) == 1 &&
                      EVP_MAC_update(context, reinterpret_cast<const uint8_t*>(bytes.data()),
                                     bytes.size()) == 1 &&
                      EVP_MAC_final(context, digest.data(), &size, digest.size()) == 1 &&
                      size >= kTagBytes;
    ADTALLY_CHECK(done, "OpenSSL failed to compute an HMAC");
    MacTag tag;
    std::copy_n(digest.begin(), kTagBytes, tag.begin());
    return tag;
  }
};

TokenSigner::TokenSigner(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

TokenSigner::~TokenSigner() {
  for (auto& [id, secret] : impl_->keys.secrets) OPENSSL_cleanse(secret.data(), secret.size());
}

Result<std::unique_ptr<TokenSigner>> TokenSigner::Create(TokenKeys keys) {
  if (keys.secrets.empty()) {
    return Error{ErrorCode::kInvalidArgument, "there is no key to sign links with: set one"};
  }
  for (const auto& [id, secret] : keys.secrets) {
    if (secret.size() < kMinSecretBytes) {
      return Error{ErrorCode::kInvalidArgument, "the secret of link key " + std::to_string(id) +
                                                    " has " + std::to_string(secret.size()) +
                                                    " bytes: it needs at least 16"};
    }
  }
  if (!keys.secrets.contains(keys.signing_key_id)) {
    return Error{ErrorCode::kInvalidArgument, "the link key that signs, " +
                                                  std::to_string(keys.signing_key_id) +
                                                  ", is not among the keys: add its secret"};
  }
  static std::atomic<uint64_t> last_serial{0};
  auto impl = std::make_unique<Impl>();
  impl->keys = std::move(keys);
  impl->serial = ++last_serial;
  return std::unique_ptr<TokenSigner>(new TokenSigner(std::move(impl)));
}

std::string TokenSigner::Sign(const TokenClaims& claims) const {
  const uint32_t key_id = impl_->keys.signing_key_id;
  std::string bytes = EncodeClaims(key_id, claims);
  const MacTag tag = impl_->Mac(key_id, impl_->keys.secrets.at(key_id), bytes);
  bytes.append(tag.data(), tag.size());
  return EncodeBase64Url(bytes);
}

Result<TokenClaims> TokenSigner::Verify(std::string_view token, TokenClaims::Kind kind,
                                        int64_t now_ms) const {
  if (token.size() > kMaxTokenChars) return Refused("too long");
  const auto bytes = DecodeBase64Url(token);
  if (!bytes || bytes->size() <= kTagBytes) return Refused("not one of ours: malformed");
  const std::string_view payload(bytes->data(), bytes->size() - kTagBytes);
  const auto key_id = ReadKeyId(payload);
  if (!key_id) return Refused("not one of ours: malformed");
  const auto key = impl_->keys.secrets.find(*key_id);
  if (key == impl_->keys.secrets.end()) {
    return Refused("signed by key " + std::to_string(*key_id) + ", which is unknown");
  }
  const MacTag tag = impl_->Mac(*key_id, key->second, payload);
  if (CRYPTO_memcmp(tag.data(), payload.data() + payload.size(), kTagBytes) != 0) {
    return Refused("forged or altered");
  }

  auto claims = DecodeClaims(payload);
  if (!claims) return Refused("signed, but its claims cannot be read");
  if (auto checked = CheckClaims(*claims); !checked.ok()) {
    return Refused("signed, but its claims are wrong: " + checked.error().message);
  }
  if (claims->kind != kind) return Refused("of another kind");
  if (now_ms >= claims->expires_ms) return Refused("expired");
  return std::move(*claims);
}

}  // namespace adtally
