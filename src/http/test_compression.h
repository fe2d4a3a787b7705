#pragma once

// For the tests of src/http.

#include <zlib.h>
#include <zstd.h>

#include <string>

#include "base/check.h"

namespace adtally::http {

inline std::string Gzip(std::string text) {
  z_stream stream{};
  ADTALLY_CHECK(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "");
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ADTALLY_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END, "");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string Zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

}  // namespace adtally::http
