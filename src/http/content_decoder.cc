#include "http/content_decoder.h"

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <bit>

#include "base/ascii.h"

namespace adtally::http {
namespace {

constexpr int kGzipOnly = 15 + 16;     // zlib: the largest window, a gzip header
constexpr int kMinZstdWindowLog = 23;  // 8 MiB, what RFC 9659 lets senders count on

Error TooLarge(size_t limit) {
  return {ErrorCode::kTooLarge, "the decompressed body is over the limit of " +
                                    std::to_string(limit) + " bytes; send smaller batches"};
}

// Makes room behind the `used` bytes of `out`. False when the limit leaves none.
bool Grow(std::string& out, size_t used, size_t limit) {
  if (used < out.size()) return true;
  if (used >= limit) return false;
  out.resize(std::min(limit, std::max<size_t>(out.size() * 2, 16 << 10)));
  return true;
}

}  // namespace

std::optional<ContentCoding> ParseContentCoding(std::string_view value) {
  value = TrimSpace(value);
  if (value.empty() || EqualsIgnoreCase(value, "identity")) return ContentCoding::kIdentity;
  if (EqualsIgnoreCase(value, "gzip") || EqualsIgnoreCase(value, "x-gzip")) {
    return ContentCoding::kGzip;
  }
  if (EqualsIgnoreCase(value, "zstd")) return ContentCoding::kZstd;
  if (EqualsIgnoreCase(value, "lz4")) return ContentCoding::kLz4;
  return std::nullopt;
}

struct ContentDecoder::Impl {
  z_stream gzip{};
  bool gzip_ready = false;
  ZSTD_DCtx* zstd = nullptr;
  LZ4F_dctx* lz4 = nullptr;

  ~Impl() {
    if (gzip_ready) inflateEnd(&gzip);
    ZSTD_freeDCtx(zstd);
    LZ4F_freeDecompressionContext(lz4);
  }

  Result<void> Gzip(std::string_view data, size_t limit, std::string& out);
  Result<void> Zstd(std::string_view data, size_t limit, std::string& out);
  Result<void> Lz4(std::string_view data, size_t limit, std::string& out);
};

Result<void> ContentDecoder::Impl::Gzip(std::string_view data, size_t limit, std::string& out) {
  if (!gzip_ready && inflateInit2(&gzip, kGzipOnly) != Z_OK) {
    return Error{ErrorCode::kInternal, "zlib could not be initialised: out of memory"};
  }
  gzip_ready = true;
  // zlib's interface takes a pointer to non-const but does not write through it.
  gzip.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  gzip.avail_in = static_cast<uInt>(data.size());
  size_t used = 0;
  do {  // one round a member: gzip files may be concatenated
    inflateReset(&gzip);
    int status = Z_OK;
    while (status != Z_STREAM_END) {
      // At the limit one spare byte tells "exactly full" from "more to come".
      char spare = 0;
      const bool room = Grow(out, used, limit);
      gzip.next_out = reinterpret_cast<Bytef*>(room ? out.data() + used : &spare);
      gzip.avail_out = room ? static_cast<uInt>(out.size() - used) : 1;
      const uInt offered = gzip.avail_out;
      status = inflate(&gzip, Z_NO_FLUSH);
      const uInt produced = offered - gzip.avail_out;
      if (!room && produced > 0) return TooLarge(limit);
      used += room ? produced : 0;
      if (status == Z_STREAM_END) break;
      if (status == Z_BUF_ERROR || (status == Z_OK && gzip.avail_in == 0 && gzip.avail_out > 0)) {
        return Error{ErrorCode::kInvalidArgument, "the gzip body is truncated"};
      }
      if (status != Z_OK) {
        return Error{ErrorCode::kInvalidArgument, "the body is not valid gzip data"};
      }
    }
  } while (gzip.avail_in > 0);
  out.resize(used);
  return {};
}

Result<void> ContentDecoder::Impl::Zstd(std::string_view data, size_t limit, std::string& out) {
  if (zstd == nullptr) zstd = ZSTD_createDCtx();
  if (zstd == nullptr) {
    return Error{ErrorCode::kInternal, "zstd could not be initialised: out of memory"};
  }
  ZSTD_DCtx_reset(zstd, ZSTD_reset_session_and_parameters);
  // The window is allocated on the word of the frame's header, so it is bounded by what may come
  // out anyway.
  const int window_log = std::max(kMinZstdWindowLog, static_cast<int>(std::bit_width(limit)));
  ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax, std::min(window_log, 27));
  ZSTD_inBuffer in{data.data(), data.size(), 0};
  size_t used = 0;
  size_t expected = 1;  // 0 at the end of a frame
  while (in.pos < in.size || expected != 0) {
    char spare = 0;
    const bool room = Grow(out, used, limit);
    ZSTD_outBuffer piece{room ? out.data() + used : &spare, room ? out.size() - used : 1, 0};
    const size_t read_before = in.pos;
    expected = ZSTD_decompressStream(zstd, &piece, &in);
    if (ZSTD_isError(expected)) {
      return Error{ErrorCode::kInvalidArgument,
                   std::string("the body is not valid zstd data: ") + ZSTD_getErrorName(expected)};
    }
    if (!room && piece.pos > 0) return TooLarge(limit);
    used += room ? piece.pos : 0;
    if (expected != 0 && in.pos == read_before && piece.pos == 0) {
      return Error{ErrorCode::kInvalidArgument, "the zstd body is truncated"};
    }
  }
  out.resize(used);
  return {};
}

Result<void> ContentDecoder::Impl::Lz4(std::string_view data, size_t limit, std::string& out) {
  if (lz4 == nullptr && LZ4F_isError(LZ4F_createDecompressionContext(&lz4, LZ4F_VERSION))) {
    return Error{ErrorCode::kInternal, "lz4 could not be initialised: out of memory"};
  }
  LZ4F_resetDecompressionContext(lz4);
  size_t used = 0;
  size_t expected = 1;  // 0 at the end of a frame
  while (!data.empty() || expected != 0) {
    char spare = 0;
    const bool room = Grow(out, used, limit);
    size_t produced = room ? out.size() - used : 1;
    size_t taken = data.size();
    expected = LZ4F_decompress(lz4, room ? out.data() + used : &spare, &produced, data.data(),
                               &taken, nullptr);
    if (LZ4F_isError(expected)) {
      return Error{ErrorCode::kInvalidArgument,
                   std::string("the body is not valid lz4 data: ") + LZ4F_getErrorName(expected)};
    }
    if (!room && produced > 0) return TooLarge(limit);
    used += room ? produced : 0;
    data.remove_prefix(taken);
    if (expected != 0 && taken == 0 && produced == 0) {
      return Error{ErrorCode::kInvalidArgument, "the lz4 body is truncated"};
    }
  }
  out.resize(used);
  return {};
}

ContentDecoder::ContentDecoder() : impl_(std::make_unique<Impl>()) {}
ContentDecoder::~ContentDecoder() = default;

Result<void> ContentDecoder::Decode(ContentCoding coding, std::string_view data, size_t limit,
                                    std::string& out) {
  out.clear();
  switch (coding) {
    case ContentCoding::kIdentity:
      if (data.size() > limit) return TooLarge(limit);
      out = data;
      return {};
    case ContentCoding::kGzip:
      return impl_->Gzip(data, limit, out);
    case ContentCoding::kZstd:
      return impl_->Zstd(data, limit, out);
    case ContentCoding::kLz4:
      return impl_->Lz4(data, limit, out);
  }
  return {};
}

}  // namespace adtally::http
