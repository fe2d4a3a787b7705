#pragma once

#include <string>
#include <string_view>

namespace adtally {

// A new API key: "adt_" and 32 random bytes in base64url.
std::string NewApiKey();
// A new short id: 12 random hex digits.
std::string NewKeyId();
// What is stored of a key: its SHA-256 as 64 lower-case hex digits. A key has 256 random bits, so
// it needs no salt.
std::string HashApiKey(std::string_view key);

}  // namespace adtally
