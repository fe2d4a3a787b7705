#include "tiers/file_checksum.h"

#define XXH_INLINE_ALL
#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/hex.h"

namespace adtally {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;

Error CannotRead(const std::string& path) {
  return Error{ErrorCode::kUnavailable,
               path + " cannot be read: " + std::string(std::strerror(errno))};
}

}  // namespace

struct Checksum::State {
  XXH3_state_t xxh3;
};

Checksum::Checksum() : state_(std::make_unique<State>()) {
  XXH3_128bits_reset(&state_->xxh3);
}

Checksum::~Checksum() = default;

void Checksum::Add(std::string_view bytes) {
  XXH3_128bits_update(&state_->xxh3, bytes.data(), bytes.size());
}

std::string Checksum::Hex() const {
  XXH128_canonical_t digest;
  XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(&state_->xxh3));
  std::string hex;
  AppendHex({reinterpret_cast<const char*>(digest.digest), sizeof(digest.digest)}, hex);
  return hex;
}

Result<std::string> ChecksumOfFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return CannotRead(path);
  Checksum checksum;
  std::vector<char> piece(kPieceBytes);
  ssize_t got = 0;
  while ((got = read(file, piece.data(), piece.size())) > 0) {
    checksum.Add({piece.data(), static_cast<size_t>(got)});
  }
  const Error error = CannotRead(path);
  close(file);
  if (got < 0) return error;
  return checksum.Hex();
}

}  // namespace adtally
