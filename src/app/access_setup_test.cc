#include "app/access_setup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace adtally {
namespace {

using testing::HasSubstr;

constexpr char kAdminKey[] = "an admin key of the test";

TEST(AccessOptionsFor, TakesTheOptionsOver) {
  Config config;
  config.api_public_url = "https://ads.example";
  config.api_trusted_proxies = {"10.0.0.0/8", "::1"};
  config.api_rate_limit_per_s = 0;
  config.api_rate_limit_burst = 7;
  const auto options = AccessOptionsFor(config, kAdminKey);
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options->public_url, "https://ads.example");
  EXPECT_EQ(options->trusted_proxies.size(), 2u);
  EXPECT_EQ(options->calls_per_key.per_second, 0);
  EXPECT_EQ(options->calls_per_key.burst, 7);
}

TEST(AccessOptionsFor, NamesTheWrongOption) {
  Config config;
  config.api_public_url = "ads.example";
  EXPECT_THAT(AccessOptionsFor(config, kAdminKey).error().message, HasSubstr("api.public_url"));
  config.api_public_url = "";
  config.api_trusted_proxies = {"localhost"};
  EXPECT_THAT(AccessOptionsFor(config, kAdminKey).error().message,
              HasSubstr("api.trusted_proxies"));
}

TEST(AccessOptionsFor, TheSessionSecretIsTheAdminKeysAndNotTheKey) {
  const std::string secret = AccessOptionsFor({}, kAdminKey)->session_secret;
  EXPECT_EQ(secret.size(), 32u);
  EXPECT_EQ(secret, AccessOptionsFor({}, kAdminKey)->session_secret);
  EXPECT_NE(secret, AccessOptionsFor({}, "another admin key, also long")->session_secret);
}

}  // namespace
}  // namespace adtally
