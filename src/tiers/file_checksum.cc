#include "tiers/file_checksum.h"

#define XXH_INLINE_ALL
#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstring>
#include <memory>
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

Result<std::string> ChecksumOfFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return CannotRead(path);
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       &XXH3_freeState);
  XXH3_128bits_reset(state.get());
  std::vector<char> piece(kPieceBytes);
  ssize_t got = 0;
  while ((got = read(file, piece.data(), piece.size())) > 0) {
    XXH3_128bits_update(state.get(), piece.data(), static_cast<size_t>(got));
  }
  const Error error = CannotRead(path);
  close(file);
  if (got < 0) return error;
  XXH128_canonical_t digest;
  XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(state.get()));
  std::string hex;
  AppendHex({reinterpret_cast<const char*>(digest.digest), sizeof(digest.digest)}, hex);
  return hex;
}

}  // namespace adtally
