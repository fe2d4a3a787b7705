#include "reporting/key_secret.h"

#include <gtest/gtest.h>

#include <set>

namespace adtally {
namespace {

TEST(KeySecret, HasItsShape) {
  std::set<std::string> keys;
  for (int i = 0; i < 100; ++i) {
    const std::string key = NewApiKey();
    EXPECT_EQ(key.size(), 47u);
    EXPECT_TRUE(key.starts_with("adt_"));
    EXPECT_EQ(
        key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
        std::string::npos);
    keys.insert(key);
  }
  EXPECT_EQ(keys.size(), 100u);
  EXPECT_EQ(NewKeyId().size(), 12u);
}

TEST(KeySecret, HashesWithSha256) {
  EXPECT_EQ(HashApiKey("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace adtally
