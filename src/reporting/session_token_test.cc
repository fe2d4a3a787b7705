#include "reporting/session_token.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

const std::string kSecret = "a secret of the server";
const std::string kHash = "hash of the key";

TEST(SessionTokens, SayWhatWasSigned) {
  const SessionTokens tokens(kSecret);
  const std::string token = tokens.Sign({"3f2a-b_9", 1'793'536'200}, kHash);
  const auto claims = SessionTokens::Read(token);
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->key_id, "3f2a-b_9");
  EXPECT_EQ(claims->expires_s, 1'793'536'200);
  EXPECT_TRUE(tokens.IsGenuine(token, kHash));
  // Every process with the secret believes it.
  EXPECT_TRUE(SessionTokens(kSecret).IsGenuine(token, kHash));
  EXPECT_FALSE(SessionTokens(kSecret + "x").IsGenuine(token, kHash));
  EXPECT_FALSE(tokens.IsGenuine(token, "hash of another key"));
}

TEST(SessionTokens, AnyChangeIsSeen) {
  const SessionTokens tokens(kSecret);
  const std::string token = tokens.Sign({"admin", 1'793'536'200}, kHash);
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens.IsGenuine(changed, kHash)) << changed;
    changed = token;
    changed.erase(i, 1);
    EXPECT_FALSE(tokens.IsGenuine(changed, kHash)) << changed;
    EXPECT_FALSE(tokens.IsGenuine(token.substr(0, i), kHash));
  }
  EXPECT_FALSE(tokens.IsGenuine(token + "A", kHash));
  EXPECT_FALSE(tokens.IsGenuine(token + ".", kHash));
}

TEST(SessionTokens, OthersAreNotRead) {
  for (const char* text : {"", ".", "1", "1.", "1..", "1.5", "1.5.", "1.5.admin", "2.5.admin.mac",
                           "1.x.admin.mac", "1.5x.admin.mac", "1..admin.mac", "1.5..mac",
                           "1.5.ad min.mac", "1.5.a.b.mac", "1.99999999999999999999.admin.mac"}) {
    EXPECT_FALSE(SessionTokens::Read(text)) << text;
  }
  EXPECT_FALSE(SessionTokens::Read("1.5." + std::string(300, 'a') + ".mac"));
  EXPECT_TRUE(SessionTokens::Read("1.5.admin.mac"));
}

}  // namespace
}  // namespace adtally
