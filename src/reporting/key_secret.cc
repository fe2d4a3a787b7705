#include "reporting/key_secret.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include "base/base64url.h"
#include "base/check.h"
#include "base/hex.h"

namespace adtally {
namespace {

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  ADTALLY_CHECK(
      RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1,
      "the machine gives no random bytes");
  return bytes;
}

std::string Hex(std::string_view bytes) {
  std::string text;
  AppendHex(bytes, text);
  return text;
}

}  // namespace

std::string NewApiKey() {
  return "adt_" + EncodeBase64Url(RandomBytes(32));
}

std::string NewKeyId() {
  return Hex(RandomBytes(6));
}

std::string HashApiKey(std::string_view key) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return Hex(digest);
}

}  // namespace adtally
