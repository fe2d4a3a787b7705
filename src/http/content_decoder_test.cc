#include "http/content_decoder.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "http/test_compression.h"

namespace adtally::http {
namespace {

constexpr size_t kLimit = 1 << 20;

ErrorCode FailureOf(ContentCoding coding, std::string_view data, size_t limit = kLimit) {
  ContentDecoder decoder;
  std::string out;
  const auto result = decoder.Decode(coding, data, limit, out);
  return result.ok() ? ErrorCode::kInternal : result.error().code;
}

TEST(ContentDecoder, RoundTripsAnything) {
  ContentDecoder decoder;
  EXPECT_TRUE(rc::check([&](const std::string& text) {
    std::string out;
    RC_ASSERT(decoder.Decode(ContentCoding::kGzip, Gzip(text), kLimit, out).ok());
    RC_ASSERT(out == text);
    RC_ASSERT(decoder.Decode(ContentCoding::kZstd, Zstd(text), kLimit, out).ok());
    RC_ASSERT(out == text);
  }));
}

TEST(ContentDecoder, RoundTripsLargeData) {
  ContentDecoder decoder;
  std::string text;
  for (int i = 0; text.size() < 900'000; ++i) text += std::to_string(i * 7919);
  std::string out;
  ASSERT_TRUE(decoder.Decode(ContentCoding::kGzip, Gzip(text), kLimit, out).ok());
  EXPECT_EQ(out, text);
  ASSERT_TRUE(decoder.Decode(ContentCoding::kZstd, Zstd(text), kLimit, out).ok());
  EXPECT_EQ(out, text);
}

TEST(ContentDecoder, TakesConcatenatedMembersAndFrames) {
  ContentDecoder decoder;
  std::string out;
  ASSERT_TRUE(decoder.Decode(ContentCoding::kGzip, Gzip("ab") + Gzip("cd"), kLimit, out).ok());
  EXPECT_EQ(out, "abcd");
  ASSERT_TRUE(decoder.Decode(ContentCoding::kZstd, Zstd("ab") + Zstd("cd"), kLimit, out).ok());
  EXPECT_EQ(out, "abcd");
}

TEST(ContentDecoder, AllowsExactlyTheLimit) {
  ContentDecoder decoder;
  const std::string text(100'000, 'x');
  std::string out;
  for (const auto& [coding, data] :
       {std::pair(ContentCoding::kGzip, Gzip(text)), std::pair(ContentCoding::kZstd, Zstd(text))}) {
    EXPECT_TRUE(decoder.Decode(coding, data, text.size(), out).ok());
    EXPECT_EQ(out, text);
    EXPECT_EQ(FailureOf(coding, data, text.size() - 1), ErrorCode::kTooLarge);
  }
}

TEST(ContentDecoder, StopsBombs) {
  const std::string zeros(64 << 20, '\0');
  EXPECT_EQ(FailureOf(ContentCoding::kGzip, Gzip(zeros)), ErrorCode::kTooLarge);
  EXPECT_EQ(FailureOf(ContentCoding::kZstd, Zstd(zeros)), ErrorCode::kTooLarge);
}

TEST(ContentDecoder, RefusesBrokenAndTruncatedData) {
  const std::string text = "some text that is long enough to be cut " + std::string(500, 'y');
  for (const auto& [coding, data] :
       {std::pair(ContentCoding::kGzip, Gzip(text)), std::pair(ContentCoding::kZstd, Zstd(text))}) {
    EXPECT_EQ(FailureOf(coding, ""), ErrorCode::kInvalidArgument);
    EXPECT_EQ(FailureOf(coding, "not compressed at all"), ErrorCode::kInvalidArgument);
    for (size_t length = 1; length < data.size(); ++length) {
      EXPECT_EQ(FailureOf(coding, data.substr(0, length)), ErrorCode::kInvalidArgument) << length;
    }
    EXPECT_EQ(FailureOf(coding, data + "tail"), ErrorCode::kInvalidArgument);
  }
}

TEST(ContentDecoder, WorksAfterAFailure) {
  ContentDecoder decoder;
  std::string out;
  EXPECT_FALSE(decoder.Decode(ContentCoding::kGzip, "junk", kLimit, out).ok());
  EXPECT_TRUE(decoder.Decode(ContentCoding::kGzip, Gzip("fine"), kLimit, out).ok());
  EXPECT_EQ(out, "fine");
  EXPECT_FALSE(decoder.Decode(ContentCoding::kZstd, Zstd("cut").substr(0, 5), kLimit, out).ok());
  EXPECT_TRUE(decoder.Decode(ContentCoding::kZstd, Zstd("fine"), kLimit, out).ok());
  EXPECT_EQ(out, "fine");
}

TEST(ContentCoding, KnowsItsNames) {
  EXPECT_EQ(ParseContentCoding(" GZip "), ContentCoding::kGzip);
  EXPECT_EQ(ParseContentCoding("zstd"), ContentCoding::kZstd);
  EXPECT_EQ(ParseContentCoding("identity"), ContentCoding::kIdentity);
  EXPECT_EQ(ParseContentCoding("br"), std::nullopt);
  EXPECT_EQ(ParseContentCoding("gzip, zstd"), std::nullopt);
}

}  // namespace
}  // namespace adtally::http
