#include "http/content_encoder.h"

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

#include "base/ascii.h"

namespace adtally::http {
namespace {

constexpr int kGzipOnly = 15 + 16;  // zlib: the largest window, a gzip header
constexpr int kGzipLevel = 3;
constexpr int kZstdLevel = 1;
constexpr int kMostMemory = 9;

Error Failed(std::string_view what) {
  return {ErrorCode::kInternal, "an answer could not be compressed with " + std::string(what)};
}

Result<std::string> Zstd(std::string_view data) {
  std::string out(ZSTD_compressBound(data.size()), '\0');
  const size_t bytes = ZSTD_compress(out.data(), out.size(), data.data(), data.size(), kZstdLevel);
  if (ZSTD_isError(bytes)) return Failed("zstd");
  out.resize(bytes);
  return out;
}

Result<std::string> Lz4(std::string_view data) {
  std::string out(LZ4F_compressFrameBound(data.size(), nullptr), '\0');
  const size_t bytes =
      LZ4F_compressFrame(out.data(), out.size(), data.data(), data.size(), nullptr);
  if (LZ4F_isError(bytes)) return Failed("lz4");
  out.resize(bytes);
  return out;
}

// True when one entry of the list, such as "gzip;q=0.5", names the coding and does not refuse it.
bool Accepts(std::string_view list, ContentCoding coding) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    const std::string_view entry = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    const size_t semicolon = std::min(entry.find(';'), entry.size());
    const std::string_view name = TrimSpace(entry.substr(0, semicolon));
    if (name.empty() || ParseContentCoding(name) != coding) continue;
    const size_t weight = entry.find("q=", semicolon);
    return weight == std::string_view::npos ||
           std::atof(std::string(entry.substr(weight + 2)).c_str()) > 0;
  }
  return false;
}

}  // namespace

Result<std::string> Gzip(std::string_view data, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, kGzipOnly, kMostMemory, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return Failed("gzip");
  }
  const size_t bound = deflateBound(&stream, data.size());
  if (bound > std::numeric_limits<uInt>::max()) {
    deflateEnd(&stream);
    return Error{ErrorCode::kTooLarge, "gzip takes less than 4 GiB at once"};
  }
  std::string out(bound, '\0');
  // zlib's interface takes a pointer to non-const but does not write through it.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) return Failed("gzip");
  return out;
}

ContentCoding ChooseContentCoding(std::string_view accept_encoding) {
  for (ContentCoding coding : {ContentCoding::kZstd, ContentCoding::kLz4, ContentCoding::kGzip}) {
    if (Accepts(accept_encoding, coding)) return coding;
  }
  return ContentCoding::kIdentity;
}

std::string_view ContentCodingName(ContentCoding coding) {
  switch (coding) {
    case ContentCoding::kIdentity:
      return "identity";
    case ContentCoding::kGzip:
      return "gzip";
    case ContentCoding::kZstd:
      return "zstd";
    case ContentCoding::kLz4:
      return "lz4";
  }
  return "identity";
}

Result<std::string> EncodeContent(ContentCoding coding, std::string_view data) {
  switch (coding) {
    case ContentCoding::kIdentity:
      return std::string(data);
    case ContentCoding::kGzip:
      return Gzip(data, kGzipLevel);
    case ContentCoding::kZstd:
      return Zstd(data);
    case ContentCoding::kLz4:
      return Lz4(data);
  }
  return std::string(data);
}

}  // namespace adtally::http
