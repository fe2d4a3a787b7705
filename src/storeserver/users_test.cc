#include "storeserver/users.h"

#include <gtest/gtest.h>

namespace adtally {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

http::Request WithHeaders(std::vector<std::pair<std::string_view, std::string_view>> headers) {
  http::Request request;
  request.headers = std::move(headers);
  return request;
}

TEST(Users, AreNamedInThreeWays) {
  const auto headers = ReadCredentials(
      WithHeaders({{"X-ClickHouse-User", "ann"}, {"X-ClickHouse-Key", "k:1"}}), Pairs{});
  ASSERT_TRUE(headers.ok());
  EXPECT_EQ((*headers)->user, "ann");
  EXPECT_EQ((*headers)->password, "k:1");
  // ann:p?~>ß needs characters that differ between base64 and base64url.
  const auto basic =
      ReadCredentials(WithHeaders({{"Authorization", "basic YW5uOnA/fj7Dnw=="}}), Pairs{});
  ASSERT_TRUE(basic.ok());
  EXPECT_EQ((*basic)->user, "ann");
  EXPECT_EQ((*basic)->password, "p?~>ß");
  const auto url =
      ReadCredentials({}, Pairs{{"user", "bob"}, {"query", "x"}, {"password", "secret"}});
  ASSERT_TRUE(url.ok());
  EXPECT_EQ((*url)->user, "bob");
  EXPECT_EQ((*url)->password, "secret");
  EXPECT_FALSE(*ReadCredentials({}, Pairs{{"query", "x"}}));
}

TEST(Users, TwoWaysAtOnceOrAnUnknownOneAreRefused) {
  EXPECT_FALSE(
      ReadCredentials(WithHeaders({{"X-ClickHouse-User", "a"}}), Pairs{{"user", "b"}}).ok());
  EXPECT_FALSE(
      ReadCredentials(WithHeaders({{"X-ClickHouse-Key", "a"}, {"Authorization", "Basic YTpi"}}),
                      Pairs{})
          .ok());
  EXPECT_FALSE(ReadCredentials(WithHeaders({{"Authorization", "Bearer x"}}), Pairs{}).ok());
  EXPECT_FALSE(ReadCredentials(WithHeaders({{"Authorization", "Basic !!!"}}), Pairs{}).ok());
}

TEST(Users, OnlyTheRightPasswordFindsOne) {
  const std::vector<StoreUser> users = {*ParseStoreUser("ann:a:b", false),
                                        *ParseStoreUser("bob:c", true)};
  ASSERT_NE(FindUser(users, {"ann", "a:b"}), nullptr);
  EXPECT_FALSE(FindUser(users, {"ann", "a:b"})->read_only);
  EXPECT_TRUE(FindUser(users, {"bob", "c"})->read_only);
  for (const Credentials& wrong : std::vector<Credentials>{
           {"ann", ""}, {"ann", "a"}, {"ann", "a:c"}, {"bob", "a:b"}, {"", ""}, {"eve", "c"}}) {
    EXPECT_EQ(FindUser(users, wrong), nullptr) << wrong.user;
  }
}

TEST(Users, APairHasBothParts) {
  for (const char* wrong : {"", "ann", "ann:", ":x"}) {
    EXPECT_FALSE(ParseStoreUser(wrong, false).ok()) << wrong;
  }
}

}  // namespace
}  // namespace adtally
