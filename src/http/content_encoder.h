#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/content_decoder.h"

namespace adtally::http {

// The coding for an answer to a request with this Accept-Encoding: of those that the client takes
// (a weight of 0 refuses one), the quickest for its size. kIdentity when there is none.
ContentCoding ChooseContentCoding(std::string_view accept_encoding);

// The value of Content-Encoding.
std::string_view ContentCodingName(ContentCoding coding);

// Compresses at zlib's level 1 to 9. Errors: kTooLarge over the 4 GiB that zlib takes at once.
Result<std::string> Gzip(std::string_view data, int level);

// Compresses at a level meant for data that is read once. Errors as Gzip's.
Result<std::string> EncodeContent(ContentCoding coding, std::string_view data);

}  // namespace adtally::http
