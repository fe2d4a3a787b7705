#include "http/content_encoder.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace adtally::http {
namespace {

TEST(ContentEncoder, WhatItWritesDecodes) {
  ContentDecoder decoder;
  EXPECT_TRUE(rc::check([&](const std::string& text) {
    for (ContentCoding coding : {ContentCoding::kIdentity, ContentCoding::kGzip,
                                 ContentCoding::kZstd, ContentCoding::kLz4}) {
      const auto encoded = EncodeContent(coding, text);
      RC_ASSERT(encoded.ok());
      std::string out;
      RC_ASSERT(decoder.Decode(coding, *encoded, 1 << 20, out).ok());
      RC_ASSERT(out == text);
    }
  }));
}

TEST(ContentEncoder, BrokenLz4IsRefused) {
  ContentDecoder decoder;
  std::string out;
  const std::string whole = *EncodeContent(ContentCoding::kLz4, std::string(100'000, 'x'));
  EXPECT_FALSE(decoder.Decode(ContentCoding::kLz4, "junk that is no frame", 1 << 20, out).ok());
  for (size_t cut : {size_t{1}, size_t{10}, whole.size() - 1}) {
    const auto decoded =
        decoder.Decode(ContentCoding::kLz4, std::string_view(whole).substr(0, cut), 1 << 20, out);
    ASSERT_FALSE(decoded.ok()) << cut;
    EXPECT_EQ(decoded.error().code, ErrorCode::kInvalidArgument);
  }
  const auto large = decoder.Decode(ContentCoding::kLz4, whole, 99'999, out);
  ASSERT_FALSE(large.ok());
  EXPECT_EQ(large.error().code, ErrorCode::kTooLarge);
  EXPECT_TRUE(decoder.Decode(ContentCoding::kLz4, whole, 100'000, out).ok());
}

TEST(ContentEncoder, ChoosesWhatTheClientTakes) {
  EXPECT_EQ(ChooseContentCoding(""), ContentCoding::kIdentity);
  EXPECT_EQ(ChooseContentCoding("br, deflate"), ContentCoding::kIdentity);
  EXPECT_EQ(ChooseContentCoding("gzip, deflate, br"), ContentCoding::kGzip);
  EXPECT_EQ(ChooseContentCoding("lz4"), ContentCoding::kLz4);
  EXPECT_EQ(ChooseContentCoding("gzip;q=1.0, zstd;q=0.5"), ContentCoding::kZstd);
  EXPECT_EQ(ChooseContentCoding("zstd;q=0, gzip"), ContentCoding::kGzip);
  EXPECT_EQ(ChooseContentCoding("identity"), ContentCoding::kIdentity);
}

}  // namespace
}  // namespace adtally::http
