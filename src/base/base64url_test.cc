#include "base/base64url.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace adtally {
namespace {

TEST(Base64Url, RoundTripsAndHasOneTextPerBytes) {
  EXPECT_EQ(EncodeBase64Url("\xfb\xff"), "-_8");
  EXPECT_EQ(DecodeBase64Url("-_8"), "\xfb\xff");
  for (const char* bad : {"A", "-_9", "AA==", "A+/A", "AB C", "AB"}) {
    EXPECT_EQ(DecodeBase64Url(bad), std::nullopt) << bad;
  }
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    RC_ASSERT(DecodeBase64Url(EncodeBase64Url(bytes)) == bytes);
  }));
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const auto bytes = DecodeBase64Url(text);
    if (bytes) RC_ASSERT(EncodeBase64Url(*bytes) == text);
  }));
}

}  // namespace
}  // namespace adtally
