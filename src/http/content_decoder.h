#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace adtally::http {

enum class ContentCoding { kIdentity, kGzip, kZstd, kLz4 };  // lz4: its frame format

// The coding that a Content-Encoding value names; nullopt for one that is not supported.
std::optional<ContentCoding> ParseContentCoding(std::string_view value);

// Decompresses bodies. Keeps its contexts between calls: one per thread.
class ContentDecoder {
 public:
  ContentDecoder();
  ~ContentDecoder();

  // Replaces `out`. kTooLarge as soon as it would exceed `limit` bytes, kInvalidArgument for broken
  // or truncated data. Memory stays below about twice the limit whatever the data claims.
  Result<void> Decode(ContentCoding coding, std::string_view data, size_t limit, std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace adtally::http
