#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace adtally {

// RFC 4648 base64url without padding: safe in a URL's path and query as it is.
std::string EncodeBase64Url(std::string_view bytes);

// nullopt unless `text` is exactly what EncodeBase64Url writes for some bytes: no padding, no spare
// bits. So no two texts mean the same bytes.
std::optional<std::string> DecodeBase64Url(std::string_view text);

}  // namespace adtally
