#include "log/random_uuid.h"

#include <cstddef>
#include <cstdint>
#include <random>

namespace adtally {

std::string RandomUuid() {
  constexpr char kHex[] = "0123456789abcdef";
  std::random_device entropy;
  std::string uuid = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  for (char& c : uuid) {
    const uint32_t random = entropy();
    if (c == 'x') c = kHex[random & 15];
    if (c == 'y') c = kHex[8 + (random & 3)];
  }
  return uuid;
}

}  // namespace adtally
