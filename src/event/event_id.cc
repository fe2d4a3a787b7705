#include "event/event_id.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"
#include "base/hex.h"
#include "event/event.h"

namespace adtally {
namespace {

constexpr size_t kMaxReadableBytes = 48;
constexpr size_t kHashBytes = 20;  // of SHA-256's 32: shorter ids, and a collision still costs 2^80

std::string_view View(const uint8_t* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

// Makes random bytes 4 KiB at a time: one call of RAND_bytes costs more than an id may.
class RandomBytes {
 public:
  void Take(uint8_t* out, size_t size) {
    if (used_ + size > buffer_.size()) {
      const int made = RAND_bytes(buffer_.data(), static_cast<int>(buffer_.size()));
      ADTALLY_CHECK(made == 1, "OpenSSL has no source of random bytes");
      used_ = 0;
    }
    std::memcpy(out, buffer_.data() + used_, size);
    used_ += size;
  }

 private:
  std::array<uint8_t, 4096> buffer_{};
  size_t used_ = buffer_.size();
};

// The first kHashBytes, in hex.
std::string ShaOf(std::string_view bytes) {
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), digest.data());
  std::string hex;
  AppendHex(View(digest.data(), kHashBytes), hex);
  return hex;
}

// `kind` is a letter; "-" before a readable id and "#" before a hash keep the two from ever
// meeting.
std::string Derive(char kind, std::string_view impression_id) {
  const bool readable = impression_id.size() <= kMaxReadableBytes && IsValidEventId(impression_id);
  std::string id(1, kind);
  id += readable ? '-' : '#';
  id += readable ? std::string(impression_id) : ShaOf(impression_id);
  return id;
}

}  // namespace

std::string NewUuidV7(int64_t now_ms) {
  thread_local RandomBytes random;
  std::array<uint8_t, 16> bytes;
  random.Take(bytes.data() + 6, 10);
  for (size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<uint8_t>(static_cast<uint64_t>(now_ms) >> (8 * (5 - i)));
  }
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);

  std::string text;
  text.reserve(36);
  for (const auto& [begin, end] : {std::pair{0, 4}, {4, 6}, {6, 8}, {8, 10}, {10, 16}}) {
    if (begin > 0) text.push_back('-');
    AppendHex(View(bytes.data() + begin, static_cast<size_t>(end - begin)), text);
  }
  return text;
}

std::string ImpressionEventId(std::string_view impression_id) {
  return Derive('i', impression_id);
}

std::string ClickEventId(std::string_view impression_id) {
  return Derive('c', impression_id);
}

std::string ConversionEventId(std::string_view impression_id, std::string_view order_id) {
  std::string bytes;
  for (size_t i = 0; i < 8; ++i) {
    bytes.push_back(static_cast<char>(uint64_t{impression_id.size()} >> (8 * i)));
  }
  bytes += impression_id;
  bytes += order_id;
  return "o#" + ShaOf(bytes);
}

}  // namespace adtally
