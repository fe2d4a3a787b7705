#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "event/signed_token.h"

namespace adtally {

// The bytes under a token's signature: Protobuf, the key's id first so that it can be read before
// anything is trusted.
std::string EncodeClaims(uint32_t key_id, const TokenClaims& claims);

// The key's id that the bytes begin with. nullopt when they do not. Safe on any bytes.
std::optional<uint32_t> ReadKeyId(std::string_view bytes);

// nullopt when the bytes are broken. Safe on any bytes; says nothing about whether the values make
// sense.
std::optional<TokenClaims> DecodeClaims(std::string_view bytes);

}  // namespace adtally
